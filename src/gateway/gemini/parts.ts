import { fieldsOf, textOf, type Fields } from '../relay/usage.ts'
import { nameOf, pick } from './names.ts'
import { soundTokens } from './sound.ts'

/**
 * What one image can be billed at, at most. Gemini 3 counts up to 2,240 tokens (ultra high resolution), Gemini 2.5 up to
 * 2,304 (256 and, with pan and scan, 2,048), and the older ones 258 for each of at most 24 tiles of a picture that is
 * shrunk to 3,072 pixels a side.
 */
export const DEAREST_IMAGE = 8_192

/** What contents hold beside the text that their bytes bound. */
export type Contents = {
  readonly messages: number
  readonly images: number
  /** Bytes of base64 that are no text. */
  readonly data: number
  /** Tokens that recordings can come to. */
  readonly sound: number
  /** Something that only the context window bounds: a file, compressed sound, a PDF, a video, an unknown part. */
  readonly outside: boolean
  readonly audio: boolean
  readonly media: boolean
}

/** Parts that are no more than their own bytes, and hold no others. */
const PLAIN = new Set([
  'text',
  'thought',
  'thoughtSignature',
  'thought_signature',
  'functionCall',
  'function_call',
  'executableCode',
  'executable_code',
  'codeExecutionResult',
  'code_execution_result',
  'toolCall',
  'tool_call',
  'toolResponse',
  'tool_response',
  'videoMetadata',
  'video_metadata',
  'mediaResolution',
  'media_resolution',
  'partMetadata',
  'part_metadata',
])

/**
 * How a PNG, a JPEG, a WebP or a HEIC picture begins in base64, of either alphabet: what only claims to be a picture
 * may be read as something that is billed by its length.
 */
const PICTURE = /^(?:iVBORw0KGgo|[/_]9j[/_]|UklGR.{7}RUJQ|AAAA..Z0eXBoZWl[j4])/

/** Google's parser takes one message where a list is meant. */
const listOf = (value: unknown): readonly unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]

/**
 * Weighs contents (a list of contents, or one). It enters only what Google reads as parts: what a function was called
 * with or answered in JSON is text, whatever its fields are named.
 */
export function weighContents(contents: readonly unknown[], lengthOf: (text: string) => number): Contents {
  let [messages, images, data, sound] = [0, 0, 0, 0]
  let [outside, audio, media] = [false, false, false]

  const blob = (value: unknown): void => {
    const given = fieldsOf(value)
    const mime = (textOf(given && pick(given, 'mimeType')) ?? '').toLowerCase()
    // A text in base64 is longer than the text it spells.
    if (mime.startsWith('text/') || mime === 'application/json') return
    const bytes = textOf(given && pick(given, 'data')) ?? ''
    const picture = mime.startsWith('image/') && PICTURE.test(bytes)
    media = true
    data += lengthOf(bytes)
    const tokens = /^audio\/(x-|vnd\.)?wave?$/.test(mime) ? soundTokens(bytes, lengthOf(bytes)) : null
    if (picture) images += 1
    else if (tokens !== null) sound += tokens
    else outside = true
    if (!picture && mime !== 'application/pdf') audio = true
  }

  const part = (value: unknown): void => {
    const given: Fields | null = fieldsOf(value)
    for (const [key, inner] of Object.entries(given ?? {})) {
      if (inner === null) continue
      const name = nameOf(key)
      if (name === 'inlineData') blob(inner)
      else if (name === 'functionResponse') {
        const answer = fieldsOf(inner)
        for (const each of listOf(answer && pick(answer, 'parts'))) part(each)
      } else if (name === 'fileData') [outside, audio, media] = [true, true, true]
      else if (!PLAIN.has(key)) [outside, audio, media] = [true, true, true]
    }
  }

  for (const list of contents)
    for (const item of listOf(list)) {
      messages += 1
      const content = fieldsOf(item)
      for (const each of listOf(content && pick(content, 'parts'))) part(each)
    }
  return { messages, images, data, sound, outside, audio, media }
}
