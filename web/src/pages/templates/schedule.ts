import { DAY, startOfDay } from '../../lib/base.ts'
import type { Millis } from '../../lib/base.ts'
import { amountShort, nano, sum } from '../../lib/money.ts'
import type { Blocker, Preview, PreviewTranche } from '../../lib/templates.ts'
import { dateWords } from '../../lib/time.ts'

type Dated = PreviewTranche & { readonly date: string }
export const datedOf = ({ tranches }: Preview): readonly Dated[] =>
  tranches.filter((one): one is Dated => one.date !== null && one.state === 'resolved')

/** The schedule in one sentence. */
export function scheduleSays(preview: Preview): string {
  const { asset } = preview
  const dated = datedOf(preview)
  const [first, last] = [dated[0], dated.at(-1)]
  const waits = nano(preview.unresolved)
  const wait = waits > 0n ? `${amountShort(waits, asset)} waits for an event.` : ''
  if (!first || !last) return wait
  const planned = sum(dated.map(({ quantity }) => nano(quantity)))
  const when =
    first.date === last.date
      ? `on ${dateWords(first.date)}`
      : `from ${dateWords(first.date)} to ${dateWords(last.date)}`
  const parts = `n ${dated.length} ${dated.length === 1 ? 'tranche' : 'tranches'}, ${when}.`
  const all = planned === nano(preview.quantity)
  return all ? `I${parts}` : `${amountShort(planned, asset)} i${parts} ${wait}`.trim()
}

/** The time that the chart shows: from the start, or from today if that is earlier. */
export function spanOf(preview: Preview): { from: Millis; to: Millis; now: Millis } {
  const now = startOfDay(preview.as_of)
  const dated = datedOf(preview)
  const from = Math.min(startOfDay(preview.start_date), startOfDay(dated[0]?.date ?? preview.start_date), now)
  const to = startOfDay(dated.at(-1)?.date ?? preview.start_date)
  return { from, to: Math.max(to, from + 30 * DAY), now }
}

export function blockerSays(blocker: Blocker, preview: Preview): string {
  const amount = amountShort(nano(blocker.quantity), preview.asset)
  switch (blocker.kind) {
    case 'event':
      return `${amount} waits for “${blocker.event}”${windowSays(blocker.after, blocker.before)}.`
    case 'start_unknown':
      return `${amount} waits for a start date.`
    case 'pause_open':
      return `${amount} waits for the end of a pause that began on ${dateWords(blocker.from)}.`
  }
}

function windowSays(after: string | null, before: string | null): string {
  if (after !== null && before !== null)
    return `, which counts from ${dateWords(after)} to ${dateWords(before)}`
  if (after !== null) return `, which counts from ${dateWords(after)} on`
  return before === null ? '' : `, which counts up to ${dateWords(before)}`
}
