import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { readTrace } from '#main/demo/trace.ts'
import { eventually } from '../support/eventually.ts'
import { servePerq, tempFolder, type Served } from '../support/perq.ts'
import { sendCall } from '../support/trace-client.ts'

const PAGE = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8')
const CALLS = 6

describe('what a crew of processes tells a scraper', () => {
  const folder = tempFolder()
  let served: Served
  before(async () => {
    const env = { PERQ_DEMO_DAYS: '0' }
    served = await servePerq({ data: folder.path, args: ['--demo', '--workers', '2'], env })
  })
  after(async () => {
    await served.stop()
    folder.remove()
  })
  const scrape = async (): Promise<string> => {
    const answer = await fetch(`${served.url}/metrics`)
    assert.equal(answer.status, 200)
    return answer.text()
  }
  /** The sum over all series of a metric whose labels match. */
  const sum = (text: string, name: string, labels = /(?:)/): number =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && labels.test(line))
      .reduce((all, line) => all + Number(line.slice(line.lastIndexOf(' '))), 0)

  test('the table of metrics is what is told, each once and with its help', async () => {
    const told = [...(await scrape()).matchAll(/^# HELP (\S+) \S/gm)].map(([, name]) => name!)
    const table = PAGE.slice(PAGE.indexOf('\n## Metrics\n'))
    const named = [...table.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name]) => name!)
    assert.deepEqual(told.toSorted(), named.toSorted())
  })

  test('one scrape has the calls of every process, by the names of the conventions, and every line says whose it is', async () => {
    const rows = readTrace()
    for (let n = 0; n < CALLS; n += 1) {
      const answer = await sendCall(served, served.people[n]!.key!, { ...rows[n]!, offset: 0 })
      assert.equal(answer.kind, 'answered')
    }
    // An attempt is counted when its connection is done with, which may be after the client has all.
    await eventually(async () => {
      const text = await scrape()
      const labels =
        /gen_ai_operation_name="chat",gen_ai_provider_name="anthropic",gen_ai_request_model="claude-haiku-4-5[^"]*"/
      assert.equal(sum(text, 'gen_ai_client_operation_duration_seconds_count', labels), CALLS)
      assert.equal(sum(text, 'gen_ai_server_request_duration_seconds_count', labels), CALLS)
      assert.equal(sum(text, 'gen_ai_client_token_usage_count', /gen_ai_token_type="input"/), CALLS)
      assert.ok(sum(text, 'gen_ai_client_token_usage_sum', /gen_ai_token_type="output"/) > 0)
      assert.equal(sum(text, 'perq_gateway_calls_total', /status="ok"/), CALLS)
      assert.ok(sum(text, 'perq_ledger_operations_total') >= 2 * CALLS)
      const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
      const processes = new Set(lines.map((line) => /[{,]process="(\d+)"/.exec(line)?.[1]))
      assert.equal(processes.size, 2)
      assert.ok(!processes.has(undefined))
      assert.equal(sum(text, 'perq_database_up'), 2)
    }, 30_000)
  })
})
