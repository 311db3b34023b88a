import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import type { Key, NewKey } from '../../lib/contract.ts'
import { keysQuery } from '../../lib/queries.ts'
import { useTitle } from '../../shell/useTitle.ts'
import { Ask } from '../../ui/Ask.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card, PageHead } from '../../ui/Card.tsx'
import { Empty } from '../../ui/States.tsx'
import { CreateKey } from './CreateKey.tsx'
import { EditKey } from './EditKey.tsx'
import { FirstCall } from './FirstCall.tsx'
import { KeyTable } from './KeyTable.tsx'
import { RevokeKey } from './RevokeKey.tsx'
import { SetupCard } from './SetupCard.tsx'

/** How do I use it from my tools? A fresh secret lives only in this page's memory, and goes with it. */
export function KeysPage() {
  useTitle('Keys & setup')
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const queries = useQueryClient()
  const query = useQuery(keysQuery('me'))
  const [fresh, setFresh] = useState<NewKey | null>(null)
  const [editing, setEditing] = useState<Key | null>(null)
  const [revoking, setRevoking] = useState<Key | null>(null)
  const create = () => setSearch({ new: '1' })
  const refresh = () => void queries.invalidateQueries({ queryKey: ['keys', 'me'] })
  return (
    <>
      <PageHead
        title="Keys & setup"
        question="How do I use it from my tools?"
        actions={
          <Button look="primary" onClick={create}>
            <Plus size={14} aria-hidden /> Create key
          </Button>
        }
      />
      <div className="mt-5 flex flex-col gap-4">
        {fresh && <FirstCall fresh={fresh.key} />}
        <Card
          title="Keys"
          note="A key spends from your wallet, wherever it is used. Perq keeps only its hash: a lost secret cannot be shown again."
          flush
        >
          <Ask query={query} height={180} label="keys">
            {({ keys }) =>
              keys.length > 0 ? (
                <KeyTable keys={keys} edit={setEditing} revoke={setRevoking} />
              ) : (
                <Empty
                  title="No key yet"
                  action={
                    <Button look="primary" onClick={create}>
                      Create your first key
                    </Button>
                  }
                >
                  A tool needs a key to spend from your wallet.
                </Empty>
              )
            }
          </Ask>
        </Card>
        <SetupCard secret={fresh?.secret} />
      </div>
      <CreateKey
        open={search.new === '1'}
        onClose={() => setSearch({ new: undefined }, 'replace')}
        onCreated={(created) => {
          setFresh(created)
          refresh()
        }}
      />
      <EditKey
        editing={editing}
        onClose={() => setEditing(null)}
        onSaved={() => {
          setEditing(null)
          refresh()
        }}
      />
      <RevokeKey
        revoking={revoking}
        onClose={() => setRevoking(null)}
        onRevoked={(key) => {
          if (fresh?.key.id === key.id) setFresh(null)
          refresh()
        }}
      />
    </>
  )
}
