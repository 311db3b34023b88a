import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readJson, splice, within, type JsonBody } from './body.ts'
import { oddity } from './scan.ts'

/** JSON text, and whether any object in it has a name twice. */
type Text = { readonly text: string; readonly repeated: boolean }

const space = fc.stringMatching(/^[ \t\r\n]{0,2}$/)
const key = fc.constantFrom('a', 'b', 'c"', '\\', '{', ',', 'ä', ']')
const scalar = fc.oneof(fc.string({ maxLength: 5 }), fc.integer(), fc.boolean(), fc.constant(null))

const { node } = fc.letrec<{ node: Text }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar.map((value): Text => ({ text: JSON.stringify(value), repeated: false })),
    fc.tuple(space, fc.array(tie('node'), { maxLength: 3 })).map(([gap, items]): Text => ({
      text: `[${gap}${items.map(({ text }) => text).join(`${gap},`)}]`,
      repeated: items.some(({ repeated }) => repeated),
    })),
    fc.tuple(space, fc.array(fc.tuple(key, tie('node')), { maxLength: 4 })).map(([gap, members]): Text => {
      const body = members.map(([name, { text }]) => `${gap}${JSON.stringify(name)}${gap}:${gap}${text}`)
      const twice = new Set(members.map(([name]) => name)).size < members.length
      return { text: `{${body.join(',')}}`, repeated: twice || members.some(([, { repeated }]) => repeated) }
    }),
  ),
}))

test('a name that comes twice in one object is found at any depth, and nothing else is', () => {
  fc.assert(
    fc.property(node, ({ text, repeated }) => {
      JSON.parse(text)
      assert.equal(oddity(Buffer.from(text), (name) => name)?.kind === 'repeated', repeated)
    }),
    { numRuns: 500 },
  )
})

test('escapes and other spellings of a name are the same name; nesting without end is reported', () => {
  const same = (name: string): string => (name === 'a_b' ? 'aB' : name)
  assert.deepEqual(oddity(Buffer.from('[{"x":{"a_b":1,"\\u0061B":2}}]'), same), {
    kind: 'repeated',
    name: 'aB',
  })
  assert.equal(oddity(Buffer.from('[{"aB":1},{"aB":{"aB":2}}]'), same), null)
  assert.equal(oddity(Buffer.from('['.repeat(5_000)), same)?.kind, 'deep')
})

test('an object inside a body is edited in place, and the rest of the body stays byte for byte', () => {
  const text = '{ "z":1e400, "in" :\t{ "x" : [1,{"y":2}] ,"n": 0.10 } , "out":{"n":1} }'
  const body = readJson(Buffer.from(text), new Set()) as JsonBody
  const inner = within(body, 'in')
  assert.ok(inner)
  const edited = Buffer.concat(splice(inner, new Map([['n', '7']]))).toString()
  assert.equal(Buffer.concat(splice(body, new Map([['in', edited]]))).toString(), text.replace('0.10', '7'))
  for (const name of ['z', 'nothing']) assert.equal(within(body, name), null)
})
