import { useState } from 'react'

import { compareLink, forgetComparison, keepComparison } from '../../lib/compare.ts'
import type { CompareAsk, SavedComparison } from '../../lib/contract/compare.ts'
import { dateWords } from '../../lib/time.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Refused } from '../../ui/Field.tsx'

/** Two ways to show it to somebody: all of it in the address, or kept behind a short one. */
export function ShareCard({ ask }: { ask: CompareAsk }) {
  const [kept, setKept] = useState<SavedComparison | null>(null)
  const [wrong, setWrong] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const run = async (work: () => Promise<SavedComparison | null>) => {
    setBusy(true)
    setWrong(null)
    try {
      setKept(await work())
    } catch (error) {
      setWrong(error instanceof Error ? error.message : 'It did not work.')
    } finally {
      setBusy(false)
    }
  }
  const forget = async (token: string) => {
    await forgetComparison(token)
    return null
  }
  return (
    <Card
      title="Share it"
      className="print:hidden"
      note="The link holds everything that you typed, behind the #: whoever opens it sees the same page, and nothing of it is stored by the server."
    >
      <div className="flex flex-wrap gap-3">
        <Copy text={location.origin + compareLink(ask)} label="Copy the link" look="primary" />
        {kept === null && (
          <Button disabled={busy} onClick={() => void run(() => keepComparison(ask))}>
            Keep it for 90 days
          </Button>
        )}
      </div>
      <p className="mt-2 max-w-[80ch] text-sm text-pretty text-ink-2">
        “Keep it” stores what you typed on this server under a short address that nobody can guess. Whoever
        has that address can read and forget it.
      </p>
      {kept && (
        <div className="mt-3 flex flex-col gap-2 text-sm" role="status">
          <p>Kept until {dateWords(kept.expires_at.slice(0, 10))}. This address is shown once:</p>
          <code className="rounded-lg bg-sunken px-3 py-2 font-mono text-xs break-all">
            {location.origin + kept.path}
          </code>
          <div className="flex flex-wrap gap-3">
            <Copy text={location.origin + kept.path} label="Copy the short link" />
            <Button look="danger" disabled={busy} onClick={() => void run(() => forget(kept.token))}>
              Forget it
            </Button>
          </div>
        </div>
      )}
      {wrong !== null && (
        <div className="mt-3">
          <Refused>{wrong}</Refused>
        </div>
      )}
    </Card>
  )
}
