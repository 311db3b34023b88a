import { Fault } from '#base/fault.ts'

/** Feeds that anybody may fetch. */
export const OPEN_FEEDS = ['gpuhunt', 'skypilot', 'azure', 'vast', 'runpod', 'genai-prices'] as const
/** Feeds that ask for an account: what they answered is imported from files. */
export const CLOSED_FEEDS = ['aws'] as const

export type OpenFeed = (typeof OPEN_FEEDS)[number]
export type FeedName = OpenFeed | (typeof CLOSED_FEEDS)[number]

/** "gpuhunt,vast": those that are fetched by themselves. Throws Fault `invalid` with `param`. */
export function feedsIn(text: string, param: string): readonly OpenFeed[] {
  const names = text.split(',').map((name) => name.trim())
  return names.filter((name) => name !== '').map((name) => openFeed(name, param))
}

function openFeed(name: string, param: string): OpenFeed {
  const found = OPEN_FEEDS.find((one) => one === name)
  if (found) return found
  const closed = CLOSED_FEEDS.some((one) => one === name)
  const remedy = closed
    ? `it asks for an account; save its answers and import them: perq price import FILE --as ${name}`
    : `give some of ${OPEN_FEEDS.join(', ')}, with commas between`
  throw new Fault('invalid', `${param} names "${name.slice(0, 60)}"; ${remedy}`, { param })
}

/** Throws Fault `invalid` with `param`. */
export function feedNamed(name: string, param: string): FeedName {
  const known = [...OPEN_FEEDS, ...CLOSED_FEEDS]
  const found = known.find((one) => one === name)
  if (found) return found
  throw new Fault('invalid', `${param} is "${name.slice(0, 60)}"; give one of ${known.join(', ')}`, { param })
}
