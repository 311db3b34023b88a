/**
 * What is known of tax on compute, by the country of work. Words of a letter, not rules of an engine: a company gives its
 * own where its adviser wrote some.
 */
export type TaxNotes = Readonly<Record<string, readonly string[]>>

const UNSETTLED =
  'No ruling or guidance on grants of AI compute to employees was found there as of 21 November 2026: unsettled.'

export const TAX_NOTES: TaxNotes = {
  US: [
    'United States: compute for the employer’s own business can be free of tax as a working condition (26 CFR 1.132-5(a)); compute that may be spent on anything, or that stands in the place of cash, is likely to be wages at its fair market value.',
    UNSETTLED,
  ],
  GB: [
    'United Kingdom: services used in performing the duties of the job are not charged while private use is not significant and a policy says so (section 316 ITEPA 2003); otherwise what they cost the employer can be a benefit in kind.',
    'For a salary given up in exchange, the exemption is generally switched off. For compute in particular: unsettled.',
  ],
  DE: [
    'Germany: the private use of an employer’s computers and of programs that the employer uses in its own business is free of tax (§ 3 Nr. 45 EStG); other benefits in kind are taxed above the monthly limit.',
    'Whether credits for cloud GPUs or language models fall under it has not been ruled: unsettled.',
  ],
  FR: [
    'France: tools of information technology are no benefit while private use is reasonable or a written statement rules it out; otherwise a flat share of their price, or the actual value, can be charged.',
    'For compute in particular: unsettled.',
  ],
  CA: [
    'Canada: use for the employer’s business is not taxable; the personal part is, at fair market value. This is by analogy with the rules for telephones and internet.',
    'For compute in particular: unsettled.',
  ],
  IN: [
    'India: laptops and computers given by the employer are not a perquisite; other benefits are valued at what they cost the employer.',
    'Whether cloud compute counts as a computer: unsettled.',
  ],
  IE: [
    'Ireland: computer equipment for business use with minimal private use is no benefit in kind; what is given for private use is charged at what it costs the employer.',
    'For compute in particular: unsettled.',
  ],
}

export const taxLines = (country: string, notes: TaxNotes): string[] => [
  ...(notes[country] ?? [
    `No rule on compute as pay is on file for the country of work (${country}): unsettled.`,
  ]),
  'Pay in money and in shares is taxed as usual there. This is a summary for orientation and no tax or legal advice; ask an adviser of your own.',
]
