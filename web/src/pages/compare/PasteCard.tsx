import { useState } from 'react'

import { readOfferText } from '../../lib/compare.ts'
import type { CompareAsk, ReadOffer, SideAsk } from '../../lib/contract/compare.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Field, Refused, SelectField, inputClass } from '../../ui/Field.tsx'

const PLACE =
  '$400k base, 15% bonus, $1.2M RSUs over 4 years 10/20/30/40, 500 H100s shared by 40 people, $2,000/month Claude'

/** An offer as it came: words, a compute document, or an offer of Perq. */
export function PasteCard({
  ask,
  onRead,
  onExample,
}: {
  ask: CompareAsk
  onRead: (index: number, offer: SideAsk) => void
  onExample: () => void
}) {
  const [text, setText] = useState('')
  const [into, setInto] = useState('1')
  const [busy, setBusy] = useState(false)
  const [read, setRead] = useState<ReadOffer | null>(null)
  const [wrong, setWrong] = useState<string | null>(null)
  const target = Math.min(Number(into), ask.offers.length - 1)
  const go = async () => {
    setBusy(true)
    setWrong(null)
    try {
      const found = await readOfferText(text)
      const name = ask.offers[target]?.name ?? found.offer.name
      onRead(target, found.offer.name === 'Other offer' ? { ...found.offer, name } : found.offer)
      setRead(found)
    } catch (error) {
      setWrong(error instanceof Error ? error.message : 'It could not be read.')
    } finally {
      setBusy(false)
    }
  }
  return (
    <Card
      title="Paste an offer"
      className="print:hidden"
      note="In words, or a compute document or a file of Perq as JSON. Every number is taken from your text; what is not understood is said."
      actions={
        <Button look="quiet" onClick={onExample}>
          Show an example
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label="The offer, as it was written">
          {(wired) => (
            <textarea
              {...wired}
              rows={3}
              maxLength={65_000}
              className={inputClass(wired, 'h-auto min-h-20 py-2')}
              placeholder={PLACE}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <div className="flex flex-wrap items-end gap-3">
          <SelectField
            label="It is"
            className="min-w-40"
            value={String(target)}
            options={ask.offers.map(({ name }, index) => ({
              value: String(index),
              text: name || `Offer ${index + 1}`,
            }))}
            onChange={setInto}
          />
          <Button look="primary" disabled={busy || text.trim() === ''} onClick={() => void go()}>
            Read it
          </Button>
        </div>
        {wrong !== null && <Refused>{wrong}</Refused>}
        <div aria-live="polite">{read && <Understood read={read} />}</div>
      </div>
    </Card>
  )
}

const nameOf = (path: string): string =>
  path.replaceAll(/\.(\d+)/g, (_, n) => ` ${Number(n) + 1}`).replaceAll(/[._]/g, ' ')

function Understood({ read }: { read: ReadOffer }) {
  return (
    <div className="grid gap-x-8 gap-y-3 text-sm sm:grid-cols-2">
      {read.found.length > 0 && (
        <div>
          <p className="font-medium">Read</p>
          <ul className="mt-1 flex flex-col gap-1">
            {read.found.map(({ path, value, quote }) => (
              <li key={path} className="text-pretty text-ink-2">
                <span className="text-ink">{nameOf(path)}</span>: <span className="num">{value}</span> from{' '}
                <q>{quote}</q>
              </li>
            ))}
          </ul>
        </div>
      )}
      {(read.not_understood.length > 0 || read.notes.length > 0) && (
        <div>
          {read.not_understood.length > 0 && (
            <>
              <p className="font-medium text-held">Not understood</p>
              <ul className="mt-1 mb-2 flex flex-col gap-1">
                {read.not_understood.map((one) => (
                  <li key={one} className="break-words text-ink-2">
                    <q>{one}</q>
                  </li>
                ))}
              </ul>
            </>
          )}
          {read.notes.map((one) => (
            <p key={one} className="text-pretty text-ink-2">
              {one}.
            </p>
          ))}
        </div>
      )}
    </div>
  )
}
