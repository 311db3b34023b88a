import type { PostAsk, PostPlace } from './post.ts'

/**
 * What the law of a place wants an advertised job to say, as far as it is known here. Each rule has its source and how sure
 * it is; none is legal advice, and a place that is not listed is told as not known.
 */

export type Requirement = 'pay_range' | 'benefits' | 'other_pay' | 'compute'

export type Finding = {
  readonly place: string
  readonly requirement: Requirement
  /** `unsure`: whether it applies depends on what a post cannot tell. */
  readonly state: 'met' | 'missing' | 'unsure'
  /** All that the place wants, in words. */
  readonly wants: string
  readonly says: string
  /** The field that would mend it; null where nothing has to be. */
  readonly param: string | null
  readonly source: string
}

type Rule = {
  readonly place: string
  readonly applies: (place: PostPlace) => 'yes' | 'maybe' | 'no'
  readonly requires: readonly Requirement[]
  readonly says: string
  readonly source: string
}

const EU = new Set(
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE'.split(' '),
)

/** Work that can be done from anywhere in the country can be done there. */
const inState =
  (region: string): Rule['applies'] =>
  (place) => {
    if (place.country !== 'US') return 'no'
    if (place.region === region) return 'yes'
    return place.remote || place.region === '' ? 'maybe' : 'no'
  }

export const RULES: readonly Rule[] = [
  {
    place: 'Colorado',
    applies: inState('CO'),
    requires: ['pay_range', 'benefits', 'other_pay', 'compute'],
    says: 'the pay range, every other pay, and all benefits in general terms: those that are taxed belong to them',
    source: 'read second-hand (m3ins.com)',
  },
  {
    place: 'Washington',
    applies: inState('WA'),
    requires: ['pay_range', 'benefits', 'compute'],
    says: 'the pay range and all benefits in general terms: those that are taxed belong to them',
    source: 'read second-hand (m3ins.com)',
  },
  {
    place: 'California',
    applies: inState('CA'),
    requires: ['pay_range'],
    says: 'the pay range',
    source: 'read second-hand (tcwglobal, bartkolaw)',
  },
  {
    place: 'European Union',
    applies: ({ country }) => (EU.has(country) ? 'yes' : 'no'),
    requires: ['pay_range'],
    says: 'the initial pay or its range, in the post or before the first interview; pay includes what is given in kind',
    source:
      'Directive 2023/970, to be law of each member since 7 June 2026; read second-hand (lewissilkin, Lockton)',
  },
]

type Told = Pick<PostAsk, 'place' | 'salary' | 'incentives' | 'benefits' | 'compute'>

/** Every rule of the post's place, met or not, in the order of the rules. Empty: nothing is known of that place. */
export const transparency = (post: Told): readonly Finding[] =>
  RULES.flatMap((rule) => {
    const applies = rule.applies(post.place)
    if (applies === 'no') return []
    return rule.requires.map((requirement): Finding => {
      const { met, param, remedy } = standing(requirement, post)
      const doubt = applies === 'maybe' ? ` This concerns work that can be done from ${rule.place}.` : ''
      return {
        place: rule.place,
        requirement,
        state: met ? 'met' : applies === 'maybe' || requirement === 'compute' ? 'unsure' : 'missing',
        wants: rule.says,
        says: met
          ? `${WORDS[requirement]} stands there.`
          : `${WORDS[requirement]} is missing: ${remedy}.${doubt}`,
        param: met ? null : param,
        source: rule.source,
      }
    })
  })

const WORDS: Readonly<Record<Requirement, string>> = {
  pay_range: 'The pay range',
  benefits: 'The list of benefits',
  other_pay: 'Other pay',
  compute: 'The compute',
}

function standing(
  requirement: Requirement,
  post: Told,
): { readonly met: boolean; readonly param: string; readonly remedy: string } {
  switch (requirement) {
    case 'pay_range':
      return { met: post.salary !== null, param: 'salary', remedy: 'give the range' }
    case 'benefits':
      return { met: post.benefits.length > 0, param: 'benefits', remedy: 'name the benefits' }
    case 'other_pay':
      return {
        met: post.incentives !== '',
        param: 'incentives',
        remedy: 'say which bonus, commission or equity there is, or that there is none',
      }
    case 'compute':
      return {
        met: post.compute.length > 0,
        param: 'compute',
        remedy: 'name the compute, should people of this job be granted any that is taxed',
      }
    default:
      return requirement satisfies never
  }
}
