import { crc32, inflateRawSync } from 'node:zlib'
import { Fault } from '#base/fault.ts'

/** One file of an archive. */
export type Zipped = { readonly name: string; readonly text: string }

const END = 0x06054b50
const ENTRY = 0x02014b50
const STORED = 0
const DEFLATED = 8
const MOST_FILES = 200

/** The files of a zip archive, as text, `most` bytes together: an archive can be small and what is in it huge. Throws Fault `invalid`. */
export function unzip(archive: Uint8Array, most: number): readonly Zipped[] {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength)
  try {
    return entriesOf(bytes, most)
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault('invalid', 'the archive is cut off or is no zip file; fetch it again', { cause: error })
  }
}

function entriesOf(bytes: Buffer, most: number): readonly Zipped[] {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end < 0 || bytes.readUInt32LE(end) !== END)
    throw new Fault('invalid', 'the archive has no end; it is no zip file')
  const count = bytes.readUInt16LE(end + 10)
  if (count > MOST_FILES)
    throw new Fault('too_large', `the archive has ${count} files, more than ${MOST_FILES}`)
  const files: Zipped[] = []
  let at = bytes.readUInt32LE(end + 16)
  let left = most
  for (let index = 0; index < count; index += 1) {
    if (bytes.readUInt32LE(at) !== ENTRY) throw new Fault('invalid', 'the archive has a broken entry')
    const [method, packed] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)]
    const [nameSize, extra, comment] = [28, 30, 32].map((place) => bytes.readUInt16LE(at + place))
    const name = bytes.toString('utf8', at + 46, at + 46 + nameSize!)
    const local = bytes.readUInt32LE(at + 42)
    const begin = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const content = contentOf(bytes.subarray(begin, begin + packed), method, left)
    if (crc32(content) !== bytes.readUInt32LE(at + 16))
      throw new Fault(
        'invalid',
        `the archive is damaged: ${name.slice(0, 60)} is not what was packed; fetch it again`,
      )
    left -= content.length
    files.push({ name, text: content.toString('utf8') })
    at += 46 + nameSize! + extra! + comment!
  }
  return files
}

function contentOf(packed: Buffer, method: number, most: number): Buffer {
  if (method === STORED && packed.length <= most) return packed
  if (method !== STORED && method !== DEFLATED)
    throw new Fault('invalid', `the archive packs by method ${method}, which is not read here`)
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, most) })
  } catch (error) {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    if (tooLarge || method === STORED)
      throw new Fault('too_large', 'what is in the archive is larger than is read')
    throw error
  }
}
