import { iso } from '#base/time.ts'
import type { Failure, Told } from './run.ts'
import type { Command, HoldAsk, Mishap, Single } from './script.ts'
import { CONTRACTS, REASONS } from './terms.ts'

/** A story in plain words: who asked what of which process, what became of it, and what was wrong in the end. */
export const tellStory = ({ finding, told }: Failure, replay: string): string =>
  [
    `broken: ${finding.promise}`,
    ...told.map((one, index) => `${String(index + 1).padStart(3)}. ${line(one)}`),
    `so: ${finding.how}`,
    `again: ${replay}`,
  ].join('\n')

function line({ command, heard, at }: Told): string {
  const answers = heard.map((one) => one.map((text) => text ?? 'nothing was heard').join(', ')).join('; ')
  return `${iso(at).slice(0, 19)} ${tell(command)}${answers === '' ? '' : ` → ${answers}`}`
}

const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
const named = (n: number): string => `process ${'ABC'[n]}`

function tell(command: Command): string {
  if ('mishap' in command) return `${single(command)}${mishap(command.mishap)}`
  switch (command.kind) {
    case 'hire':
      return `person ${command.person} is hired`
    case 'pass':
      return `${command.by / 1_000} s pass`
    case 'jump':
      return `the clock of ${named(command.replica)} is set ${command.by / 1_000} s from true`
    case 'kill':
      return `${named(command.replica)} is killed and comes back as another`
    case 'watch':
      return `for 30 s all processes beat, and ${named(command.replica)} sweeps holds every 5 s`
    case 'both':
      return `(${single(command.first)}) stands still before its statement ${command.at}, and beside it (${single(command.second)})`
  }
}

function single(command: Single): string {
  const by = named(command.replica)
  switch (command.kind) {
    case 'hold':
      return `${by} is asked to hold ${command.calls.map(asked).join(' and ')}`
    case 'settle':
      return `${by} is asked to settle call ${command.call} at ${command.cost}`
    case 'release':
      return `${by} is asked to release call ${command.call}`
    case 'cap': {
      const { limit } = command
      const said = limit
        ? `set to ${limit.amount} ${limit.period ? `a ${limit.period}` : 'for ever'}`
        : 'taken away'
      return `by ${by} the cap of key ${command.key} of person ${command.person} is ${said}`
    }
    case 'grant':
      return `by ${by} person ${command.person} is granted ${command.quantity} (grant ${command.grant}: ${CONTRACTS[command.contract]!.name})`
    case 'leave':
      return `by ${by} person ${command.person} leaves (${REASONS[command.reason]!.reason})`
    case 'vest':
      return `${by} vests what is due`
    case 'lapse':
      return `${by} sweeps holds`
    case 'expire':
      return `${by} sweeps lots`
    case 'work':
      return `${by} follows up leavings`
    case 'roll':
      return `${by} adds usage up`
    case 'seal':
      return `${by} seals`
  }
}

const asked = ({ call, person, key, cls, purpose, min, max, floor, lasting }: HoldAsk): string =>
  `${min} to ${max} (${floor} certain) for call ${call} by key ${key} of person ${person}, ${cls}, ${purpose}` +
  (lasting === null ? '' : `, for ${plural(lasting, 'hour')}`)

function mishap(one: Mishap | null): string {
  if (one === null) return ''
  const which = `statement ${one.at}`
  switch (one.how) {
    case 'unsent':
      return `, and dies before ${which}`
    case 'unanswered':
      return `, and dies after ${which}, before its answer`
    case 'late':
      return `, and dies with ${which} still on its way`
    case 'cut_before':
      return `, and loses its connection before ${which}`
    case 'cut_after':
      return `, and loses its connection after ${which}, before its answer`
  }
}
