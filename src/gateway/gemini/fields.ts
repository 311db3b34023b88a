import { refuse, type NoAsk, type Place } from '../door.ts'
import { fieldsOf, textOf, type Fields } from '../relay/usage.ts'
import { misspelt, nameOf, pick } from './names.ts'

/** The model of the path; a body that names another is refused, because one of the two would run. */
export function modelIn(body: Fields, place: Place): string | NoAsk {
  const model = place.model ?? ''
  const named = pick(body, 'model')
  if (named === undefined || named === model || named === `models/${model}`) return model
  return refuse('invalid', `The body names the model ${JSON.stringify(named)}, the path "${model}".`, 'model')
}

/** The object `generationConfig`, {} when there is none. */
export function configOf(body: Fields): Fields | NoAsk {
  const config = pick(body, 'generationConfig') ?? {}
  const fields = fieldsOf(config)
  if (!fields) return refuse('invalid', '"generationConfig" must be an object.', 'generationConfig')
  const thinking = fieldsOf(pick(fields, 'thinkingConfig'))
  return misspelt(fields) ?? (thinking && misspelt(thinking)) ?? fields
}

const closedField = (param: string, why: string): NoAsk =>
  refuse('route_closed', `"${param}" is closed: ${why}, so Perq could not meter it.`, param)

const empty = (value: unknown): boolean =>
  value === undefined || value === false || (Array.isArray(value) && value.length === 0)

const CLOSED: Readonly<Record<string, string>> = {
  cachedContent: 'it brings in content and tools that Perq has not seen',
  modelArmorConfig: 'it is a service with a price of its own',
}
const CLOSED_CONFIG: Readonly<Record<string, string>> = {
  speechConfig: 'only text output has a price',
  imageConfig: 'only text output has a price',
  responseFormat: 'only text output has a price; use "responseMimeType"',
  routingConfig: 'it lets the provider choose another model',
  modelSelectionConfig: 'it lets the provider choose another model',
  generationOutputConfig: 'the reply would not come this way',
}

/** Fields that change what runs or what it costs in a way that the price book does not know. */
export function closedGemini(body: Fields, config: Fields): NoAsk | null {
  const tier = pick(body, 'serviceTier')
  if (tier !== undefined && !/^(service_tier_)?(standard|unspecified)$/i.test(String(tier)))
    return closedField('serviceTier', 'its prices are not in the price book; leave it out')
  for (const [fields, closed] of [
    [body, CLOSED],
    [config, CLOSED_CONFIG],
  ] as const)
    for (const [key, value] of Object.entries(fields)) {
      const why = closed[nameOf(key)]
      if (why !== undefined && value !== null && !empty(value)) return closedField(nameOf(key), why)
    }
  const modalities = pick(config, 'responseModalities')
  const wanted = Array.isArray(modalities) ? modalities : modalities === undefined ? [] : [modalities]
  if (!wanted.every((each) => textOf(each)?.toUpperCase() === 'TEXT'))
    return closedField('responseModalities', 'only text output has a price')
  return closedTool(pick(body, 'tools'))
}

const REMEDY: Readonly<Record<string, string>> = {
  googleSearch: 'Switch grounding with Google Search off in the client.',
  googleSearchRetrieval: 'Switch grounding with Google Search off in the client.',
}

/** Only functions, which the client runs itself, cost nothing but tokens. */
function closedTool(tools: unknown): NoAsk | null {
  for (const tool of Array.isArray(tools) ? tools : [tools]) {
    for (const [key, value] of Object.entries(fieldsOf(tool) ?? {})) {
      const name = nameOf(key)
      // A tool without settings is an empty object, and on.
      if (name === 'functionDeclarations' || value === null) continue
      return refuse(
        'route_closed',
        `The tool "${key}" runs at the provider and has fees of its own, so Perq could not meter it. ${REMEDY[camel(key)] ?? 'Leave it out.'}`,
        'tools',
      )
    }
  }
  return null
}

const camel = (key: string): string =>
  key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** How many functions a request declares. */
export function functionsIn(body: Fields): number {
  const tools = pick(body, 'tools')
  let count = 0
  for (const tool of Array.isArray(tools) ? tools : [tools]) {
    const fields = fieldsOf(tool)
    const declared = fields && pick(fields, 'functionDeclarations')
    count += Array.isArray(declared) ? declared.length : declared === undefined || declared === null ? 0 : 1
  }
  return count
}
