import { Check, Copy as CopyIcon } from 'lucide-react'
import { useEffect, useState } from 'react'

import { Button } from './Button.tsx'

/** Copies text and says so; where the clipboard is closed, the text can be selected by hand. */
export function Copy({
  text,
  label = 'Copy',
  look = 'plain',
}: {
  text: string
  label?: string
  look?: 'plain' | 'quiet' | 'primary'
}) {
  const [done, setDone] = useState<'copied' | 'failed' | null>(null)
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(null), 2_000)
    return () => clearTimeout(timer)
  }, [done])
  const copy = () =>
    navigator.clipboard
      .writeText(text)
      .then(() => setDone('copied'))
      .catch(() => setDone('failed'))
  return (
    <Button look={look} onClick={() => void copy()}>
      {done === 'copied' ? <Check size={14} aria-hidden /> : <CopyIcon size={14} aria-hidden />}
      <span aria-live="polite">
        {done === 'copied' ? 'Copied' : done === 'failed' ? 'Select and copy by hand' : label}
      </span>
    </Button>
  )
}
