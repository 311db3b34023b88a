import { LEAVER_REASONS } from '../../../lib/base.ts'
import type { Asset, Denomination } from '../../../lib/base.ts'
import { CheckField, ChecksField, SelectField, TextField } from '../../../ui/Field.tsx'
import type { Option } from '../../../ui/Field.tsx'
import { QuantityField } from '../../../ui/QuantityField.tsx'
import { PURPOSES } from '../UseFields.tsx'
import type { ClausesDraft, GuaranteeDraft } from '../draft.ts'
import { REASONS } from './LeavingFields.tsx'

type Set = (part: Partial<ClausesDraft>) => void

/** What stays usable after leaving, and for what. */
export const PortabilityFields = ({ clause, set }: { clause: ClausesDraft['portability']; set: Set }) => (
  <>
    <CheckField
      label="A share of what has vested stays usable after leaving"
      checked={clause !== null}
      onChange={(on) =>
        set({
          portability: on
            ? {
                purposes: ['open_source'],
                percent: '100',
                days: '365',
                except: ['INVOLUNTARY_WITH_CAUSE'],
              }
            : null,
        })
      }
    />
    {clause && (
      <>
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label="Share"
            param="clauses.portability.share"
            type="decimal"
            unit="%"
            value={clause.percent}
            onChange={(percent) => set({ portability: { ...clause, percent } })}
          />
          <TextField
            label="For days"
            param="clauses.portability.days"
            type="number"
            value={clause.days}
            onChange={(days) => set({ portability: { ...clause, days } })}
          />
        </div>
        <ChecksField
          legend="For the purposes"
          param="clauses.portability.purposes"
          values={clause.purposes}
          options={PURPOSES}
          onChange={(purposes) => set({ portability: { ...clause, purposes } })}
        />
        <ChecksField
          legend="But not who"
          param="clauses.portability.except"
          values={clause.except}
          options={LEAVER_REASONS.map((value) => ({ value, text: REASONS[value].toLowerCase() }))}
          onChange={(except) => set({ portability: { ...clause, except } })}
        />
      </>
    )}
  </>
)

/** What happens when the price of compute falls, and what the grant may be exchanged into. */
export function PriceFields({
  repricing,
  exchange,
  asset,
  set,
}: {
  repricing: ClausesDraft['repricing']
  exchange: string
  asset: Asset | null
  set: Set
}) {
  return (
    <>
      <CheckField
        label="It keeps its worth when an index falls"
        checked={repricing !== null}
        onChange={(on) =>
          set({
            repricing: on
              ? {
                  index: asset && asset !== 'USD' ? asset : 'GPU_SECOND/H100-SXM/guaranteed',
                  floor: 'dollars',
                  percent: '10',
                  atMost: '2',
                }
              : null,
          })
        }
      />
      {repricing && (
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label="Index"
            param="clauses.repricing.index"
            hint="An asset of the exchange table."
            value={repricing.index}
            onChange={(index) => set({ repricing: { ...repricing, index } })}
          />
          <SelectField
            label="What is kept"
            param="clauses.repricing.floor"
            value={repricing.floor}
            options={[
              { value: 'dollars', text: 'Its worth in dollars' },
              { value: 'quantity', text: 'Its quantity' },
            ]}
            onChange={(floor) => set({ repricing: { ...repricing, floor } })}
          />
          <TextField
            label="From a fall of"
            param="clauses.repricing.threshold"
            type="decimal"
            unit="%"
            value={repricing.percent}
            onChange={(percent) => set({ repricing: { ...repricing, percent } })}
          />
          <TextField
            label="Never more than"
            param="clauses.repricing.atMost"
            type="decimal"
            unit="times"
            value={repricing.atMost}
            onChange={(atMost) => set({ repricing: { ...repricing, atMost } })}
          />
        </div>
      )}
      <TextField
        label="May be exchanged, when it is spent, into"
        param="clauses.exchange"
        placeholder="Nothing; or USD"
        value={exchange}
        onChange={(next) => set({ exchange: next })}
      />
    </>
  )
}

const TIERS: readonly Option<string>[] = [
  { value: '', text: 'Not promised' },
  { value: 'guaranteed', text: 'Guaranteed' },
  { value: 'priority', text: 'Priority' },
  { value: 'spot', text: 'Spot' },
]

/** What is promised beside the quantity, and what a breach is worth. */
export function GuaranteeFields({
  guarantees,
  denomination,
  asset,
  set,
}: {
  guarantees: GuaranteeDraft
  denomination: Denomination
  asset: Asset | null
  set: Set
}) {
  const put = (part: Partial<GuaranteeDraft>): void => set({ guarantees: { ...guarantees, ...part } })
  const root = 'clauses.guarantees'
  return (
    <>
      <p className="text-sm text-ink-2">A field that is empty is not promised.</p>
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label="Service tier"
          param={`${root}.serviceTier`}
          value={guarantees.serviceTier}
          options={TIERS}
          onChange={(serviceTier) => put({ serviceTier })}
        />
        <TextField
          label="Available, of each month"
          param={`${root}.uptime`}
          type="decimal"
          unit="%"
          placeholder="99.5"
          value={guarantees.uptime}
          onChange={(uptime) => put({ uptime })}
        />
        <TextField
          label="Share of jobs that start in time"
          param={`${root}.queueWait.percentile`}
          type="decimal"
          unit="%"
          placeholder="95"
          value={guarantees.percentile}
          onChange={(percentile) => put({ percentile })}
        />
        <TextField
          label="In time means within"
          param={`${root}.queueWait.seconds`}
          type="number"
          unit="seconds"
          placeholder="600"
          value={guarantees.seconds}
          onChange={(seconds) => put({ seconds })}
        />
        <TextField
          label="Preemptions a month, at most"
          param={`${root}.preemptionsPerMonth`}
          type="number"
          value={guarantees.preemptions}
          onChange={(preemptions) => put({ preemptions })}
        />
        <TextField
          label="Nodes at once, at least"
          param={`${root}.nodesAtOnce`}
          type="number"
          value={guarantees.nodes}
          onChange={(nodes) => put({ nodes })}
        />
        <TextField
          label="Days of notice of a change"
          param={`${root}.noticeDays`}
          type="number"
          value={guarantees.notice}
          onChange={(notice) => put({ notice })}
        />
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <QuantityField
          label="Credit for each breach"
          param={`${root}.remedy`}
          denomination={denomination}
          asset={asset}
          value={guarantees.credit}
          onChange={(credit) => put({ credit })}
        />
        <QuantityField
          label="At most a month"
          param={`${root}.remedy.atMostPerMonth`}
          denomination={denomination}
          asset={asset}
          value={guarantees.atMost}
          onChange={(atMost) => put({ atMost })}
        />
      </div>
    </>
  )
}
