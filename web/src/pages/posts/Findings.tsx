import { Check, CircleAlert, CircleHelp } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'

import type { PostFinding } from '../../lib/contract.ts'
import { toField } from '../../ui/Field.tsx'

const LOOK: Readonly<Record<PostFinding['state'], { icon: LucideIcon; name: string; tone: string }>> = {
  missing: { icon: CircleAlert, name: 'Missing', tone: 'text-danger' },
  unsure: { icon: CircleHelp, name: 'It depends', tone: 'text-held' },
  met: { icon: Check, name: 'Said', tone: 'text-available' },
}

/** What the law of the job's place wants it to say: what is missing first. Each leads to the field that mends it. */
export function Findings({ findings }: { findings: readonly PostFinding[] }) {
  if (findings.length === 0)
    return (
      <p className="text-sm text-pretty text-ink-2">
        Nothing is known here of what the law of this place wants a post to say. Ask somebody who knows.
      </p>
    )
  const sorted = (['missing', 'unsure', 'met'] as const).flatMap((state) =>
    findings.filter((one) => one.state === state),
  )
  return (
    <ul className="flex flex-col gap-2 text-sm">
      {sorted.map((finding) => {
        const { icon: Icon, name, tone } = LOOK[finding.state]
        const { param } = finding
        return (
          <li key={`${finding.place} ${finding.requirement}`} className="flex items-start gap-2">
            <span className={`mt-[3px] shrink-0 ${tone}`} title={name}>
              <Icon size={14} aria-hidden />
              <span className="sr-only">{name}</span>
            </span>
            <span className="min-w-0 text-pretty">
              {finding.says} <span className="text-ink-2">({finding.source})</span>{' '}
              {param !== null && (
                <button
                  type="button"
                  onClick={() => toField(param)}
                  className="min-h-6 font-medium text-accent underline underline-offset-2"
                >
                  Show the field
                </button>
              )}
            </span>
          </li>
        )
      })}
      <li className="text-ink-2">Not legal advice: laws change, and this list is short.</li>
    </ul>
  )
}
