import clsx from 'clsx'
import { ChevronRight } from 'lucide-react'
import { createContext, useContext, useId } from 'react'
import type { ReactNode } from 'react'

import { saidAtField } from '../lib/refusals.ts'

/** What the server says of what stands in a form, by the field it is about: `a[0].b` and `a.0.b` are the same field. */
export type Note = { readonly param: string; readonly message: string; readonly tone: 'bad' | 'warn' }
const Notes = createContext<readonly Note[]>([])
export const NotesProvider = Notes.Provider

const plain = (param: string): string => param.replaceAll(/\[(\d+)\]/g, '.$1')

export function useNote(param: string | undefined): Note | null {
  const notes = useContext(Notes)
  if (param === undefined) return null
  return notes.find((note) => plain(note.param) === plain(param)) ?? null
}

/** Puts the cursor where something is to be mended: into the field, or the first of those that `param` is made of. */
export function toField(param: string): void {
  const fields = [...document.querySelectorAll<HTMLElement>('[data-param]')]
  const near = fields.map((field) => ({ field, name: plain(field.dataset['param'] ?? '') }))
  const wanted = plain(param)
  const found =
    near.find(({ name }) => name === wanted) ??
    near.find(({ name }) => name.startsWith(`${wanted}.`)) ??
    near.find(({ name }) => wanted.startsWith(`${name}.`))
  if (!found) return
  found.field.closest('details')?.setAttribute('open', '')
  const control = found.field.matches('input, select, textarea, button')
    ? found.field
    : found.field.querySelector<HTMLElement>('input, select, textarea, button')
  control?.scrollIntoView({ block: 'center' })
  control?.focus({ preventScroll: true })
}

/** Whether anything under a group of fields wants to be seen. */
export function useNotesUnder(prefix: string): Note | null {
  const notes = useContext(Notes).filter(({ param }) => `${plain(param)}.`.startsWith(`${prefix}.`))
  return notes.find(({ tone }) => tone === 'bad') ?? notes[0] ?? null
}

type Common = {
  readonly label: ReactNode
  /** As the API names the field: its refusals are shown here. */
  readonly param?: string | undefined
  readonly hint?: ReactNode
  /** The field's own refusal, before the server's. */
  readonly wrong?: string | null
  readonly className?: string | undefined
  /** The label is read, but not seen: the heading of its column says it. */
  readonly bare?: boolean
}
type Wired = {
  readonly id: string
  readonly 'aria-invalid': boolean
  readonly 'aria-describedby': string | undefined
}

/** A label, a control, and under it what is wrong with it, or else what to know about it. */
export function Field({
  label,
  param,
  hint,
  wrong = null,
  className,
  bare = false,
  children,
}: Common & { children: (wired: Wired) => ReactNode }) {
  const id = useId()
  const note = useNote(param)
  const bad = wrong ?? (note?.tone === 'bad' ? saidAtField(note.message) : null)
  const warn = note?.tone === 'warn' ? note.message : null
  const said = bad ?? warn ?? hint
  return (
    <div data-param={param} className={clsx('flex min-w-0 flex-col gap-1 text-sm', className)}>
      <label htmlFor={id} className={bare ? 'sr-only' : 'font-medium'}>
        {label}
      </label>
      {children({ id, 'aria-invalid': bad !== null, 'aria-describedby': said ? `${id}-said` : undefined })}
      {said && (
        <p
          id={`${id}-said`}
          className={clsx('text-pretty', bad ? 'text-danger' : warn ? 'text-held' : 'text-ink-2')}
        >
          {said}
        </p>
      )}
    </div>
  )
}

export const inputClass = (wired: Wired, more?: string): string =>
  clsx('field h-9 w-full min-w-0 font-normal', wired['aria-invalid'] && 'border-danger', more)

export function TextField({
  value,
  onChange,
  placeholder,
  type = 'text',
  unit,
  list,
  focus,
  maxLength = 200,
  ...field
}: Common & {
  value: string
  onChange: (value: string) => void
  placeholder?: string
  type?: 'text' | 'number' | 'decimal' | 'date'
  /** Stands behind the control: %, days, hours. */
  unit?: string
  list?: string
  focus?: boolean
  maxLength?: number
}) {
  return (
    <Field {...field}>
      {(wired) => (
        <span className="flex items-center gap-2">
          <input
            {...wired}
            type={type === 'date' ? 'date' : 'text'}
            inputMode={type === 'number' ? 'numeric' : type === 'decimal' ? 'decimal' : undefined}
            data-focus={focus || undefined}
            list={list}
            maxLength={maxLength}
            autoComplete="off"
            className={inputClass(
              wired,
              type === 'number' || type === 'decimal' ? 'tabular-nums' : undefined,
            )}
            placeholder={placeholder}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
          {unit && <span className="shrink-0 text-ink-2">{unit}</span>}
        </span>
      )}
    </Field>
  )
}

export type Option<T extends string> = { readonly value: T; readonly text: string }

export function SelectField<T extends string>({
  value,
  options,
  onChange,
  ...field
}: Common & { value: T; options: readonly Option<T>[]; onChange: (value: T) => void }) {
  return (
    <Field {...field}>
      {(wired) => (
        <select
          {...wired}
          className={inputClass(wired)}
          value={value}
          onChange={(event) => {
            const chosen = options.find((option) => option.value === event.target.value)
            if (chosen) onChange(chosen.value)
          }}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

/** Several of a few. */
export function ChecksField<T extends string>({
  legend,
  param,
  hint,
  values,
  options,
  onChange,
}: {
  legend: string
  param?: string
  hint?: string
  values: readonly string[]
  options: readonly Option<T>[]
  onChange: (values: T[]) => void
}) {
  const note = useNote(param)
  const said = note ? (note.tone === 'bad' ? saidAtField(note.message) : note.message) : hint
  return (
    <fieldset className="flex min-w-0 flex-col gap-1 text-sm">
      <legend className="mb-1 font-medium">{legend}</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-1">
        {options.map(({ value, text }) => (
          <label key={value} className="flex min-h-6 items-center gap-2">
            <input
              type="checkbox"
              checked={values.includes(value)}
              onChange={(event) =>
                onChange(
                  options
                    .map((option) => option.value)
                    .filter((one) => (one === value ? event.target.checked : values.includes(one))),
                )
              }
            />
            {text}
          </label>
        ))}
      </div>
      {said && (
        <p className={clsx(note?.tone === 'bad' ? 'text-danger' : note ? 'text-held' : 'text-ink-2')}>
          {said}
        </p>
      )}
    </fieldset>
  )
}

export const CheckField = ({
  label,
  checked,
  onChange,
}: {
  label: ReactNode
  checked: boolean
  onChange: (checked: boolean) => void
}) => (
  <label className="flex min-h-6 items-center gap-2 text-sm">
    <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
    {label}
  </label>
)

/** Fields that are folded away until they are wanted; the line says what stands in them. */
export function Group({
  title,
  says,
  prefix,
  open = false,
  children,
}: {
  title: string
  says: string
  /** Of the fields inside, as the API names them. */
  prefix: string
  open?: boolean
  children: ReactNode
}) {
  const note = useNotesUnder(prefix)
  return (
    <details open={open || undefined} className="group border-t border-line first:border-t-0">
      <summary className="flex min-h-11 list-none items-center justify-between gap-3 rounded-lg py-2 text-sm [&::-webkit-details-marker]:hidden">
        <span className="flex items-center gap-2 font-medium">
          <ChevronRight
            size={14}
            aria-hidden
            className="text-ink-3 transition-transform group-open:rotate-90"
          />
          {title}
        </span>
        <span
          className={clsx(
            'min-w-0 truncate text-right',
            note?.tone === 'bad' ? 'text-danger' : note ? 'text-held' : 'text-ink-2',
          )}
        >
          {note?.tone === 'bad' ? 'Something is wrong here' : note ? 'Look at this' : says}
        </span>
      </summary>
      <div className="flex flex-col gap-4 pt-1 pb-5">{children}</div>
    </details>
  )
}

/** A refusal of a whole form. */
export const Refused = ({ children }: { children: ReactNode }) => (
  <p role="alert" className="rounded-lg bg-danger-soft px-3 py-2 text-sm text-pretty text-danger">
    {children}
  </p>
)
