import type { Price } from './types.ts'

/** Whether a model's weights can be had by everybody (whatever their licence) or only its provider runs it. */
export const WEIGHTS = ['open', 'proprietary'] as const
export type Weights = (typeof WEIGHTS)[number]

/**
 * Families whose weights are published, by how their names begin; other hosts put their own name before a slash. A model
 * that is not named here counts as proprietary: what is dearer to allow by mistake.
 */
const OPEN =
  /^(?:[\w.-]+\/)*(?:gpt-oss|gemma|shieldgemma|paligemma|medgemma|embeddinggemma|whisper-large|llama|codellama|mistral-(?:7b|nemo)|mixtral|open-mi[sx]tral|devstral|ministral|qwen|qwq|deepseek|glm|kimi|minimax|phi|olmo|nemotron|granite|command-r|bge|e5|nomic-embed|gte)(?=$|[-.:_\d@])/i

export function weightsOf(price: Pick<Price, 'model'>): Weights {
  const known = told.get(price)
  if (known !== undefined) return known
  const weights = OPEN.test(price.model) ? 'open' : 'proprietary'
  told.set(price, weights)
  return weights
}

/** Asked on every call of a model, and a price never changes. */
const told = new WeakMap<Pick<Price, 'model'>, Weights>()
