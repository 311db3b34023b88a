import type { Ask } from './ask.ts'

/** What stands in the letter while nobody has said who gets it: shown beside the form, never kept. */
const STANDS_FOR = {
  name: 'the candidate',
  email: 'candidate@example.com',
  title: 'their work',
  level: 'any',
}

/** The ask as far as it is written, so that the letter can be read from the first figure on. */
export const forPreview = (ask: Ask): Ask => ({
  ...ask,
  candidate: {
    ...ask.candidate,
    name: ask.candidate.name || STANDS_FOR.name,
    email: ask.candidate.email || STANDS_FOR.email,
  },
  position: {
    ...ask.position,
    title: ask.position.title || STANDS_FOR.title,
    level: ask.position.level || STANDS_FOR.level,
  },
})

/** What a draft needs before it can be kept, in the words of the form; null: nothing. */
export function unfinished({ candidate, position, pay }: Ask): string | null {
  const open = [
    candidate.name === '' && 'a name',
    candidate.email === '' && 'an email address',
    candidate.country === '' && 'where they work',
    position.title === '' && 'a title',
    position.level === '' && 'a level',
    pay.salary === '0' && 'a salary',
  ].filter((one) => one !== false)
  const last = open.pop()
  if (last === undefined) return null
  return `Still to give: ${open.length > 0 ? `${open.join(', ')} and ${last}` : last}.`
}
