import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { servePerq, type Served } from './perq.ts'

/** The real server as a crew of processes with the demo company, on a database that nobody else uses. */
export const serveCrew = (
  url: string,
  { workers = 2, env = {} }: { workers?: number; env?: Readonly<Record<string, string>> } = {},
): Promise<Served> =>
  servePerq({
    args: ['--demo', '--workers', String(workers)],
    env: {
      DATABASE_URL: url,
      PERQ_DEMO_DAYS: '0',
      PERQ_SECRET: randomBytes(32).toString('hex'),
      ...env,
    },
  })

/** The serving processes of a crew. */
export function membersOf(served: Served): readonly number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,command='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, parent, ...command]) => Number(parent) === served.pid && command.join(' ').includes('member.ts'),
    )
    .map(([pid]) => Number(pid))
}

export type Load = {
  /** What was answered whole, by the call's id. */
  readonly answered: ReadonlySet<string>
  /** What went wrong, in words. */
  readonly failures: readonly string[]
  /** Sends no more, and waits for what is on its way. */
  stop(): Promise<void>
}

/** Whole and streamed calls in turn, over connections that stay open and a pool that never tries again by itself. */
export function callAlways(served: Served, { callers = 8, tokens = 60 } = {}): Load {
  const answered = new Set<string>()
  const failures: string[] = []
  const pool = new Pool(served.url, { connections: callers, pipelining: 1 })
  const keys = served.people.flatMap(({ key }) => key ?? [])
  let stopped = false

  const once = async (caller: number, turn: number): Promise<void> => {
    const stream = (caller + turn) % 2 === 0
    try {
      const reply = await pool.request({
        path: '/openai/v1/chat/completions',
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${keys[caller % keys.length]}`,
        },
        body: JSON.stringify({
          model: 'gpt-5-mini',
          max_completion_tokens: 400,
          stream,
          messages: [{ role: 'user', content: `Go on. Reply with ${tokens} tokens.` }],
        }),
      })
      const text = await reply.body.text()
      const whole = stream ? text.includes('data: [DONE]') : text.endsWith('}')
      if (reply.statusCode === 200 && whole) answered.add(String(reply.headers['x-perq-call']))
      else failures.push(`${reply.statusCode} ${text.slice(-300)}`)
    } catch (error) {
      failures.push(String(error))
    }
  }
  const running = Array.from({ length: callers }, async (_, caller) => {
    for (let turn = 0; !stopped; turn += 1) {
      await once(caller, turn)
      // Some connections rest, so that some are idle whenever a door closes.
      await sleep((caller * 7 + turn * 13) % 40)
    }
  })
  return {
    answered,
    failures,
    stop: async () => {
      stopped = true
      await Promise.all(running)
      await pool.close()
    },
  }
}

/** So many, each with an answer that takes long, on a connection of its own, one opened after the other, `begun` after each; resolves when all answer. */
export async function longStreams(
  served: Served,
  count: number,
  begun: () => Promise<void> = () => Promise.resolve(),
): Promise<{ finished: Promise<number> }> {
  const key = served.people.find(({ key }) => key !== null)!.key!
  const finishing: Promise<boolean>[] = []
  for (let n = 0; n < count; n += 1) {
    const pool = new Pool(served.url, { connections: 1 })
    const reply = await pool.request({
      path: '/anthropic/v1/messages',
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({
        model: 'claude-haiku-4-5',
        max_tokens: 2_000,
        stream: true,
        messages: [{ role: 'user', content: 'Take your time. Reply with 1500 tokens.' }],
      }),
    })
    assert.equal(reply.statusCode, 200)
    await begun()
    const whole = async (): Promise<boolean> => {
      const text = await reply.body.text().catch(() => '')
      await pool.close()
      return text.includes('message_stop')
    }
    finishing.push(whole())
  }
  return { finished: Promise.all(finishing).then((all) => all.filter(Boolean).length) }
}
