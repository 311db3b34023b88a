import { anthropicDoor } from './anthropic/door.ts'
import type { Door } from './door.ts'
import { geminiDoor } from './gemini/door.ts'
import { openaiDoor } from './openai/door.ts'

/** Every protocol that clients may speak. */
export const DOORS: readonly Door[] = [openaiDoor, anthropicDoor, geminiDoor]

const AT = new Map(DOORS.map((door) => [door.prefix, door]))

/** The door whose prefix is the first part of a path, or null. */
export function doorAt(path: string): Door | null {
  const end = path.indexOf('/', 1)
  return AT.get(end === -1 ? path : path.slice(0, end)) ?? null
}
