import { Check, CircleAlert, TriangleAlert } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'

import type { OfferCheck } from '../../lib/contract.ts'
import { saidAtField } from '../../lib/refusals.ts'
import { toField } from '../../ui/Field.tsx'

type Severity = OfferCheck['severity']
const LOOK: Readonly<Record<Severity, { icon: LucideIcon; name: string; tone: string }>> = {
  refuse: { icon: CircleAlert, name: 'Stands against it', tone: 'text-danger' },
  warn: { icon: TriangleAlert, name: 'Look at this', tone: 'text-held' },
  ok: { icon: Check, name: 'In order', tone: 'text-available' },
}
const KIND: Readonly<Record<OfferCheck['kind'], string>> = {
  plan: 'Terms',
  candidate: 'Candidate',
  value: 'Value',
  bands: 'Bands',
  budget: 'Budget',
  coverage: 'Coverage',
  transparency: 'Pay transparency',
}

/** What stands against it first, then what wants a look, then what is in order. Beside a form each leads to its field. */
export function Checks({ checks, leads }: { checks: readonly OfferCheck[]; leads: boolean }) {
  const order: readonly Severity[] = ['refuse', 'warn', 'ok']
  const sorted = order.flatMap((severity) => checks.filter((check) => check.severity === severity))
  if (sorted.length === 0) return <p className="text-sm text-ink-2">Nothing was checked yet.</p>
  return (
    <ul className="flex flex-col gap-2 text-sm">
      {sorted.map((check) => (
        <li key={`${check.kind} ${check.param} ${check.message}`} className="flex items-start gap-2">
          <Mark severity={check.severity} />
          <span className="min-w-0 text-pretty">
            <span className="font-medium">{KIND[check.kind]}:</span> {saidAtField(check.message)}{' '}
            {leads && check.param !== null && check.severity !== 'ok' && <ShowField param={check.param} />}
          </span>
        </li>
      ))}
    </ul>
  )
}

export const ShowField = ({ param }: { param: string }) => (
  <button
    type="button"
    onClick={() => toField(param)}
    className="min-h-6 font-medium text-accent underline underline-offset-2"
  >
    Show the field
  </button>
)

function Mark({ severity }: { severity: Severity }) {
  const { icon: Icon, name, tone } = LOOK[severity]
  return (
    <span className={`mt-[3px] shrink-0 ${tone}`} title={name}>
      <Icon size={14} aria-hidden />
      <span className="sr-only">{name}</span>
    </span>
  )
}
