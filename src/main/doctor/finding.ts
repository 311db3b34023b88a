/** One thing that was looked at; `remedy` says what to do when it is not well. */
export type Finding = {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  readonly remedy: string | null
}

/** The remedy is told only where it is one. */
export const finding = (name: string, ok: boolean, detail: string, remedy: string): Finding => ({
  name,
  ok,
  detail,
  remedy: ok ? null : remedy,
})
