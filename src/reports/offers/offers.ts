import type { Db } from '#db/sql.ts'
import type { Exchange } from '#prices/exchanges.ts'
import type { Prices } from '#prices/prices.ts'
import { snapshot } from '../snapshot.ts'
import { openOfferExamples, type ExamplesAsk, type OfferExample } from './examples.ts'
import { offerStatistics, type OfferStatistics } from './statistics.ts'

export type OfferReports = {
  /** What the compute of an offer buys, compared with what people here really use. */
  examples(ask: ExamplesAsk): Promise<readonly OfferExample[]>
  /** How offers were answered, by the compute that they promised; small groups are not told. */
  statistics(): Promise<OfferStatistics>
}

export const openOfferReports = (rooms: {
  readonly db: Db
  readonly prices: Pick<Prices, 'resolve'>
  readonly exchange: Pick<Exchange, 'accelerators' | 'utilisation'>
}): OfferReports => ({
  examples: openOfferExamples(rooms),
  statistics: () => snapshot(rooms.db, offerStatistics),
})
