import { invariant } from '#base/invariant.ts'

/** Names of write-ahead log segments: timeline, then the segment's number in two parts, each eight hex digits. */
const SEGMENT = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/
const ADDRESSES = 0x1_0000_0000

export const isSegment = (name: string): boolean => SEGMENT.test(name)

/** The segments of one timeline from `first` to `last`, both included, of `bytes` each. */
export function segmentsBetween(first: string, last: string, bytes: number): readonly string[] {
  const perFile = ADDRESSES / bytes
  const [from, to] = [first, last].map((name) => {
    const parts = SEGMENT.exec(name)
    invariant(parts, `${name} is a segment's name`)
    return {
      timeline: parts[1]!,
      number: Number.parseInt(parts[2]!, 16) * perFile + Number.parseInt(parts[3]!, 16),
    }
  }) as [{ timeline: string; number: number }, { timeline: string; number: number }]
  invariant(
    from.timeline === to.timeline && from.number <= to.number,
    'a backup ends on the timeline it began on',
  )
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0')
  return Array.from({ length: to.number - from.number + 1 }, (_, index) => {
    const number = from.number + index
    return `${from.timeline}${hex(Math.floor(number / perFile))}${hex(number % perFile)}`
  })
}
