/** What stands against an offer, or speaks for it, before anybody submits it. */
export type OfferCheckKind = 'plan' | 'candidate' | 'value' | 'bands' | 'budget' | 'coverage' | 'transparency'

export type OfferCheck = {
  readonly kind: OfferCheckKind
  /** `refuse`: it cannot be submitted like this. */
  readonly severity: 'refuse' | 'warn' | 'ok'
  readonly message: string
  /** The field of the offer that it is about. */
  readonly param: string | null
  /** The figures of the message, exact. */
  readonly facts: Readonly<Record<string, string>>
}
