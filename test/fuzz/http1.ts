/**
 * Holds our own HTTP/1.1 against llhttp: the same bytes have the same meaning, or ours takes no part in them.
 * `node test/fuzz/http1.ts 1000000 --seed 1` for as many as you like; a failure names its case and its bytes.
 */
import assert from 'node:assert/strict'
import { argv } from 'node:process'
import { replyReader, type ReplyEvents, type ReplyStep } from '#gateway/http1/reply.ts'
import { nextRequest, openRequests, readRequest, type RequestVerdict } from '#gateway/http1/request.ts'
import { llhttp } from './llhttp.ts'
import { aReply, aRequest, dice, mutated, type Dice } from './messages.ts'

const requests = llhttp('request')
const replies = llhttp('reply')

export type Tally = { cases: number; plain: number; done: number; refused: number }

/** Where a message is given in several pieces. */
function cuts(roll: Dice, size: number): number[] {
  if (roll.once(8)) return Array.from({ length: size }, (_, at) => at + 1)
  const at = Array.from({ length: roll.below(4) }, () => roll.below(size + 1))
  return [...at, size].toSorted((a, b) => a - b)
}

/** What we serve ourselves is what llhttp reads, to the byte; true when it is served. */
export function holdRequest(bytes: Buffer): boolean {
  const ours = readRequest(bytes)
  if (ours.kind !== 'plain') return false
  const [theirs] = requests(bytes, { ended: false, most: 1 }).messages
  assert.ok(theirs?.headed, 'llhttp has no such head')
  assert.deepEqual(
    [ours.head.path + ours.head.query, ours.head.headers, !ours.head.close],
    [theirs.target, theirs.headers, theirs.keepAlive],
  )
  assert.deepEqual([theirs.method, theirs.upgrade], [3, false])
  const end = ours.size + ours.length
  if (end <= bytes.length) {
    assert.equal(theirs.end, end)
    assert.equal(theirs.body, bytes.toString('latin1', ours.size, end))
  } else {
    assert.equal(theirs.end, null)
    assert.equal(theirs.body, bytes.toString('latin1', ours.size))
  }
  // However it arrives: nothing is decided before the head is whole, and nothing else when it is.
  for (const size of [1, 5, ours.size - 1, ours.size - 3])
    assert.equal(readRequest(bytes.subarray(0, size)).kind, 'more')
  assert.deepEqual(readRequest(bytes.subarray(0, ours.size)), ours)
  for (const next of nextOf(bytes.subarray(0, ours.size))) {
    const requests = openRequests()
    nextRequest(requests, bytes)
    assert.deepEqual(
      bare(nextRequest(requests, next)),
      bare(readRequest(next)),
      'what was read before changes nothing',
    )
  }
  return true
}

/** The list of headers may have an earlier length; the one that counts stands beside it. */
function bare(verdict: RequestVerdict): unknown {
  if (verdict.kind !== 'plain') return verdict
  const { head } = verdict
  const at = head.headers.findIndex((name, n) => n % 2 === 0 && name.toLowerCase() === 'content-length') + 1
  return { ...verdict, head: { ...head, headers: head.headers.with(at, '') } }
}

/** Heads that are nearly this one: as it is, with other lengths, with a byte more, less or other than it has. */
function nextOf(head: Buffer): Buffer[] {
  const text = head.toString('latin1')
  const lengths = [
    '0',
    '7',
    '00012',
    '123456789012345',
    '1234567890123456',
    '',
    '+1',
    '1 ',
    '1,1',
    '1\r\nX: y',
  ]
  const others = lengths.map((length) => text.replace(/(\r\ncontent-length:[\t ]*)[0-9]+/i, `$1${length}`))
  const at = (text.length * 7_919) % (text.length - 1)
  const places = [at, 0, text.length - 1, text.toLowerCase().indexOf('content-length'), text.indexOf(' HTTP')]
  const odd = places.flatMap((n) => [
    text.slice(0, n) + text.slice(n + 1),
    `${text.slice(0, n)}x${text.slice(n)}`,
    `${text.slice(0, n)}\0${text.slice(n + 1)}`,
  ])
  return [text, text.slice(0, -1), `${text}body`, ...others, ...odd].map((each) =>
    Buffer.from(each, 'latin1'),
  )
}

type Heard = {
  step: ReplyStep
  status: number
  headers: readonly string[]
  body: string
  /** Where we saw the reply end. */
  end: number | null
  reusable: boolean
}

/** Our reading of a reply that comes in these pieces. */
function hear(bytes: Buffer, at: readonly number[], ended: boolean): Heard {
  const heard: Heard = { step: 'more', status: 0, headers: [], body: '', end: null, reusable: false }
  const reader = replyReader()
  const told: ReplyEvents = {
    head(status, headers) {
      assert.equal(heard.status, 0, 'two heads')
      heard.status = status
      heard.headers = headers
    },
    data(chunk) {
      assert.notEqual(heard.status, 0, 'a body before its head')
      assert.ok(chunk.length > 0)
      heard.body += chunk.toString('latin1')
    },
  }
  let from = 0
  for (const to of at) {
    if (heard.step === 'more' && to > from) {
      const lent = Buffer.from(bytes.subarray(from, to))
      heard.step = reader.push(lent, told)
      lent.fill('x')
    }
    if (heard.step === 'done') heard.end ??= to
    from = to
  }
  heard.reusable = reader.reusable()
  if (heard.step === 'more' && ended) {
    heard.step = reader.eof()
    if (heard.step === 'done') heard.end = bytes.length
  }
  return heard
}

/** What a client gets is what llhttp reads of it, and a connection is used again only where llhttp sees the reply end. */
export function holdReply(bytes: Buffer, at: readonly number[], ended: boolean): Heard {
  const ours = hear(bytes, at, ended)
  const single = hear(
    bytes,
    Array.from({ length: bytes.length }, (_, n) => n + 1),
    ended,
  )
  const { reusable: _, end: __, ...same } = ours
  const { reusable: ___, end, ...slow } = single
  // One that is refused in the middle may have given less or more of its body by then, but nothing else.
  if (ours.step === 'broken') assert.equal(single.step, 'broken')
  else assert.deepEqual(same, slow)

  if (ours.status === 0) {
    assert.equal(ours.body, '')
    return ours
  }
  const { messages } = replies(bytes, { ended, most: 64 })
  const theirs = messages.find(({ status }) => status >= 200)
  assert.ok(theirs?.headed, 'llhttp has no such head')
  assert.deepEqual([ours.status, ours.headers], [theirs.status, theirs.headers])
  const bare = ours.status === 204 || ours.status === 304
  // What llhttp reads as the body of a reply that has none ends the connection here.
  if (bare && ours.step === 'done' && !single.reusable && theirs.end !== end) return ours
  assert.ok(
    theirs.body.startsWith(ours.body) && theirs.body.startsWith(single.body),
    'not the body that llhttp reads',
  )
  if (ours.step !== 'done') return ours
  assert.equal(theirs.body, ours.body)
  assert.equal(theirs.end, end)
  if (ours.reusable) assert.deepEqual([theirs.keepAlive, theirs.end], [true, ours.end])
  return ours
}

function told(name: string, seed: number, bytes: Buffer, work: () => void): void {
  try {
    work()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    assert.fail(`${name} ${seed}: ${why}\n${JSON.stringify(bytes.toString('latin1'))}`)
  }
}

/** One case each way for every number from `seed` on. Throws at the first that differs. */
export function fuzz(count: number, seed: number): { requests: Tally; replies: Tally } {
  const asked: Tally = { cases: 0, plain: 0, done: 0, refused: 0 }
  const answered: Tally = { cases: 0, plain: 0, done: 0, refused: 0 }
  for (let n = seed; n < seed + count; n += 1) {
    const plainly = n % 3 === 0
    const roll = dice(n, plainly)
    const wild = dice(n + 0x5bd1e995)
    const harm = !plainly && roll.once(2)

    const request = aRequest(roll) + (roll.once(3) ? aRequest(wild) : '')
    const asks = Buffer.from(harm ? mutated(roll, request, aRequest(wild)) : request, 'latin1')
    told('request', n, asks, () => {
      const served = holdRequest(asks)
      asked.cases += 1
      asked.done += +served
      asked.plain += +plainly
      asked.refused += +!served
      if (plainly) assert.ok(served, 'a plain request is not served')
    })

    const reply = aReply(roll) + (roll.odd(8) ? aReply(wild) : '')
    const says = Buffer.from(harm ? mutated(roll, reply, aReply(wild)) : reply, 'latin1')
    told('reply', n, says, () => {
      const { step } = holdReply(says, cuts(roll, says.length), roll.once(2))
      if (plainly) assert.equal(step, 'done', 'a plain reply is not taken')
      answered.cases += 1
      answered.plain += +plainly
      answered.done += +(step === 'done')
      answered.refused += +(step === 'broken')
    })
  }
  return { requests: asked, replies: answered }
}

if (import.meta.main) {
  const count = Number(argv[2] ?? 100_000)
  const named = argv.indexOf('--seed')
  const seed = named === -1 ? 1 : Number(argv[named + 1])
  const began = performance.now()
  console.log(
    JSON.stringify({ seed, ...fuzz(count, seed), seconds: Math.round((performance.now() - began) / 1000) }),
  )
}
