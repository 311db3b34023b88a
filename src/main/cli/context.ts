import { randomUUID } from 'node:crypto'
import { Fault } from '#base/fault.ts'
import type { Person } from '#people/person.ts'
import { openDatabase, type Opened } from '../database.ts'
import { setting, type Environment } from '../config.ts'
import { openRooms, type Rooms } from '../rooms.ts'
import { clockOffset, parseClock, realWorld } from '../world.ts'
import { say } from './output.ts'

export type Shared = { readonly json?: boolean; readonly data?: string; readonly clock?: string }

/** Runs one command on the rooms of the database that the settings name, and leaves nothing behind. */
export async function withRooms<T>(
  env: Environment,
  shared: Shared,
  work: (rooms: Rooms, opened: Opened) => Promise<T>,
): Promise<T> {
  const world = realWorld(clockOffset(shared.clock === undefined ? null : parseClock(shared.clock)))
  const opened = await openDatabase({
    env,
    ...(shared.data === undefined ? {} : { data: shared.data }),
    role: 'tool',
    log: say,
    connections: 4,
  })
  try {
    const company = setting(env, 'PERQ_COMPANY')
    const rooms = await openRooms({ db: opened.db, world, owner: `tool-${randomUUID()}`, company })
    try {
      return await work(rooms, opened)
    } finally {
      await rooms.close()
    }
  } finally {
    await opened.close()
  }
}

export async function personByEmail({ people }: Rooms, email: string): Promise<Person> {
  const person = await people.findByEmail(email)
  if (person) return person
  throw new Fault(
    'not_found',
    `there is nobody with the email ${email}; "perq person list" names everybody`,
    {
      param: 'email',
    },
  )
}
