import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'

import { saidAtField } from '../lib/refusals.ts'
import { Button } from './Button.tsx'
import { Dialog } from './Dialog.tsx'
import { Refused } from './Field.tsx'

type Props = {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  readonly description: string
  readonly field: { readonly name: string; readonly label: string; readonly required: boolean }
  readonly confirm: string
  /** With the word under the field's name, or nothing where none was said. */
  readonly run: (body: Readonly<Record<string, string>>) => Promise<unknown>
}

/** A step that wants a word with it. */
export function WordDialog({ open, onClose, title, description, ...form }: Props) {
  return (
    <Dialog open={open} onClose={onClose} title={title} description={description}>
      <Form {...form} close={onClose} />
    </Dialog>
  )
}

function Form({
  field,
  confirm,
  run,
  close,
}: Pick<Props, 'field' | 'confirm' | 'run'> & { readonly close: () => void }) {
  const [text, setText] = useState('')
  const act = useMutation({ mutationFn: run })
  const said = text.trim()
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        act.mutate(said === '' ? {} : { [field.name]: said }, { onSuccess: close })
      }}
    >
      <label className="flex flex-col gap-1 text-sm font-medium">
        {field.label}
        <textarea
          data-focus
          required={field.required}
          maxLength={500}
          rows={3}
          className="field h-auto py-2 font-normal"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey))
              event.currentTarget.form?.requestSubmit()
          }}
        />
        {!field.required && <span className="font-normal text-ink-2">May be left empty.</span>}
      </label>
      {act.error && <Refused>{saidAtField(act.error.message)}</Refused>}
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={close}>
          Cancel
        </Button>
        <Button type="submit" look="primary" disabled={act.isPending || (field.required && said === '')}>
          {confirm}
        </Button>
      </div>
    </form>
  )
}

type AskedProps = Omit<Props, 'open' | 'onClose'> & {
  readonly text: string
  readonly look?: 'primary' | 'plain' | 'quiet'
}

/** A button that asks for a word before it does its step. */
export function Worded({ text, look = 'plain', ...dialog }: AskedProps) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button look={look} onClick={() => setOpen(true)}>
        {text}
      </Button>
      <WordDialog {...dialog} open={open} onClose={() => setOpen(false)} />
    </>
  )
}
