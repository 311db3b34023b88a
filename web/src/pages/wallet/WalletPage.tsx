import { useQuery } from '@tanstack/react-query'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import { nano } from '../../lib/money.ts'
import { walletPath, walletQuery } from '../../lib/queries.ts'
import { wallClock } from '../../lib/time.ts'
import { useSubject } from '../../lib/viewer.tsx'
import { curlOf } from '../../lib/links.ts'
import { useTitle } from '../../shell/useTitle.ts'
import { Ask } from '../../ui/Ask.tsx'
import { PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { AssetCards } from './AssetsCard.tsx'
import { CallPanel } from './CallPanel.tsx'
import { CallsCard } from './CallsCard.tsx'
import { Hero } from './Hero.tsx'
import { LotsCard } from './LotsCard.tsx'
import { NoGrant } from './NoGrant.tsx'
import { SeatsCard } from './SeatsCard.tsx'
import { SpendCard } from './SpendCard.tsx'
import { Stats } from './Stats.tsx'

/** What can I spend, and how long does it last? */
export function WalletPage() {
  const { id, readOnly } = useSubject()
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const query = useQuery(walletQuery(id))
  useTitle(readOnly && query.data ? `Wallet of ${query.data.person.name}` : 'Wallet')
  return (
    <>
      {!readOnly && (
        <PageHead
          title="Wallet"
          question="What can I spend, and how long does it last?"
          actions={
            <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, walletPath(id))} />
          }
        />
      )}
      <div className="mt-5 flex flex-col gap-4">
        <Ask query={query} height={520} label="wallet">
          {(wallet) =>
            nano(wallet.granted) === 0n ? (
              <>
                <AssetCards empty={<NoGrant />} />
                {wallet.seats.length > 0 && <SeatsCard seats={wallet.seats} />}
              </>
            ) : (
              <>
                {/* An unchanged answer is as fresh as its last check, not as its first sending. */}
                <Hero wallet={wallet} age={Math.max(0, wallClock() - query.dataUpdatedAt)} />
                <Stats wallet={wallet} />
                <SpendCard />
                <CallsCard />
                <LotsCard lots={wallet.lots} />
                <AssetCards />
                <SeatsCard seats={wallet.seats} />
              </>
            )
          }
        </Ask>
      </div>
      <CallPanel id={search.call} onClose={() => setSearch({ call: undefined })} />
    </>
  )
}
