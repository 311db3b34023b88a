import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { perq, servePerq, tempFolder } from '../support/perq.ts'

const PROMPT = 'walrus-prompt-3141'
const PROVIDER_KEY = 'sk-provider-walrus-2718'
const SECRET = randomBytes(32).toString('hex')

type Line = { time: string; level: string; message: string; process: number; call?: string }

test('calls that succeed, are refused and fail leave no prompt, key or secret in the logs, which are JSON', async (t) => {
  const folder = tempFolder()
  const env = { PERQ_DEMO_DAYS: '0', PERQ_LOG: 'json', PERQ_SECRET: SECRET }
  const served = await servePerq({ data: folder.path, env })
  t.after(async () => {
    await served.stop()
    folder.remove()
  })
  const people = served.people.map(({ key }) => key!)
  const post = async (path: string, key: string, body: string, headers: Record<string, string> = {}) => {
    const reply = await fetch(`${served.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-api-key': key,
        'anthropic-version': '2023-06-01',
        ...headers,
      },
      body,
    })
    await reply.arrayBuffer()
    return reply.status
  }
  const ask = (model: string, more: object = {}): string =>
    JSON.stringify({ model, max_tokens: 64, messages: [{ role: 'user', content: PROMPT }], ...more })
  const messages = '/anthropic/v1/messages'

  assert.equal(await post(messages, people[0]!, ask('claude-haiku-4-5')), 200)
  assert.equal(await post(messages, people[1]!, ask('claude-haiku-4-5', { stream: true })), 200)
  assert.equal(await post(messages, `pq_${PROMPT}`, ask('claude-haiku-4-5')), 401)
  assert.ok((await post(messages, people[0]!, ask(`${PROMPT}-model`))) >= 400)
  assert.ok((await post(messages, people[0]!, `{"model": "${PROMPT}`)) >= 400)
  assert.ok((await post(`/anthropic/v1/${PROMPT}`, people[0]!, ask('x'))) >= 400)
  assert.ok((await post('/api/v1/people', people[0]!, `{"name":"${PROMPT}"}`)) >= 400)

  // Nobody answers at its port, and it is asked first.
  const add = ['provider', 'add', 'away', '--protocol', 'openai', '--base-url', 'http://127.0.0.1:9']
  const added = await perq([...add, '--data', folder.path], { env, input: `${PROVIDER_KEY}\n` })
  assert.equal(added.code, 0, added.err)
  const said = (): Line[] =>
    served
      .said()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line)
  await eventually(async () => {
    const body = JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: PROMPT }] })
    await post('/openai/v1/chat/completions', '', body, { authorization: `Bearer ${people[2]!}` })
    assert.ok(
      said().some(({ message, call }) => message === 'an upstream gave no reply' && call),
      served.said(),
    )
  }, 60_000)

  assert.equal(await served.stop(), 0)
  const lines = said()
  assert.ok(lines.length > 3)
  for (const { time, level, message, process: pid } of lines) {
    assert.ok(Number.isFinite(Date.parse(time)) && message.length > 0 && pid === served.pid)
    assert.match(level, /^(info|warn|error)$/)
  }
  for (const hidden of [PROMPT, PROVIDER_KEY, SECRET, ...people])
    assert.ok(!served.said().includes(hidden), `the log holds ${hidden.slice(0, 8)}…`)
})
