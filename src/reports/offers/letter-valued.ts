import { PER_UNIT, quantityName } from '#base/quantity.ts'
import { denominationOf } from '#base/asset.ts'
import { formatUsd } from '#base/money.ts'
import { halfEven, mul, rational } from '#base/rational.ts'
import type { OfferContent } from '#offers/content.ts'
import type { OfferBasis } from '#offers/offer.ts'
import type { LineWorth } from '#offers/worth.ts'
import { dated, percent } from '../words/text.ts'
import { money } from './letter-money.ts'

const BASES: Readonly<Record<OfferBasis, string>> = {
  list: 'list, what the large cloud providers post',
  replacement: 'replacement, what another hour like it costs at providers today',
  index: 'index, a published price index',
  cost: 'cost, what owning and running the hardware costs',
}

export function valuedLines({ worth, pay }: OfferContent): string[] {
  const say = money(pay.currency)
  const { equity } = pay
  return [
    ...(worth.lines.length === 0
      ? []
      : [
          `Compute is valued on ${dated(worth.day)}, on the basis ${BASES[worth.basis]}. The price of that day is held for all four years: nothing is foreseen of what prices will do.`,
        ]),
    ...worth.lines.flatMap(lineWords),
    ...(equity === null || worth.equity === null
      ? []
      : [
          `Equity: one share is taken to be worth ${say(equity.price, 'exact')}, as of ${dated(equity.asOf)}: ${equity.source}. ` +
            `One unit counts ${say(worth.equity.each, 'exact')}, by ${worth.equity.how}${
              worth.equity.intrinsic === null
                ? ''
                : `; exercised today it would be ${say(worth.equity.intrinsic, 'exact')}`
            }. Today's worth is held for all four years.`,
        ]),
    ...(pay.rate === null
      ? []
      : [
          `One ${pay.currency} is taken as ${pay.rate.usd} US dollars: ${pay.rate.source}, ${dated(pay.rate.on)}.`,
        ]),
  ]
}

function lineWords({ name, asset, price, delivered, used }: LineWorth): string[] {
  if (price.kind === 'unpriced')
    return [
      `“${name}” has no price: ${price.reason}. It is counted as nothing in every total, which it is not.`,
    ]
  const unit = halfEven(mul(price.nanoUsd, rational(PER_UNIT[denominationOf(asset)])))
  const { mark } = price
  const source = mark ? `; source: ${mark.source}` : ''
  const stale = mark?.stale ? ' No newer price was known: this one is old.' : ''
  return [
    asset === 'USD'
      ? `“${name}”: dollars, counted as they are.`
      : `“${name}”: one ${quantityName(asset, true)} at ${formatUsd(unit, 'exact')}, ${price.how}${source}.${stale}`,
    `As expected to be used, “${name}”: ${percent(delivered.share)} of it becomes work (${delivered.why}), and of that ${percent(used.share)} is used (${used.why}).`,
  ]
}

/** The frozen marks behind the figures, and the machine-readable grants. */
export const marksOf = ({ worth, document }: OfferContent): string[] => [
  ...(worth.lines.length === 0
    ? []
    : [`SHA-256 of compute.json, the grants as an Open Compute Grant document: ${document.sha256}`]),
  ...worth.lines.flatMap(({ name, price }) =>
    price.kind === 'priced' && price.mark
      ? [`Price of “${name}”: mark ${price.mark.hash} of ${price.mark.day}, ${price.mark.source}`]
      : [],
  ),
]
