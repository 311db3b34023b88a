import { Check, CircleAlert, CircleHelp } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'

import type { PostFinding } from '../../lib/contract.ts'
import { toField } from '../../ui/Field.tsx'

const LOOK: Readonly<Record<PostFinding['state'], { icon: LucideIcon; name: string; tone: string }>> = {
  missing: { icon: CircleAlert, name: 'Missing', tone: 'text-danger' },
  unsure: { icon: CircleHelp, name: 'It depends', tone: 'text-held' },
  met: { icon: Check, name: 'Said', tone: 'text-available' },
}

/** What the law of each place that a job concerns wants it to say. What is missing leads to the field that mends it. */
export function Findings({ findings }: { findings: readonly PostFinding[] }) {
  if (findings.length === 0)
    return (
      <p className="text-sm text-pretty text-ink-2">
        Nothing is known here of what the law of this place wants a post to say. Ask somebody who knows.
      </p>
    )
  const places = [...new Set(findings.map(({ place }) => place))]
  return (
    <div className="flex flex-col gap-4 text-sm">
      {places.map((place) => (
        <Place key={place} place={place} findings={findings.filter((one) => one.place === place)} />
      ))}
      <p className="text-pretty text-ink-2">Not legal advice: laws change, and this list is short.</p>
    </div>
  )
}

function Place({ place, findings }: { place: string; findings: readonly PostFinding[] }) {
  const [first] = findings
  return (
    <section aria-label={place}>
      <h3 className="font-medium">{place}</h3>
      <p className="text-pretty text-ink-2">
        Wants {first?.wants}. Source: {first?.source}.
      </p>
      <ul className="mt-1.5 flex flex-col gap-1">
        {findings.map((finding) => {
          const { icon: Icon, name, tone } = LOOK[finding.state]
          const { param } = finding
          return (
            <li key={finding.requirement} className="flex items-start gap-2">
              <span className={`mt-[3px] shrink-0 ${tone}`} title={name}>
                <Icon size={14} aria-hidden />
                <span className="sr-only">{name}</span>
              </span>
              <span className="min-w-0 text-pretty">
                {finding.says}{' '}
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
      </ul>
    </section>
  )
}
