import { z } from 'zod'
import { invariant } from '#base/invariant.ts'
import { canonicalJson, sha256Hex } from '#base/json.ts'
import { isDate } from '#base/time.ts'

/**
 * The compiled price book: what `compile.ts` writes to `book.json` and `prices.version` keeps. Rates are integer
 * pico-dollars per token, as decimal strings in the text. `from: null` means that the source names no date: ever since.
 * What may be absent was added later: books recorded before still read, and hash, as they did.
 */
const tokens = z.int().min(0).max(100_000_000)
const pico = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform((text) => BigInt(text))
const rates = z.strictObject({
  input: pico,
  cacheRead: pico,
  cacheWrite5m: pico,
  cacheWrite1h: pico,
  output: pico,
  audioInput: pico.exactOptional(),
  audioCacheRead: pico.exactOptional(),
})
export const feesSchema = z.strictObject({ webSearch: pico.exactOptional() })
export const providerSchema = z.enum(['openai', 'anthropic', 'google'])
export const classSchema = z.enum(['small', 'standard', 'frontier', 'embedding'])
export const tiersSchema = z
  .array(z.strictObject({ aboveInput: tokens, rates }))
  .max(8)
  .refine((tiers) => tiers.every((tier, n) => n === 0 || tiers[n - 1]!.aboveInput < tier.aboveInput))

const bookSchema = z.strictObject({
  format: z.literal(1),
  hash: z.string(),
  source: z.strictObject({ name: z.string(), version: z.string(), licence: z.string(), url: z.string() }),
  models: z.array(
    z.strictObject({
      provider: providerSchema,
      model: z.string(),
      names: z.array(z.string()).min(1),
      class: classSchema,
      contextWindow: tokens.nullable(),
      maxOutput: tokens,
      prices: z
        .array(
          z.strictObject({
            from: z.string().refine(isDate).nullable(),
            rates,
            tiers: tiersSchema,
            fees: feesSchema.exactOptional(),
          }),
        )
        .min(1),
    }),
  ),
  leftOut: z.array(z.strictObject({ provider: providerSchema, name: z.string(), why: z.string() })),
})

export type Book = z.infer<typeof bookSchema>
export type BookModel = Book['models'][number]

/** Reads a compiled book and checks its hash; throws when it is not what the compiler wrote. */
export function parseBook(value: unknown): Book {
  const book = bookSchema.parse(value)
  const { format, source, models, leftOut } = book
  invariant(
    sha256Hex(canonicalJson({ format, source, models, leftOut })) === book.hash,
    'a price book hashes to the hash it carries',
  )
  return book
}
