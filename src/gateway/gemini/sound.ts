/** Google counts 32 tokens for a second of sound, whatever its quality; twice that is held. */
const TOKENS_PER_SECOND = 64
/** The description of the samples stands within this, or the recording is not one of ours. Characters of base64. */
const HEAD = 512
const PCM = 1
const FLOAT = 3

/**
 * The most tokens a recording in base64 can be billed at, or null when its bytes do not bound it. Only a WAV of plain
 * samples says in its head how many bytes a second has; compressed sound can be silent for hours in a few bytes.
 */
export function soundTokens(base64: string, length = base64.length): number | null {
  const head = Buffer.from(base64.slice(0, HEAD), 'base64')
  if (head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 16) !== 'WAVEfmt ') return null
  if (head.length < 36) return null
  const format = head.readUInt16LE(20)
  if (format !== PCM && format !== FLOAT) return null
  const channels = head.readUInt16LE(22)
  const rate = head.readUInt32LE(24)
  const sample = head.readUInt16LE(34) / 8
  // Three fields say how many bytes a second has; a decoder may go by any of them.
  const second = Math.min(head.readUInt32LE(28), head.readUInt16LE(32) * rate, channels * sample * rate)
  if (!Number.isInteger(sample) || second === 0) return null
  return Math.ceil(length / second) * TOKENS_PER_SECOND
}
