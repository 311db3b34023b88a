/**
 * The tokenizer of OpenAI's models, counted and never sent: loaded when it is first needed (some 80 MB and 150 ms), and once.
 */
export type Tokenizer = {
  /** Tokens of a text, never fewer than the model reads in it. */
  count(text: string): number
  /** The same, giving way to others between its steps; null when the texts are longer than it is worth to look at. */
  countAll(texts: readonly string[]): Promise<readonly number[] | null>
}

/** Longer stretches without a break are counted by their bytes: merging takes the square of their length. */
const LONGEST_PIECE = 256
/** What is counted before others have their turn, and what is counted at all. UTF-16 units. */
const STEP = 32 * 1024
const MOST = 3 * 1024 * 1024
/** Pairs that the library remembers; more would only hold memory. */
const REMEMBERED = 20_000

/** Models whose tokens are known to be those of o200k; a newer model may count otherwise. */
const O200K = /^(chatgpt-4o|gpt-4o|gpt-4\.1|gpt-4\.5|gpt-5([.-][0-4])?(-|$)|o1|o3|o4)/

export const knowsTokensOf = (model: string): boolean => O200K.test(model)

let loading: Promise<Tokenizer> | null = null
let loaded: Tokenizer | null = null

/** The tokenizer once it is there; asking for it begins to load it. */
export function tokenizerIfLoaded(): Tokenizer | null {
  if (!loaded) void loadTokenizer().catch(() => null)
  return loaded
}

export function loadTokenizer(): Promise<Tokenizer> {
  loading ??= load().catch((error: unknown) => {
    loading = null
    throw error
  })
  return loading
}

async function load(): Promise<Tokenizer> {
  const [encoding, { O200K_TOKEN_SPLIT_REGEX: pieces }] = await Promise.all([
    import('gpt-tokenizer/encoding/o200k_base'),
    import('gpt-tokenizer/encodingParams/constants'),
  ])
  encoding.setMergeCacheSize(REMEMBERED)
  // Marks such as <|endoftext|> are counted as the text they are written in, which is never fewer tokens.
  const plain = { disallowedSpecial: new Set<string>() }
  const countPiece = (piece: string): number =>
    piece.length > LONGEST_PIECE ? Buffer.byteLength(piece) : encoding.countTokens(piece, plain)

  // The model's own first step cuts text into these pieces, and no token reaches across two of them.
  const count = (text: string): number => {
    let tokens = 0
    for (const [piece] of text.matchAll(pieces)) tokens += countPiece(piece)
    return tokens
  }

  const countAll = async (texts: readonly string[]): Promise<readonly number[] | null> => {
    if (texts.reduce((sum, { length }) => sum + length, 0) > MOST) return null
    const counts: number[] = []
    let since = 0
    for (const text of texts) {
      let tokens = 0
      for (const [piece] of text.matchAll(pieces)) {
        tokens += countPiece(piece)
        since += piece.length
        if (since < STEP) continue
        since = 0
        await new Promise((resolve) => setImmediate(resolve))
      }
      counts.push(tokens)
    }
    return counts
  }
  loaded = { count, countAll }
  return loaded
}
