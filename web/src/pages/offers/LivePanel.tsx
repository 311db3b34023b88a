import { formatMoney } from '../../lib/base.ts'
import type { OfferPreview } from '../../lib/contract.ts'
import { nano } from '../../lib/money.ts'
import { saidAtField } from '../../lib/refusals.ts'
import type { Previewed } from '../../lib/templates.ts'
import { Refused } from '../../ui/Field.tsx'
import { Skeleton } from '../../ui/States.tsx'
import { CandidateView } from './CandidateView.tsx'
import { Checks, ShowField } from './Checks.tsx'
import { checksSay } from './says.ts'

type Props = {
  readonly asked: Previewed<OfferPreview>
  /** What is missing; null: nothing. */
  readonly wants: string | null
  readonly currency: string
}

/** Beside the form: what stands against it, and what the candidate will read. */
export function LivePanel({ asked: { data, error, old }, wants, currency }: Props) {
  return (
    <div className="flex flex-col gap-4">
      <section aria-label="Checks" className="card px-4 py-4 sm:px-5">
        <h2 className="mb-2 text-lg font-semibold tracking-[-0.01em]">Checks</h2>
        {wants !== null ? (
          <p className="text-sm text-pretty text-ink-2">{wants}</p>
        ) : error ? (
          <Refused>
            {saidAtField(error.message)} {error.param !== null && <ShowField param={error.param} />}
          </Refused>
        ) : data ? (
          <div aria-live="polite" aria-busy={old}>
            <Checks checks={data.checks} leads />
          </div>
        ) : (
          <Skeleton height={120} label="Checking" />
        )}
      </section>
      <section aria-label="What the candidate reads" className="card px-4 py-4 sm:px-5">
        <h2 className="mb-3 text-lg font-semibold tracking-[-0.01em]">What the candidate reads</h2>
        {data?.worth ? (
          <div aria-busy={old}>
            {(error || wants !== null) && <p className="mb-3 text-sm text-ink-2">As it was before that:</p>}
            <CandidateView preview={data} currency={currency} />
          </div>
        ) : data || wants !== null || error ? (
          <p className="rounded-lg bg-sunken px-3 py-6 text-center text-sm text-pretty text-ink-2">
            The four years, the compute and the letter stand here as soon as they can be reckoned.
          </p>
        ) : (
          <Skeleton height={420} label="Loading the preview" />
        )}
      </section>
    </div>
  )
}

/** Where the panel stands below the fields: what it says, in sight of them. */
export function Glance({ asked: { data, error }, wants, currency }: Props) {
  const total = data?.worth?.total
  return (
    <a
      href="#preview"
      className="sticky bottom-16 z-10 rounded-xl border border-line-strong bg-surface px-4 py-2.5 text-sm shadow-float md:bottom-3 lg:hidden print:hidden"
    >
      <span className="block font-medium">
        {total ? (
          <>
            <span className="num">{formatMoney(nano(total.total_expected), currency)}</span> as expected, over
            four years
          </>
        ) : (
          'Preview'
        )}
      </span>
      <span className={error ? 'text-danger' : 'text-ink-2'}>
        {wants ?? (error ? saidAtField(error.message) : data ? checksSay(data.checks) : 'Reckoning…')}
      </span>
    </a>
  )
}
