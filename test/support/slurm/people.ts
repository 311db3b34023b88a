import { mkdirSync, chownSync, writeFileSync } from 'node:fs'
import type { Place } from './place.ts'

/** Far from the people and the services of any real machine. */
const FIRST_UID = 64_100

export type LocalPerson = { readonly login: string; readonly uid: number; readonly home: string }

/**
 * People whom only the programs of this cluster know (nss_wrapper): the machine's own list of users stays as it is.
 */
export function makePeople({ folder }: Place, logins: readonly string[]): readonly LocalPerson[] {
  const people = logins.map((login, index) => ({
    login,
    uid: FIRST_UID + index,
    home: `${folder}/home/${login}`,
  }))
  mkdirSync(`${folder}/home`)
  for (const { home, uid } of people) {
    mkdirSync(home)
    chownSync(home, uid, uid)
  }
  const all = [
    { login: 'root', uid: 0, home: folder },
    { login: 'nobody', uid: 65_534, home: folder },
    ...people,
  ]
  writeFileSync(
    `${folder}/etc/passwd`,
    all.map(({ login, uid, home }) => `${login}:x:${uid}:${uid}:${login}:${home}:/bin/sh\n`).join(''),
  )
  writeFileSync(`${folder}/etc/group`, all.map(({ login, uid }) => `${login}:x:${uid}:\n`).join(''))
  return people
}
