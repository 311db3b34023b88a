import type { Model } from '../../lib/contract.ts'
import { count, perMillion, picoExact } from '../../lib/money.ts'
import { providerName, titled } from '../../lib/words.ts'
import { Copy } from '../../ui/Copy.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Time } from '../../ui/Time.tsx'
import { whoWords } from './who.ts'

const RATES = [
  ['input', 'Input'],
  ['audio_input', 'Sound input'],
  ['cache_read', 'Cache read'],
  ['audio_cache_read', 'Cache read, sound'],
  ['cache_write_5m', 'Cache write, 5 min'],
  ['cache_write_1h', 'Cache write, 1 h'],
  ['output', 'Output'],
] as const

/** Every rate of a model in every tier, and where they come from. */
export const ModelPanel = ({ model, onClose }: { model: Model | undefined; onClose: () => void }) => (
  <Dialog
    open={model !== undefined}
    onClose={onClose}
    shape="side"
    title={model?.model ?? ''}
    description={model ? `${titled(model.class)} model of ${providerName(model.provider)}` : undefined}
  >
    {model && <Body model={model} />}
  </Dialog>
)

function Body({ model }: { model: Model }) {
  const shown = RATES.filter(([name]) => model.rates[name] !== null)
  const columns = [{ name: 'Price', rates: model.rates }].concat(
    model.tiers.map((tier) => ({ name: `Above ${count(tier.above_input)} in`, rates: tier.rates })),
  )
  return (
    <div className="flex flex-col gap-5 text-sm">
      <table className="w-full border-collapse">
        <caption className="pb-2 text-left text-sm font-semibold">Per million tokens</caption>
        <thead>
          <tr>
            <th scope="col" className="sr-only">
              Item
            </th>
            {columns.map(({ name }) => (
              <th
                key={name}
                scope="col"
                className="border-b border-line py-1.5 text-right text-xs font-medium text-ink-3"
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map(([item, words]) => (
            <tr key={item}>
              <th scope="row" className="border-b border-line py-1.5 text-left font-normal text-ink-2">
                {words}
              </th>
              {columns.map(({ name, rates }) => (
                <td key={name} className="num border-b border-line py-1.5 text-right">
                  {perMillion(BigInt(rates[item] ?? rates.input)).replace(' / M', '')}
                </td>
              ))}
            </tr>
          ))}
          {model.fees.web_search !== null && (
            <tr>
              <th scope="row" className="border-b border-line py-1.5 text-left font-normal text-ink-2">
                Web search, each
              </th>
              <td className="num border-b border-line py-1.5 text-right" colSpan={columns.length}>
                {picoExact(BigInt(model.fees.web_search))}
              </td>
            </tr>
          )}
        </tbody>
      </table>
      <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-1.5">
        <Fact name="Who may use it">{whoWords(model.who)}</Fact>
        <Fact name="You">
          {model.yours ? 'may use it' : 'may not use it; your people team sets the levels'}
        </Fact>
        <Fact name="Context window">
          {model.context_window === null ? 'not in the source' : `${count(model.context_window)} tokens`}
        </Fact>
        <Fact name="Most output">{count(model.max_output)} tokens</Fact>
        <Fact name="Price since">
          {model.effective_from ? <Time at={model.effective_from} look="day" /> : 'the source names no date'}
        </Fact>
        <Fact name="Source">
          {model.source}
          {model.licence ? ` (${model.licence})` : ''}
        </Fact>
        <Fact name="Recorded">
          {model.recorded_at ? <Time at={model.recorded_at} look="day" /> : 'unknown'}
          {model.recorded_by ? ` by ${model.recorded_by}` : ''}, price version {model.version}
        </Fact>
      </dl>
      <div className="-ml-3">
        <Copy
          look="quiet"
          label="Copy the command that explains a cost"
          text={`./perq price ${model.model} --in 1000 --out 1000`}
        />
      </div>
    </div>
  )
}

const Fact = ({ name, children }: { name: string; children: React.ReactNode }) => (
  <>
    <dt className="text-ink-3">{name}</dt>
    <dd className="min-w-0 break-words">{children}</dd>
  </>
)
