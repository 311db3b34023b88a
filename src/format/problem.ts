import type { z } from 'zod'
import { Fault, type FaultCode } from '#base/fault.ts'
import { LEAVER_REASONS } from '#grants/clauses.ts'

/** What is wrong with a document, and where: a JSON Pointer (RFC 6901), empty for the document as a whole. */
export type Problem = { readonly pointer: string; readonly code: FaultCode; readonly message: string }

const SHOWN = 80

export function problem(pointer: string, value: unknown, remedy: string): Problem {
  return { pointer, code: 'invalid', message: `${pointer || 'the document'} is ${show(value)}; ${remedy}` }
}

function show(value: unknown): string {
  if (value === undefined) return 'missing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  const shown = JSON.stringify(value) ?? String(value)
  return shown.length > SHOWN ? `${shown.slice(0, SHOWN)}…` : shown
}

export const pointerTo = (base: string, path: readonly PropertyKey[]): string =>
  base + path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** What a schema found, each at its own field. */
export const problemsOf = (error: z.ZodError, value: unknown, base: string): Problem[] =>
  error.issues.flatMap((issue) => fromIssue(issue, value, { base, path: [] }))

type Place = { readonly base: string; readonly path: readonly PropertyKey[] }

function fromIssue(issue: z.core.$ZodIssue, root: unknown, place: Place): Problem[] {
  const path = [...place.path, ...issue.path]
  const pointer = pointerTo(place.base, path)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const at = [...path, key]
      return problem(pointerTo(place.base, at), valueAt(root, at), unknownField(at))
    })
  }
  if (issue.code === 'invalid_union') {
    if ('options' in issue && Array.isArray(issue.options)) {
      return [problem(pointer, valueAt(root, path), `give one of ${issue.options.join(', ')}`)]
    }
    return likeliest(issue.errors).flatMap((inner) => fromIssue(inner, root, { base: place.base, path }))
  }
  if (issue.code === 'invalid_key') {
    return [problem(pointer, path.at(-1), issue.issues[0]?.message ?? 'give another key')]
  }
  return [problem(pointer, valueAt(root, path), remedyOf(issue))]
}

/** A leaving table is told by reasons, and whoever writes one wants to know which there are. */
function unknownField(path: readonly PropertyKey[]): string {
  if (path.at(-2) !== 'leaving') return 'there is no such field; leave it out'
  return `there is no such reason; give some of ${LEAVER_REASONS.join(', ')}`
}

/** Zod's own words tell what it expected; ours are remedies already. */
function remedyOf({ message }: z.core.$ZodIssue): string {
  const expected = /^Invalid input: expected (\w+)/.exec(message)?.[1]
  if (expected === undefined) return message
  return expected === 'array' ? 'give a list' : `give ${/^[aeiou]/.test(expected) ? 'an' : 'a'} ${expected}`
}

/** Of several forms the one that was meant: what is wrong with it lies deepest, or is least. */
function likeliest(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  const depth = (issues: readonly z.core.$ZodIssue[]): number =>
    Math.min(...issues.map(({ path }) => path.length))
  const strangers = (issues: readonly z.core.$ZodIssue[]): number =>
    issues.filter(({ code, path }) => code === 'unrecognized_keys' && path.length === 0).length
  return (
    branches.toSorted(
      (a, b) => strangers(a) - strangers(b) || depth(b) - depth(a) || a.length - b.length,
    )[0] ?? []
  )
}

export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let here: unknown = root
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined
    here = Reflect.get(here, key)
  }
  return here
}

/** A refusal of a room, told where the document says it: `param` as the room calls it becomes a pointer. */
export function refusedAt(base: string, fault: Fault): Problem {
  const own = fault.param ?? ''
  const pointer = base + fieldOf(own)
  const words =
    own !== '' && fault.message.startsWith(own) ? fault.message.slice(own.length) : `: ${fault.message}`
  return { pointer, code: fault.code, message: `${pointer || 'the document'}${words}` }
}

export const problemsIn = (
  root: unknown,
  refused: readonly { readonly at: string; readonly fault: Fault }[],
): Problem[] => refused.map(({ at, fault }) => refusedIn(root, at, fault))

/** As `refusedAt` for what commands refuse; a field that the document does not have is told at what holds it. */
function refusedIn(root: unknown, base: string, fault: Fault): Problem {
  const { code, message } = fault
  const called = COMMANDS_CALL[fault.param ?? '']
  const own = called === undefined ? fieldOf(fault.param ?? '') : `/${called}`
  for (
    let pointer = base + own;
    pointer.length > base.length;
    pointer = pointer.slice(0, pointer.lastIndexOf('/'))
  ) {
    if (valueAt(root, stepsOf(pointer)) !== undefined)
      return { pointer, code, message: `${pointer}: ${message}` }
  }
  return { pointer: base, code, message: `${base || 'the document'}: ${message}` }
}

/** What a document calls otherwise than the commands do. */
const COMMANDS_CALL: Readonly<Record<string, string>> = {
  person_id: 'person',
  grant_id: 'grant',
  event: 'event_id',
  kind: 'leave',
  template: 'template',
}

const stepsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))

/** Where terms stand under another name than in the rooms that check them. */
const RENAMED: readonly (readonly [RegExp, string])[] = [
  [/^template\.(parts|graph)/, 'vesting.$1'],
  [/^template/, 'vesting.statements'],
  [/^statements/, 'vesting'],
  [/^file\./, ''],
  [/^unit/, 'counts'],
  [/^denomination/, 'counts.denomination'],
  [/^formula/, 'amount'],
]

function fieldOf(param: string): string {
  if (param === '' || param.startsWith('/')) return param
  const renamed = RENAMED.reduce(
    (text, [from, to]) => (text === param && from.test(text) ? text.replace(from, to) : text),
    param,
  )
  const steps = renamed.replaceAll(/\[(\d+)\]/g, '.$1').split('.')
  return pointerTo(
    '',
    steps.map((step) => step.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
  )
}
