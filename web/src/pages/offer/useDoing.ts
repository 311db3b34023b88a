import { useState } from 'react'

/** One thing at a time that the server may refuse: whether it runs, and what the refusal said. */
export function useDoing(): {
  readonly busy: boolean
  readonly refusal: string | null
  readonly run: (what: () => Promise<void>) => void
} {
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<string | null>(null)
  const run = (what: () => Promise<void>): void => {
    if (busy) return
    setBusy(true)
    setRefusal(null)
    what()
      .catch((error: unknown) =>
        setRefusal(error instanceof Error ? sentence(error.message) : 'It did not work.'),
      )
      .finally(() => setBusy(false))
  }
  return { busy, refusal, run }
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
