import { decimalQuantity, denominationOf } from '../../lib/base.ts'
import type { DateText } from '../../lib/base.ts'
import type { Employment, Post } from '../../lib/contract.ts'
import type { TemplateInUse } from '../../lib/templates.ts'
import { quantityOf } from '../templates/ask.ts'

/** A post while it is written: texts as they were typed. */
export type LineDraft = { readonly template: string; readonly least: string; readonly most: string }
export type PostDraft = {
  readonly title: string
  readonly level: string
  readonly family: string
  readonly entity: string
  readonly country: string
  readonly region: string
  readonly locality: string
  readonly remote: boolean
  readonly employment: Employment
  readonly description: string
  readonly currency: string
  readonly least: string
  readonly most: string
  readonly incentives: string
  /** A line each. */
  readonly benefits: string
  readonly compute: readonly LineDraft[]
  readonly applyAt: string
  readonly until: DateText
}

export const emptyPost = (entity: string, country: string, currency: string, until: DateText): PostDraft => ({
  title: '',
  level: '',
  family: '',
  entity,
  country,
  region: '',
  locality: '',
  remote: false,
  employment: 'FULL_TIME',
  description: '',
  currency,
  least: '',
  most: '',
  incentives: '',
  benefits: '',
  compute: [],
  applyAt: '',
  until,
})

export const draftOf = (post: Post): PostDraft => ({
  title: post.title,
  level: post.level,
  family: post.family,
  entity: post.entity.id,
  ...post.place,
  employment: post.employment,
  description: post.description,
  currency: post.salary?.currency ?? 'USD',
  least: post.salary ? decimalQuantity('usd', BigInt(post.salary.least)) : '',
  most: post.salary ? decimalQuantity('usd', BigInt(post.salary.most)) : '',
  incentives: post.incentives,
  benefits: post.benefits.join('\n'),
  compute: post.lines.map(({ template_id: template, asset, least, most }) => ({
    template,
    least: decimalQuantity(denominationOf(asset), BigInt(least)),
    most: decimalQuantity(denominationOf(asset), BigInt(most)),
  })),
  applyAt: post.apply_at ?? '',
  until: post.until,
})

/** In the API's own form. What cannot be read goes as it was typed: the server refuses it and names the field. */
export function askOf(draft: PostDraft, templates: readonly TemplateInUse[]) {
  const { least, most } = draft
  const unitOf = (id: string) => templates.find((one) => one.id === id)?.denomination ?? 'usd'
  return {
    title: draft.title.trim(),
    level: draft.level.trim(),
    family: draft.family.trim(),
    entity_id: draft.entity,
    place: {
      country: draft.country.trim().toUpperCase(),
      region: draft.region.trim().toUpperCase(),
      locality: draft.locality.trim(),
      remote: draft.remote,
    },
    employment: draft.employment,
    description: draft.description.trim(),
    salary:
      least.trim() === '' && most.trim() === ''
        ? null
        : {
            currency: draft.currency.trim().toUpperCase(),
            least: quantityOf('usd', least),
            most: quantityOf('usd', most.trim() === '' ? least : most),
          },
    incentives: draft.incentives.trim(),
    benefits: draft.benefits
      .split('\n')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
    compute: draft.compute.map((line) => ({
      template_id: line.template,
      least: quantityOf(unitOf(line.template), line.least),
      most: quantityOf(unitOf(line.template), line.most.trim() === '' ? line.least : line.most),
    })),
    apply_at: draft.applyAt.trim() === '' ? null : draft.applyAt.trim(),
    until: draft.until,
  }
}

/** What has to be said before anything can be shown; null: nothing more. */
export function missing(draft: PostDraft): string | null {
  if (draft.title.trim() === '') return 'Say what the job is.'
  if (draft.entity === '') return 'Say who employs.'
  if (draft.country.trim().length !== 2) return 'Say in which country.'
  if (draft.description.trim() === '') return 'Describe the job.'
  if (draft.until === '') return 'Say until when one can apply.'
  const line = draft.compute.find(({ template, least }) => template === '' || least.trim() === '')
  return line === undefined ? null : 'Say of each line of compute from which template it is, and how much.'
}
