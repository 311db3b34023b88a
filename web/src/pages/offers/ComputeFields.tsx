import { Plus } from 'lucide-react'
import type { ReactNode } from 'react'

import { assetOf } from '../../lib/base.ts'
import type { TemplateInUse } from '../../lib/templates.ts'
import { A } from '../../ui/A.tsx'
import { Button } from '../../ui/Button.tsx'
import { TextField } from '../../ui/Field.tsx'
import { QuantityField } from '../../ui/QuantityField.tsx'
import { replaced, without } from '../templates/change.ts'
import { TemplateLine } from '../templates/TemplateLine.tsx'
import type { FieldsProps } from './CandidateFields.tsx'
import type { LineDraft } from './draft.ts'

const FORMULA = {
  given: null,
  fixed: 'Empty: what the template grants to everybody.',
  salary_share: 'Empty: the template’s share of base salary.',
  by_level: 'Empty: what the template grants at this level.',
} as const

/** Grants of the house, each from its template: how much, and under which name. */
export function ComputeFields({
  draft,
  change,
  templates,
  schedule,
}: FieldsProps & {
  templates: readonly TemplateInUse[]
  /** What of a line is known of its schedule, by its place. */
  schedule: (at: number) => ReactNode
}) {
  const { compute } = draft
  const set = (lines: readonly LineDraft[]): void => change({ compute: lines })
  return (
    <div className="flex flex-col gap-4">
      {compute.map((line, at) => (
        <Line
          // Lines have no name of their own until somebody gives one.
          key={at}
          at={at}
          line={line}
          templates={templates}
          set={(part) => set(replaced(compute, at, { ...line, ...part }))}
          remove={() => set(without(compute, at))}
        >
          {schedule(at)}
        </Line>
      ))}
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-sm text-pretty text-ink-2">
          {templates.length === 0 ? (
            <>
              No template stands yet.{' '}
              <A href="/templates/new" className="figure-link font-medium text-accent">
                Write one
              </A>
            </>
          ) : compute.length === 0 ? (
            'No compute yet. Each grant comes from a template, which says how it vests and what happens on leaving.'
          ) : null}
        </p>
        <Button
          disabled={templates.length === 0}
          onClick={() => set([...compute, { template: '', quantity: '', name: '' }])}
        >
          <Plus size={14} aria-hidden /> Add a grant
        </Button>
      </div>
    </div>
  )
}

function Line({
  at,
  line,
  templates,
  set,
  remove,
  children,
}: {
  at: number
  line: LineDraft
  templates: readonly TemplateInUse[]
  set: (part: Partial<LineDraft>) => void
  remove: () => void
  children: ReactNode
}) {
  const template = templates.find(({ id }) => id === line.template) ?? null
  const each = template?.basis.kind === 'per_installment' ? template.basis.installments : null
  const formula = template && FORMULA[template.formula.kind]
  return (
    <TemplateLine
      name={`Grant ${at + 1}`}
      param={`pay.compute.${at}.template_id`}
      chosen={template}
      templates={templates}
      onChoose={(id) => set({ template: id })}
      onRemove={remove}
    >
      {template && (
        <div className="mt-4 grid gap-4 sm:grid-cols-2">
          <QuantityField
            label={each === null ? 'Quantity' : `Each of ${each} installments`}
            param={`pay.compute.${at}.quantity`}
            placeholder={formula ? 'As the template says' : each === null ? '24,000' : '200'}
            hint={formula ?? (each === null ? 'Of the whole grant.' : `In all ${each} times as much.`)}
            denomination={template.denomination}
            asset={assetOf(template.denomination, template.unit)}
            value={line.quantity}
            onChange={(quantity) => set({ quantity })}
          />
          <TextField
            label="Name"
            param={`pay.compute.${at}.name`}
            placeholder={template.name}
            hint="What the candidate reads."
            value={line.name}
            onChange={(name) => set({ name })}
          />
        </div>
      )}
      {children}
    </TemplateLine>
  )
}
