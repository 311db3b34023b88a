import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { canonicalJson } from '#base/json.ts'
import { readBundle, type Bundle } from './bundle.ts'
import { DOCUMENT_TYPES, DOCUMENTS, type DocumentType } from './documents.ts'
import { rewrite } from './rewrite.ts'
import { schemaFile, schemaText } from './schemas.ts'

const docs = (name: string): string =>
  readFileSync(new URL(`../../docs/format/${name}`, import.meta.url), 'utf8')

const examples = [...docs('README.md').matchAll(/```json\n([\s\S]*?)```/g)].map((match): unknown =>
  JSON.parse(match[1] ?? ''),
)

const ajv = new Ajv2020({
  strict: true,
  strictTypes: false,
  strictRequired: false,
  validateFormats: false,
  allErrors: false,
})
const validators = Object.fromEntries(
  DOCUMENT_TYPES.map((type) => [type, ajv.compile(JSON.parse(schemaText(type)) as object)]),
)

const typeOf = (value: unknown): DocumentType =>
  DOCUMENT_TYPES.find(
    (type) => typeof value === 'object' && value !== null && 'type' in value && value.type === type,
  )!

const accepts = (type: DocumentType, value: unknown): { schema: boolean; published: boolean } => ({
  schema: DOCUMENTS[type].safeParse(value).success,
  published: validators[type]!(value),
})

function read(value: unknown): Bundle {
  const result = readBundle(value)
  if (result.kind === 'problems') assert.fail(JSON.stringify(result.problems, null, 2))
  return result.value
}

test('the published schemas are those of the code', () => {
  for (const type of DOCUMENT_TYPES)
    assert.equal(docs(schemaFile(type)), schemaText(type), `run src/format/compile/schemas.ts`)
})

test('the page has an example of every document', () => {
  assert.equal(examples.length, 8)
  assert.deepEqual(new Set(examples.map(typeOf)), new Set(DOCUMENT_TYPES))
})

const body = (value: unknown): unknown => {
  const { documents = [value] } = value as { documents?: unknown[] }
  return documents
}
/** Ids that a document leaves out are made from what it says. */
const idOf = (value: unknown): object => {
  const { id } = value as { id?: string }
  return id === undefined ? { id: 'made' } : {}
}

for (const [index, example] of examples.entries()) {
  test(`example ${index + 1} validates, and what was understood is written as the same document`, () => {
    assert.deepEqual(accepts(typeOf(example), example), { schema: true, published: true })
    const written = rewrite(read(example))
    const expected = (body(example) as object[]).map((one) => ({
      ...one,
      ...('person' in one && !('id' in one) ? idOf(one) : {}),
    }))
    const shown = written.map((one) =>
      'id' in one && !JSON.stringify(example).includes(String(one.id)) ? { ...one, id: 'made' } : one,
    )
    assert.equal(canonicalJson(shown), canonicalJson(expected))
    const again = rewrite(read({ format: 'open-compute-grant/1', type: 'bundle', documents: written }))
    assert.equal(canonicalJson(again), canonicalJson(written))
  })
}

/** A document with one thing changed in it, in many ways. */
function* mutations(value: unknown): Generator {
  if (typeof value === 'string') {
    yield* [
      '',
      'x',
      '0',
      '1',
      '1.5',
      '0.25',
      '-1',
      '1e3',
      '00',
      '0.0',
      '1.00000000001',
      '12:61:00',
      '1:00:00',
      '2026-02-29',
      '2026-04-31',
      '2028-02-29',
      '2026-01-31T08:00:00Z',
      '2026-01-31T08:00:00.1Z',
      '2026-01-31T08:00Z',
      '2026-02-30T08:00:00Z',
      '2/3',
      '1/0',
      value.toUpperCase(),
      ` ${value}`,
      7,
      null,
      [value],
      'a'.repeat(501),
    ]
  } else if (typeof value === 'number') yield* [0, 1, -1, 1.5, 1e9, 1e300, String(value), null]
  else if (value === null) yield* ['x', 0, {}]
  else if (Array.isArray(value)) {
    const items: readonly unknown[] = value
    yield* [[], {}, 'x', [...items, ...items], [...items, 'x'], [...items, 'x', 'x'], [...items, {}]]
    for (const [index, item] of items.entries()) {
      for (const changed of mutations(item)) yield items.map((one, at) => (at === index ? changed : one))
    }
  } else if (typeof value === 'object') {
    yield* [
      [],
      null,
      'x',
      { ...value, surprise: 1 },
      { ...value, id: 'x' },
      { ...value, name: 'New' },
      { ...value, kind: 'other' },
      { ...value, type: 'grant' },
    ]
    for (const [key, item] of Object.entries(value)) {
      yield Object.fromEntries(Object.entries(value).filter(([other]) => other !== key))
      for (const changed of mutations(item)) yield { ...value, [key]: changed }
    }
  }
}

test('an outside validator accepts and refuses what the code does, on every example and on everything near it', () => {
  let accepted = 0
  let refused = 0
  for (const example of examples) {
    const type = typeOf(example)
    for (const changed of mutations(example)) {
      const { schema, published } = accepts(type, changed)
      assert.equal(published, schema, JSON.stringify(changed))
      if (schema) accepted += 1
      else refused += 1
    }
  }
  assert.ok(accepted > 500 && refused > 4_000, `${accepted} accepted, ${refused} refused`)
})

test('whatever is wrong, the field is named and the remedy said', () => {
  for (const example of examples) {
    for (const changed of mutations(example)) {
      const result = readBundle(changed)
      if (result.kind === 'read') continue
      assert.ok(result.problems.length > 0)
      for (const { pointer, message } of result.problems) {
        assert.match(pointer, /^(\/[^/]+)*$/)
        assert.ok(message.includes(pointer || 'the document'), message)
        assert.doesNotMatch(message, /Invalid input|undefined|\[object|Too (?:big|small)/, message)
      }
    }
  }
})
