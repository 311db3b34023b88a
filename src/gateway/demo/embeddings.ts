import { textOf } from '../relay/usage.ts'
import { badRequest, limitIn, strict, type DemoCall } from './call.ts'
import { tokensOf } from './prompt.ts'
import { numbersFrom } from './words.ts'
import { sendJson } from './writer.ts'

const WIDTHS: Readonly<Record<string, number>> = { 'text-embedding-3-large': 3_072 }
const USUAL_WIDTH = 1_536
const MOST_INPUTS = 2_048

/** A unit vector that depends on the text alone. */
export function vectorOf(seed: string, width: number): Float32Array {
  const next = numbersFrom(seed)
  const raw = Array.from({ length: width }, () => next() / 2 ** 31 - 1)
  const length = Math.hypot(...raw)
  return Float32Array.from(raw, (value) => value / length)
}

/** Text, texts, token numbers or lists of them: each input as a seed and a number of tokens. */
function inputsOf(input: unknown): { seed: string; tokens: number }[] {
  const one = (value: unknown): { seed: string; tokens: number } => {
    if (typeof value === 'string' && value !== '') return { seed: value, tokens: tokensOf(value) }
    if (Array.isArray(value) && value.length > 0 && value.every((token) => Number.isInteger(token)))
      return { seed: value.join(), tokens: value.length }
    throw badRequest("'$.input' is invalid. Please check the API reference.", 'input')
  }
  if (!Array.isArray(input) || input.every((token) => typeof token === 'number')) return [one(input)]
  if (input.length === 0 || input.length > MOST_INPUTS)
    throw badRequest("'$.input' has too few or too many items.", 'input')
  return input.map(one)
}

/** POST /v1/embeddings */
export function demoEmbeddings({ body, res, headers }: DemoCall): void {
  const model = strict(textOf(body['model']), 'model')
  const inputs = inputsOf(body['input'])
  const width = Math.min(limitIn(body, 'dimensions') ?? WIDTHS[model] ?? USUAL_WIDTH, 3_072)
  const base64 = body['encoding_format'] === 'base64'
  const data = inputs.map(({ seed }, index) => {
    const vector = vectorOf(`${model}\n${seed}`, width)
    const embedding = base64 ? Buffer.from(vector.buffer).toString('base64') : Array.from(vector)
    return { object: 'embedding', index, embedding }
  })
  const tokens = inputs.reduce((sum, input) => sum + input.tokens, 0)
  const usage = { prompt_tokens: tokens, total_tokens: tokens }
  sendJson(res, 200, { object: 'list', data, model, usage }, headers)
}
