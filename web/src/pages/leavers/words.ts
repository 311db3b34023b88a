import type { Leaver } from '../../lib/life.ts'
import { nano } from '../../lib/money.ts'
import { dateWords, daysUntil, inDays } from '../../lib/time.ts'
import { amountsWords } from '../life/words.ts'

export const isComing = ({ state }: Leaver): boolean => state === 'scheduled'

/** Who is next, in one sentence. */
export function leaversAnswer(leavers: readonly Leaver[], now: number): string {
  const coming = leavers.filter(isComing)
  const gone = leavers.length - coming.length
  const past = gone === 0 ? 'Nobody has left yet.' : `${gone} ${gone === 1 ? 'has' : 'have'} left.`
  const [next] = coming
  if (!next) return `Nobody is to leave. ${past}`
  const who = coming.length === 1 ? 'is to leave' : 'are to leave'
  return `${who}; next ${next.person.name} on ${dateWords(next.left_on)}, ${inDays(daysUntil(next.left_on, now))}. ${past}`
}

export const keptWords = ({ sums }: Leaver): string =>
  amountsWords(sums.map(({ asset, usable }) => ({ asset, amount: nano(usable) })))
export const lostWords = ({ sums }: Leaver): string =>
  amountsWords(sums.map(({ asset, lost }) => ({ asset, amount: nano(lost) })))
export const goesOnWords = ({ sums }: Leaver): string =>
  amountsWords(
    sums.map(({ asset, continues }) => ({ asset, amount: nano(continues) })),
    '',
  )
