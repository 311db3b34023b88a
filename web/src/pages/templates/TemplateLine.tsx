import { X } from 'lucide-react'
import type { ReactNode } from 'react'

import type { TemplateInUse } from '../../lib/templates.ts'
import { Button } from '../../ui/Button.tsx'
import { SelectField } from '../../ui/Field.tsx'

/** One of several lines that each come from a template: which one, what it needs, and the way to take it out. */
export function TemplateLine({
  name,
  param,
  chosen,
  templates,
  onChoose,
  onRemove,
  children,
}: {
  /** As people call the line: "Grant 1". */
  name: string
  param: string
  /** Null: none yet. */
  chosen: TemplateInUse | null
  templates: readonly TemplateInUse[]
  onChoose: (id: string) => void
  onRemove: () => void
  children: ReactNode
}) {
  return (
    <div role="group" aria-label={name} className="rounded-xl border border-line p-3 sm:p-4">
      <div className="flex items-start gap-2">
        <SelectField
          className="flex-1"
          label={name}
          param={param}
          hint={chosen?.says}
          value={chosen?.id ?? ''}
          options={[
            ...(chosen ? [] : [{ value: '', text: 'Choose a template' }]),
            ...templates.map((one) => ({ value: one.id, text: one.name })),
          ]}
          onChange={onChoose}
        />
        <Button
          look="quiet"
          className="mt-6 px-2"
          aria-label={`Remove ${name.toLowerCase()}`}
          onClick={onRemove}
        >
          <X size={14} aria-hidden />
        </Button>
      </div>
      {children}
    </div>
  )
}
