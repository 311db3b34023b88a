import type { Section } from '../../lib/grants.ts'
import { Card } from '../../ui/Card.tsx'

/** The contract in plain words: the same sentences as on paper. */
export const TermsCard = ({ sections }: { sections: readonly Section[] }) => (
  <Card
    title="What it says"
    note="The terms that hold now, in plain words; the contract on paper says the same."
  >
    <dl className="grid gap-x-8 gap-y-4 text-sm sm:grid-cols-[minmax(140px,200px)_minmax(0,1fr)]">
      {sections.map(({ title, lines }) => (
        <div key={title} className="contents">
          <dt className="font-medium text-ink-2 max-sm:-mb-3">{title}</dt>
          <dd className="flex max-w-[72ch] flex-col gap-1 text-pretty">
            {lines.map((line) => (
              <p key={line}>{line}</p>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  </Card>
)
