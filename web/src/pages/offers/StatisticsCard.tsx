import { useQuery } from '@tanstack/react-query'

import type { OfferStatistics } from '../../lib/contract.ts'
import { nano, percent, usdShort } from '../../lib/money.ts'
import { offerStatisticsQuery } from '../../lib/offers.ts'
import { Ask } from '../../ui/Ask.tsx'
import { Card } from '../../ui/Card.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'

type Band = OfferStatistics['bands'][number]

/** Are offers with more compute accepted more often? Groups too small to be told are drawn as such. */
export function StatisticsCard() {
  const query = useQuery(offerStatisticsQuery)
  return (
    <Card
      flush
      title="Accepted, by how much compute"
      note="Of the offers that were answered or ran out, by what their compute can cost at most over four years."
    >
      <Ask query={query} height={220} label="what was accepted">
        {(found) => <Told found={found} />}
      </Ask>
    </Card>
  )
}

const Told = ({ found }: { found: OfferStatistics }) => (
  <>
    <Table label="Accepted, by how much compute">
      <thead>
        <tr>
          <Th>Compute</Th>
          <Th right>Sent</Th>
          <Th right wide>
            Accepted
          </Th>
          <Th right wide>
            Declined or ran out
          </Th>
          <Th right>Accepted of those answered</Th>
        </tr>
      </thead>
      <tbody>
        {found.bands.map((band) => (
          <Tr key={band.band}>
            <Td className="whitespace-nowrap">{bandWords(band)}</Td>
            {band.sent === null || band.why !== null ? (
              <td colSpan={4} className="border-b border-line px-2 py-2 text-right sm:px-3 sm:pr-5">
                <span className="inline-flex items-center gap-2 text-ink-2">
                  <span
                    aria-hidden
                    className="cue-forfeited inline-block h-2 w-16 rounded-full max-sm:hidden"
                  />
                  {band.why ?? `fewer than ${found.least}`}
                </span>
              </td>
            ) : (
              <>
                <Td right>{band.sent}</Td>
                <Td right wide>
                  {band.accepted ?? '–'}
                </Td>
                <Td right wide>
                  {over(band)}
                </Td>
                <Td right className="font-medium">
                  <Rate acceptance={band.acceptance} />
                </Td>
              </>
            )}
          </Tr>
        ))}
        <Tr className="font-medium">
          <Td>All</Td>
          <Td right>{found.total.sent ?? '–'}</Td>
          <Td right wide>
            {found.total.accepted ?? '–'}
          </Td>
          <Td right wide>
            {over(found.total)}
          </Td>
          <Td right>
            <Rate acceptance={found.total.acceptance} />
          </Td>
        </Tr>
      </tbody>
    </Table>
    <p className="px-4 py-3 text-xs text-pretty text-ink-3 sm:px-5">
      A group of fewer than {found.least} is not told, and where one could be reckoned from the rest a second
      is kept back with it.
    </p>
  </>
)

const over = ({ declined, expired }: Pick<Band, 'declined' | 'expired'>): string =>
  declined === null || expired === null ? '–' : String(declined + expired)

/** The share, and as a bar beside it. */
function Rate({ acceptance }: { acceptance: string | null }) {
  if (acceptance === null) return '–'
  const part = BigInt(Math.round(Number(acceptance) * 1_000))
  return (
    <span className="inline-flex items-center gap-2">
      <span aria-hidden className="h-2 w-16 overflow-hidden rounded-full bg-line max-sm:hidden">
        <span className="block h-full bg-[var(--series-1)]" style={{ width: `${Number(part) / 10}%` }} />
      </span>
      {percent(part, 1_000n)}
    </span>
  )
}

function bandWords({ from_usd: from, below_usd: below }: Band): string {
  if (below === null) return `${usdShort(nano(from))} and more`
  if (nano(below) <= 1n) return 'None'
  return nano(from) <= 1n
    ? `Below ${usdShort(nano(below))}`
    : `${usdShort(nano(from))} to ${usdShort(nano(below))}`
}
