import { useSetSearch } from '../../lib/address.ts'
import { amountShort, nano, usd, usdExact } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import type { AssetPrice, AssetValue, PersonValue, Value } from '../../lib/value.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Card } from '../../ui/Card.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { assetName, BASIS, STALE_DAYS, staleWords } from './words.ts'

/** Which price, from where, how old? Every price opens what it was made of. */
export function PricesCard({ value }: { value: Value | PersonValue }) {
  const priced = value.assets.filter(({ asset }) => asset !== 'USD')
  if (priced.length === 0) return null
  return (
    <Card
      flush
      title="Prices behind it"
      note={`As of ${dateWords(value.day)}. A price opens the offers that it was made of; a dollar is a dollar and needs none.`}
    >
      <div className="flex flex-col gap-4 px-0 pb-2">
        {priced.map((one) => (
          <OneAsset key={one.asset} one={one} />
        ))}
      </div>
    </Card>
  )
}

function OneAsset({ one }: { one: AssetValue }) {
  const { asset } = one
  const owed = nano(one.unvested) + nano(one.vested)
  // The same on every basis.
  const how = one.prices.find(({ price }) => price !== null)?.how ?? null
  return (
    <section aria-label={assetName(asset)}>
      <h3 className="px-4 pb-1 text-sm sm:px-5">
        <span className="font-medium">{assetName(asset)}</span>{' '}
        <span className="num text-ink-2">{amountShort(owed, asset)} owed</span>
        {how !== null && how !== USUAL_HOW && (
          <span className="block text-xs text-pretty text-ink-3">{how}</span>
        )}
      </h3>
      {one.prices.every(({ price }) => price === null) ? (
        <p className="px-4 pb-2 text-sm text-pretty text-ink-2 sm:px-5">
          <Badge tone="warn">no price</Badge> {one.prices[0]?.reason}
        </p>
      ) : (
        <Prices one={one} how={how} />
      )}
    </section>
  )
}

/** What nearly every mark says. */
const USUAL_HOW = 'the mark of an hour, by the second'

function Prices({ one, how }: { one: AssetValue; how: string | null }) {
  return (
    <Table label={`Prices of ${assetName(one.asset)}`}>
      <thead>
        <tr>
          <Th>Basis</Th>
          <Th right>Price of one</Th>
          <Th right wide>
            Bid to ask
          </Th>
          <Th wide>Where it comes from</Th>
          <Th right>Worth</Th>
        </tr>
      </thead>
      <tbody>
        {one.prices.map((price) => (
          <PriceRow key={price.basis} price={price} one={one} />
        ))}
        <Tr>
          <Td>
            <span className="font-medium">Own cost</span>
          </Td>
          <Td right>{one.own_cost.price === null ? 'none' : usd(nano(one.own_cost.price))}</Td>
          <Td wide />
          <Td wide className="text-ink-2">
            {one.own_cost.how === how ? 'what owning costs' : (one.own_cost.how ?? one.own_cost.reason)}
          </Td>
          <Td right />
        </Tr>
      </tbody>
    </Table>
  )
}

function PriceRow({ price, one }: { price: AssetPrice; one: AssetValue }) {
  const setSearch = useSetSearch()
  const worth = one.bases.find(({ basis }) => basis === price.basis)!
  const { mark } = price
  const open = mark ? () => setSearch({ mark: mark.hash }) : undefined
  return (
    <Tr {...(open && { onOpen: open })}>
      <Td>
        <span className="font-medium">{BASIS[price.basis].name}</span>
        {mark && (
          <span className="block text-xs text-ink-3">
            {mark.stale_days > STALE_DAYS ? (
              <Badge tone="warn">{staleWords(mark.stale_days)}</Badge>
            ) : mark.step === 'owning' ? (
              'computed'
            ) : (
              staleWords(mark.stale_days)
            )}
          </span>
        )}
      </Td>
      <Td right>
        {price.price === null ? (
          <span className="text-ink-2">no price</span>
        ) : mark ? (
          <button
            type="button"
            data-row
            onClick={open}
            title={`${usdExact(nano(price.price))}: open what it was made of`}
            className="num figure-link -my-1 inline-flex min-h-6 items-center py-1 font-medium"
          >
            {usd(nano(price.price))}
          </button>
        ) : (
          usd(nano(price.price))
        )}
      </Td>
      <Td right wide className="text-ink-2">
        {price.bid !== null && price.ask !== null && price.bid !== price.ask
          ? `${usd(nano(price.bid))} to ${usd(nano(price.ask))}`
          : price.ask !== null && price.bid !== price.ask
            ? `to ${usd(nano(price.ask))}`
            : '–'}
      </Td>
      <Td wide className="max-w-[380px] text-pretty text-ink-2">
        {price.price === null ? price.reason : <>{mark ? sourceWords(mark) : price.how}</>}
      </Td>
      <Td right>{price.price === null ? '–' : usd(nano(worth.cap.total))}</Td>
    </Tr>
  )
}

const sourceWords = ({ n, step, sources, index }: NonNullable<AssetPrice['mark']>): string => {
  if (step === 'owning') return 'what owning one costs over its life'
  if (index !== null) return `index ${index}`
  const rows = sources.reduce((sum, one) => sum + one.rows, 0)
  return `${n} ${n === 1 ? 'provider' : 'providers'}, ${rows} ${rows === 1 ? 'offer' : 'offers'} from ${sources.length} ${sources.length === 1 ? 'source' : 'sources'}`
}
