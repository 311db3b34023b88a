import type { Draft } from './draft.ts'

/** What stands in a group of fields that is folded away, in a few words. */

const rules = (n: number, one: string): string => (n === 0 ? 'Not said' : `${n} ${one}${n === 1 ? '' : 's'}`)

export function expirySays({ expiry }: Draft): string {
  const rolls = expiry.rollover && expiry.kind !== 'never' && expiry.kind !== 'on' ? ', some rolls over' : ''
  switch (expiry.kind) {
    case 'never':
      return 'Does not expire'
    case 'on':
      return expiry.date === '' ? 'On a date' : `On ${expiry.date}`
    case 'days_after_vest':
      return `${expiry.days} days after each vest${rolls}`
    case 'end_of_month_after_vest':
      return `${expiry.months} months after each vest${rolls}`
  }
}

export function scopeSays({ classes, purposes, providers, priority }: Draft): string {
  const limits = [
    classes.length > 0 ? 'some models' : null,
    purposes.length > 0 ? 'some purposes' : null,
    providers.trim() !== '' ? 'some providers' : null,
  ].filter((one) => one !== null)
  return `${limits.length === 0 ? 'Anywhere' : `Only ${limits.join(', ')}`}, drawn at ${priority}`
}

export const accelerationSays = ({ clauses }: Draft): string =>
  clauses.acceleration.length === 0 && clauses.fold !== ''
    ? 'Before the grant date only'
    : rules(clauses.acceleration.length, 'trigger')
export const leaveSays = ({ clauses }: Draft): string =>
  clauses.leave.length === 0 ? 'The usual rules' : rules(clauses.leave.length, 'rule')
export const leavingSays = ({ clauses }: Draft): string => {
  const n = Object.keys(clauses.leaving).length
  return n === 0 ? 'The usual rules' : rules(n, 'reason')
}
export const portabilitySays = ({ clauses: { portability } }: Draft): string =>
  portability ? `${portability.percent}% for ${portability.days} days` : 'Nothing'
export const pricesSays = ({ clauses: { repricing, exchange } }: Draft): string =>
  repricing || exchange.trim() !== ''
    ? [repricing ? 're-priced' : null, exchange.trim() !== '' ? 'exchanged' : null]
        .filter((one) => one !== null)
        .join(', ')
        .replace(/^./, (first) => first.toUpperCase())
    : 'Not said'
export const guaranteesSays = ({ clauses: { guarantees } }: Draft): string => {
  const n = Object.values(guarantees).filter((value) => value !== '').length
  return n === 0 ? 'Nothing' : `${n} ${n === 1 ? 'field' : 'fields'}`
}
