import type { Instant } from '../lib/contract.ts'
import { dateWords, instantDay, instantWords, localWords, minuteWords } from '../lib/time.ts'
import { useNow } from '../lib/viewer.tsx'

/** An instant in UTC; the reader's own time on hover. */
export function Time({ at, look = 'full' }: { at: Instant; look?: 'full' | 'day' | 'row' }) {
  const now = useNow()
  const millis = Date.parse(at)
  return (
    <time dateTime={at} title={localWords(millis)} className="num">
      {look === 'day' ? (
        instantDay(millis)
      ) : look === 'row' ? (
        <>
          <span className="sm:hidden">{minuteWords(millis)}</span>
          <span className="max-sm:hidden">{instantWords(millis, now())}</span>
        </>
      ) : (
        instantWords(millis, now())
      )}
    </time>
  )
}

/** A calendar date: it has no time zone to convert. */
export const DateOf = ({ date }: { date: string }) => (
  <time dateTime={date} className="num">
    {dateWords(date)}
  </time>
)
