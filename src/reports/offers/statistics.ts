import { NANO_PER_USD } from '#base/money.ts'
import { halfEven, rational } from '#base/rational.ts'
import type { Sql } from '#db/sql.ts'
import { LEAST_PEOPLE } from './groups.ts'

/**
 * What became of offers, by how much compute they promised. A group of fewer than five is one candidate's own answer, so it is
 * not told; nor is what it could be computed from.
 */

const COUNTS = ['sent', 'viewed', 'accepted', 'declined', 'expired', 'withdrawn', 'open'] as const
export type Counts = Readonly<Record<(typeof COUNTS)[number], number>>
export type Told = { readonly [Name in (typeof COUNTS)[number]]: number | null } & {
  /** Accepted of those that were accepted, declined or ran out; decimal text. */
  readonly acceptance: string | null
}

export type BandTold = Told & {
  readonly band: string
  /** The cap of compute over four years in nano-dollars: at least, and below. */
  readonly from_usd: bigint
  readonly below_usd: bigint | null
  /** Why it is not told. */
  readonly why: string | null
}
export type OfferStatistics = {
  readonly least: number
  readonly total: Told
  readonly bands: readonly BandTold[]
}

const THOUSAND = 1_000n * NANO_PER_USD
export const COMPUTE_BANDS = [
  { band: 'no compute', from_usd: 0n, below_usd: 1n },
  { band: 'below $25,000', from_usd: 1n, below_usd: 25n * THOUSAND },
  { band: '$25,000 to $100,000', from_usd: 25n * THOUSAND, below_usd: 100n * THOUSAND },
  { band: '$100,000 to $500,000', from_usd: 100n * THOUSAND, below_usd: 500n * THOUSAND },
  { band: '$500,000 and more', from_usd: 500n * THOUSAND, below_usd: null },
] as const

const PLACES = 4

/** One count for each of COMPUTE_BANDS, in their order. */
export function told(counts: readonly Counts[], least: number = LEAST_PEOPLE): OfferStatistics {
  const { hidden, total } = hiddenOf(counts, least)
  return {
    least,
    total: total ? NOTHING : tell(sumOf(counts)),
    bands: COMPUTE_BANDS.map((band, index) => {
      const count = counts[index]!
      if (!hidden.has(index)) return { ...band, ...tell(count), why: null }
      const few = isFew(count, least)
      return {
        ...band,
        ...NOTHING,
        why: few
          ? `fewer than ${least} offers, or answers to them`
          : 'not told, so that a smaller group cannot be computed from it',
      }
    }),
  }
}

/** How many were answered, or ran out without an answer. */
const decided = ({ accepted, declined, expired }: Counts): number => accepted + declined + expired
const within = (count: number, least: number): boolean => count > 0 && count < least
const isFew = (counts: Counts, least: number): boolean =>
  within(counts.sent, least) || within(decided(counts), least)

/**
 * Which bands are hidden, and whether the total is. What is hidden is always at least two bands that are together large
 * enough; where there are none to hide beside it, the total goes.
 */
function hiddenOf(
  counts: readonly Counts[],
  least: number,
): { readonly hidden: ReadonlySet<number>; readonly total: boolean } {
  const hidden = new Set(counts.flatMap((count, index) => (isFew(count, least) ? [index] : [])))
  const rest = counts
    .map((count, index) => ({ count, index }))
    .filter(({ count, index }) => count.sent > 0 && !hidden.has(index))
    .toSorted((a, b) => a.count.sent - b.count.sent)
  const tooSmall = (): boolean =>
    hidden.size > 0 && (hidden.size < 2 || isFew(sumOf([...hidden].map((index) => counts[index]!)), least))
  for (const { index } of rest) if (tooSmall()) hidden.add(index)
  return { hidden, total: tooSmall() }
}

const sumOf = (counts: readonly Counts[]): Counts =>
  Object.fromEntries(
    COUNTS.map((name) => [name, counts.reduce((sum, count) => sum + count[name], 0)]),
  ) as Counts

const NOTHING: Told = {
  sent: null,
  viewed: null,
  accepted: null,
  declined: null,
  expired: null,
  withdrawn: null,
  open: null,
  acceptance: null,
}

function tell(counts: Counts): Told {
  const of = decided(counts)
  if (of === 0) return { ...counts, acceptance: null }
  const scale = 10n ** BigInt(PLACES)
  const share = halfEven(rational(BigInt(counts.accepted) * scale, BigInt(of)))
  const text = `${share / scale}.${String(share % scale).padStart(PLACES, '0')}`.replace(/\.?0+$/, '')
  return { ...counts, acceptance: text }
}

/** Every offer that was ever sent, once, with what was sent of it last. Index: version's key, event_offer. */
export async function offerStatistics(sql: Sql): Promise<OfferStatistics> {
  const rows = await sql.query<Counts & { readonly band: number }>(
    `with of as (
       select o.id, o.status, v.compute_cap_usd as cap, e.viewed
       from offers.offer o
         join lateral (
           select max(version) filter (where kind = 'sent') as version, bool_or(kind = 'viewed') as viewed
           from offers.event where offer_id = o.id and kind in ('sent', 'viewed')
         ) e on e.version is not null
         join offers.version v on v.offer_id = o.id and v.n = e.version
     )
     select width_bucket(cap, $1::bigint[]) as band, count(*)::int as sent, (count(*) filter (where viewed))::int as viewed,
       (count(*) filter (where status = 'accepted'))::int as accepted, (count(*) filter (where status = 'declined'))::int as declined,
       (count(*) filter (where status = 'expired'))::int as expired, (count(*) filter (where status = 'withdrawn'))::int as withdrawn,
       (count(*) filter (where status in ('draft', 'pending', 'approved', 'sent')))::int as open
     from of group by 1`,
    [COMPUTE_BANDS.map(({ from_usd: from }) => from)],
  )
  const none = sumOf([])
  return told(
    COMPUTE_BANDS.map((_, index) => {
      const found = rows.find(({ band }) => band === index + 1)
      return found ? { ...none, ...pick(found) } : none
    }),
  )
}

const pick = (row: Counts): Counts => Object.fromEntries(COUNTS.map((name) => [name, row[name]])) as Counts
