import { setImmediate } from 'node:timers/promises'
import { TIERS, type Asset } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import { mul, ONE, rational, type Rational } from '#base/rational.ts'
import { dayOf, type DateText, type Millis } from '#base/time.ts'
import { MOST_OFFERS, type CompareAsk } from '#offers/compare/ask.ts'
import { acceleratorOf, MONTHS, tierOf, type Flow } from '#offers/compare/flows.ts'
import { openNumbers, type NumberSpec } from '#offers/compare/numbers.ts'
import {
  flowsOf,
  rounded,
  sideOf,
  type CountedSide,
  type EachPrice,
  type Outlook,
  type PricedFlow,
} from '#offers/compare/side.ts'
import { BASES, type Basis, type Mark } from '#prices/hardware/mark.ts'
import { blended } from '#valuation/compare/equivalents.ts'
import { sidesBlock, summarizeSides, type Market } from '#valuation/compare/sides.ts'
import { modelForwards, type PriceModel } from '#valuation/price-model.ts'
import type { BlockValues } from '#valuation/simulate.ts'
import { INTEREST } from '../value/assumptions.ts'
import { openUnitPrices, type PriceRooms, type UnitPrice } from '../value/prices.ts'
import { comparedView, type ComparedOffers, type Yardstick } from './compare-view.ts'
import { deliveredShare } from './worth.ts'

/** Twenty thousand paths: their errors lie far below what the assumptions are worth, and a block is some hundredths of a second. */
const BLOCKS = 2
const SEED = 20_261_121
const SECONDS = rational(3_600n)
/** What tokens are told at where an offer does not say: a flagship's list price, three parts of input to one of output. */
const FLAGSHIP = {
  price: blended({ input: rational(5n), output: rational(30n), inputParts: 3n }),
  how: 'gpt-5.5 at 5 and 30 dollars for a million tokens, three of input to one of output',
}

export type CompareOffers = (ask: CompareAsk, now: Millis) => Promise<ComparedOffers>

/** Two to four offers on one basis, in dollars, over four years. Nothing is kept but the frozen marks. */
export const openCompareOffers =
  (rooms: PriceRooms): CompareOffers =>
  async (ask, now) => {
    if (ask.offers.length < 1 || ask.offers.length > MOST_OFFERS)
      throw new Fault('invalid', `offers has ${ask.offers.length}; give 1 to ${MOST_OFFERS}`, {
        param: 'offers',
      })
    const day = dayOf(now)
    const numbers = openNumbers(ask, specsOf(rooms, now))
    const basis = basisOf(ask.assumptions?.basis)
    const unit = openUnitPrices(rooms)
    const marks = new Map<string, Mark>()
    const asked: Asked = { unit, basis, day, marks }
    const yardstick = await yardstickOf(rooms, ask, { ...asked, utilisation: numbers.common('utilisation') })
    const model = modelOf(numbers.common)
    const outlook = outlookOf(numbers.common, model)
    const sides: CountedSide[] = []
    for (const [offer, side] of ask.offers.entries()) {
      const priced: PricedFlow[] = []
      for (const flow of flowsOf(side, numbers, offer))
        priced.push({ ...flow, priced: await priceOf(flow, asked) })
      sides.push(sideOf(side, priced, { numbers, offer, outlook }))
    }
    const market: Market = { model, interest: outlook.interest, months: MONTHS, seed: SEED, blocks: BLOCKS }
    const paths = sides.map((side) => side.paths)
    const blocks: (readonly BlockValues[])[] = []
    for (let block = 0; block < BLOCKS; block += 1) {
      // Calls of others go first: nobody waits for a comparison longer than for one block.
      await setImmediate()
      blocks.push(sidesBlock(paths, market, block))
    }
    const bands = summarizeSides(paths, market, blocks)
    return comparedView({
      day,
      basis,
      sides,
      bands,
      yardstick,
      numbers: numbers.told(),
      marks: [...marks.values()],
      exchange: rooms.exchange,
    })
  }

function basisOf(text = 'replacement'): Basis {
  const basis = BASES.find((one) => one === text)
  if (basis) return basis
  throw new Fault('invalid', `basis is "${text.slice(0, 40)}"; give one of ${BASES.join(', ')}`, {
    param: 'assumptions.basis',
  })
}

/** What is usual and comes from elsewhere in the house. */
function specsOf({ exchange }: PriceRooms, now: Millis): Record<string, NumberSpec> {
  const { share, basis } = exchange.utilisation('H100-SXM', now)
  return {
    interest: {
      usual: String(INTEREST),
      least: '0',
      most: '0.5',
      says: 'a year, continuous: what a dollar later is worth less',
      source: 'about what safe money earns',
    },
    utilisation: {
      usual: text(share),
      least: '0.01',
      most: '1',
      says: 'of its peak, what work on an accelerator reaches',
      source: basis,
    },
    ...Object.fromEntries(
      TIERS.map((tier) => {
        const delivered = deliveredShare(`GPU_SECOND/H100-SXM/${tier}`)
        return [
          `delivered_${tier}`,
          {
            usual: delivered.share,
            least: '0',
            most: '1',
            says: `of ${tier} hours, what becomes work`,
            source: delivered.why,
          },
        ]
      }),
    ),
  }
}

const text = ({ n, d }: Rational): string =>
  d === 1n ? String(n) : (Number(n) / Number(d)).toFixed(4).replace(/0+$/, '')

const float = ({ n, d }: Rational): number => Number((n * 10n ** 18n) / d) / 1e18

/** Of one dollar of hours today. Its mean is bent to today's price, so that only the drift that is told moves it. */
function modelOf(common: (name: string) => Rational): PriceModel {
  return {
    spot: 1,
    deviation: 0,
    reversion: float(common('reversion')),
    shortVolatility: float(common('short_volatility')),
    drift: 0,
    longVolatility: float(common('long_volatility')),
    correlation: 0,
    jumps: { intensity: 0, mean: 0, deviation: 0, lasting: true },
    glut: null,
  }
}

function outlookOf(common: (name: string) => Rational, model: PriceModel): Outlook {
  const drift = float(common('drift'))
  const forwards = modelForwards(model, MONTHS)
  const grown = (month: number): Rational => (drift === 0 ? ONE : rounded(Math.exp((drift * month) / 12)))
  return {
    grown,
    bend: Array.from(forwards, (forward, month) => float(grown(month)) / forward),
    interest: float(common('interest')),
  }
}

type Asked = {
  readonly unit: ReturnType<typeof openUnitPrices>
  readonly basis: Basis
  readonly day: DateText
  /** Every mark that went in. */
  readonly marks: Map<string, Mark>
}

/** What one of a flow's units is worth: an hour, a dollar, an exaFLOP-day, a month of a seat, a million tokens. */
async function priceOf(flow: Flow, { unit, basis, day, marks }: Asked): Promise<EachPrice> {
  if (flow.missing !== null) return { kind: 'unpriced', reason: flow.missing }
  const of = async (asset: Asset, times: Rational): Promise<EachPrice> =>
    priced(await unit.price(asset, basis, day), times, marks)
  const billions = rational(1_000_000_000n)
  const stated = (price: Rational, how: string): EachPrice => ({
    kind: 'priced',
    each: mul(price, billions),
    how,
    mark: null,
    moves: false,
  })
  switch (flow.kind) {
    case 'usd':
      return stated(ONE, 'a dollar is a dollar')
    case 'gpu_hours':
    case 'shared':
    case 'nodes': {
      const { accelerator, tier } = flow.hardware!
      return of(`GPU_SECOND/${accelerator}/${tier}`, SECONDS)
    }
    case 'exaflop_days':
      return of('EXAFLOP_DAY', billions)
    case 'seats':
      if (flow.price) return stated(flow.price, 'the price of a seat as the offer says it')
      return of('SEAT_MONTH', ONE)
    case 'tokens':
      if (flow.price) return stated(flow.price, 'the price of tokens as the offer says it')
      return stated(FLAGSHIP.price, FLAGSHIP.how)
  }
}

function priced(found: UnitPrice, times: Rational, marks: Map<string, Mark>): EachPrice {
  if (found.kind === 'unpriced') return { kind: 'unpriced', reason: found.reason }
  if (found.mark) marks.set(found.mark.hash, found.mark)
  return {
    kind: 'priced',
    each: mul(found.price, times),
    how: found.how,
    mark: found.mark,
    moves: found.mark !== null,
  }
}

async function yardstickOf(
  { exchange }: PriceRooms,
  { assumptions = {} }: CompareAsk,
  { basis, day, unit, marks, utilisation }: Asked & { readonly utilisation: Rational },
): Promise<Yardstick> {
  const accelerator = acceleratorOf(assumptions.accelerator ?? 'H100-SXM')
  const tier = tierOf('assumptions.tier', assumptions.tier)
  const known = exchange.accelerators.get(accelerator)
  if (!known)
    throw new Fault(
      'invalid',
      `assumptions.accelerator is "${accelerator.slice(0, 40)}"; give one of ${[...exchange.accelerators.keys()].join(', ')}`,
      { param: 'assumptions.accelerator' },
    )
  const found = priced(await unit.price(`GPU_SECOND/${accelerator}/${tier}`, basis, day), SECONDS, marks)
  const hour = found.kind === 'priced' ? found.each : null
  return { accelerator, tier, peak: known.peakBf16, hour, utilisation }
}
