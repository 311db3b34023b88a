import assert from 'node:assert/strict'
import { addDays } from '#base/time.ts'
import { fourYearMonthly } from '#grants/shapes.ts'
import type { Visitor } from './visitor.ts'

const USD = 1_000_000_000n
const usd = (dollars: bigint): string => String(dollars * USD)

export type Made = { readonly id: string; readonly url: string; readonly path: string }
export type OfferMaker = {
  /** An offer that was approved by another than its author and sent. */
  send(candidate: { readonly name: string; readonly email: string }, change?: object): Promise<Made>
  /** One step of an offer, by its author. */
  step(id: string, step: string, ask?: object): Promise<unknown>
  answer(question: string, text: string): Promise<void>
  /** The offer as its author sees it. */
  read<T>(id: string): Promise<T>
  readonly today: string
}

/** Two people of the company and the templates that they offer: salary, bonus, shares, dollars and guaranteed hours. */
export async function offerMaker(author: Visitor, approver: Visitor, url: string): Promise<OfferMaker> {
  const post = async <T>(who: Visitor, path: string, data: object): Promise<T> => {
    const headers = { 'x-perq-csrf': '1' }
    const response = await who.context.request.post(`${url}/api/v1${path}`, { headers, data })
    assert.ok(response.ok(), `${path} answered ${response.status()} ${await response.text()}`)
    return (await response.json()) as T
  }
  const terms = fourYearMonthly()
  const template = (more: object): Promise<{ id: string }> =>
    post(author, '/templates', {
      denomination: 'usd',
      statements: terms.statements,
      allocation: terms.allocation,
      expiry: { kind: 'never' },
      ...more,
    })
  const dollars = await template({ name: 'Model compute' })
  const hours = await template({
    name: 'Training hours',
    denomination: 'gpu_hour',
    unit: { accelerator: 'H100-SXM', tier: 'guaranteed' },
    clauses: {
      guarantees: {
        serviceTier: 'guaranteed',
        queueWait: { percentile: 95, seconds: 600 },
        preemptionsPerMonth: 2,
        uptime: '0.995',
        remedy: { credit: '14400', atMostPerMonth: '144000' },
      },
      portability: { purposes: ['open_source'], share: '0.25', days: 180, except: [] },
    },
  })
  const { entities } = await author.get<{ entities: { id: string }[] }>('/api/v1/entities')
  const { now } = await author.get<{ now: string }>('/api/v1/session')
  const today = now.slice(0, 10)

  return {
    today,
    async send(candidate, change = {}) {
      const ask = {
        candidate: { ...candidate, country: 'US' },
        position: {
          title: 'Research engineer',
          level: 'IC5',
          family: 'Research',
          entity_id: entities[0]!.id,
          starts_on: addDays(today, 45),
        },
        pay: {
          currency: 'USD',
          salary: usd(245_000n),
          bonus: { kind: 'share', share: '0.15' },
          signing: usd(30_000n),
          equity: {
            kind: 'rsu',
            units: '4000',
            price: '41500000000',
            source: 'the last round',
            as_of: addDays(today, -40),
            years: ['0.25', '0.25', '0.25', '0.25'],
          },
          compute: [
            { template_id: dollars.id, quantity: usd(96_000n) },
            { template_id: hours.id, quantity: String(12_000 * 3_600) },
          ],
          benefits: [{ kind: 'seat', name: 'Claude Max', monthly_usd: usd(200n), months: 48 }],
        },
        expires_on: addDays(today, 20),
        message: 'We loved how you took our cluster apart and put it together again.\n\nGrace',
        ...change,
      }
      const { id } = await post<{ id: string }>(author, '/offers', ask)
      await post(author, `/offers/${id}/submit`, {})
      await post(approver, `/offers/${id}/approve`, {})
      const sent = await post<{ url: string | null }>(author, `/offers/${id}/send`, {})
      assert.ok(sent.url, 'a link is told when it is made')
      return { id, url: sent.url, path: new URL(sent.url).pathname }
    },
    step: (id, step, ask = {}) => post(author, `/offers/${id}/${step}`, ask),
    answer: (question, text) => post(author, `/offer-questions/${question}/answer`, { text }),
    read: (id) => author.get(`/api/v1/offers/${id}`),
  }
}
