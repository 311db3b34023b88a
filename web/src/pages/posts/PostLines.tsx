import { Plus } from 'lucide-react'

import { assetOf } from '../../lib/base.ts'
import type { TemplateInUse } from '../../lib/templates.ts'
import { Button } from '../../ui/Button.tsx'
import { QuantityField } from '../../ui/QuantityField.tsx'
import { replaced, without } from '../templates/change.ts'
import { TemplateLine } from '../templates/TemplateLine.tsx'
import type { LineDraft } from './draft.ts'

/** What people of this job are granted, each from a template: from how much to how much. */
export function PostLines({
  lines,
  templates,
  set,
}: {
  lines: readonly LineDraft[]
  templates: readonly TemplateInUse[]
  set: (lines: readonly LineDraft[]) => void
}) {
  return (
    <div className="flex flex-col gap-4">
      {lines.map((line, at) => (
        <Line
          // Lines have no name of their own.
          key={at}
          at={at}
          line={line}
          templates={templates}
          set={(part) => set(replaced(lines, at, { ...line, ...part }))}
          remove={() => set(without(lines, at))}
        />
      ))}
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-sm text-pretty text-ink-2">
          {lines.length === 0 ? 'Nothing is said of compute yet.' : null}
        </p>
        <Button
          disabled={templates.length === 0}
          onClick={() => set([...lines, { template: '', least: '', most: '' }])}
        >
          <Plus size={14} aria-hidden /> Add compute
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
}: {
  at: number
  line: LineDraft
  templates: readonly TemplateInUse[]
  set: (part: Partial<LineDraft>) => void
  remove: () => void
}) {
  const template = templates.find(({ id }) => id === line.template) ?? null
  const each = template?.basis.kind === 'per_installment' ? `each of ${template.basis.installments}` : null
  return (
    <TemplateLine
      name={`Compute ${at + 1}`}
      param={`compute.${at}.template_id`}
      chosen={template}
      templates={templates}
      onChoose={(id) => set({ template: id })}
      onRemove={remove}
    >
      {template && (
        <div className="mt-4 grid gap-4 sm:grid-cols-2">
          {(['least', 'most'] as const).map((end) => (
            <QuantityField
              key={end}
              label={`${end === 'least' ? 'From' : 'To'}${each === null ? '' : `, ${each} installments`}`}
              param={`compute.${at}.${end}`}
              placeholder={end === 'most' ? 'The same' : each === null ? '20,000' : '500'}
              denomination={template.denomination}
              asset={assetOf(template.denomination, template.unit)}
              value={line[end]}
              onChange={(value) => set({ [end]: value })}
            />
          ))}
        </div>
      )}
    </TemplateLine>
  )
}
