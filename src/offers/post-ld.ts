import { escaped } from '#base/html.ts'
import type { Json } from '#base/json.ts'
import { NANO_PER_USD } from '#base/money.ts'
import type { DateText } from '#base/time.ts'
import type { PostAsk } from './post.ts'

/** What search engines read: schema.org's JobPosting. It has no place for compute, so a sentence and a linked document tell it. */
export type LdFacts = Pick<
  PostAsk,
  'title' | 'family' | 'place' | 'employment' | 'description' | 'salary' | 'incentives' | 'benefits' | 'until'
> & {
  readonly id: string
  readonly company: string
  readonly postedOn: DateText
  readonly url: string
  /** Sentences of the compute that is granted. */
  readonly compute: readonly string[]
  readonly document: { readonly url: string; readonly sha256: string } | null
}

export function jobPosting(of: LdFacts): { readonly [key: string]: Json } {
  const { place, salary, document } = of
  const country = { '@type': 'Country', name: place.country }
  const benefits = [...of.compute, ...of.benefits.map(sentence)].join(' ')
  return {
    '@context': 'https://schema.org',
    '@type': 'JobPosting',
    title: of.title,
    description: paragraphs(of.description)
      .map((one) => `<p>${escaped(one)}</p>`)
      .join(''),
    identifier: { '@type': 'PropertyValue', name: of.company, value: of.id },
    url: of.url,
    datePosted: of.postedOn,
    validThrough: of.until,
    employmentType: of.employment,
    ...(of.family === '' ? {} : { occupationalCategory: of.family }),
    hiringOrganization: { '@type': 'Organization', name: of.company },
    jobLocation: {
      '@type': 'Place',
      address: {
        '@type': 'PostalAddress',
        addressCountry: place.country,
        ...(place.region === '' ? {} : { addressRegion: place.region }),
        ...(place.locality === '' ? {} : { addressLocality: place.locality }),
      },
    },
    ...(place.remote ? { jobLocationType: 'TELECOMMUTE', applicantLocationRequirements: country } : {}),
    ...(salary && {
      baseSalary: {
        '@type': 'MonetaryAmount',
        currency: salary.currency,
        value: {
          '@type': 'QuantitativeValue',
          minValue: units(salary.least),
          maxValue: units(salary.most),
          unitText: 'YEAR',
        },
      },
    }),
    ...(of.incentives === '' ? {} : { incentiveCompensation: of.incentives }),
    ...(benefits === '' ? {} : { jobBenefits: benefits }),
    ...(document && {
      subjectOf: {
        '@type': 'DigitalDocument',
        name: 'Compute of this job, for machines',
        url: document.url,
        encoding: {
          '@type': 'MediaObject',
          contentUrl: document.url,
          encodingFormat: 'application/json',
          sha256: document.sha256,
        },
      },
    }),
  }
}

export const paragraphs = (text: string): readonly string[] =>
  text
    .split(/\r?\n\s*\r?\n/)
    .map((one) => one.trim().replaceAll(/\s*\r?\n\s*/g, ' '))
    .filter((one) => one !== '')

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

/** A range is advertised in whole units, which JSON's numbers hold exactly. */
const units = (nano: bigint): number => Number(nano / NANO_PER_USD)
