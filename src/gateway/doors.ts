import { anthropicDoor } from './anthropic/door.ts'
import type { Door } from './door.ts'
import { geminiDoor } from './gemini/door.ts'
import { openaiDoor } from './openai/door.ts'

/** Every protocol that clients may speak. */
export const DOORS: readonly Door[] = [openaiDoor, anthropicDoor, geminiDoor]
