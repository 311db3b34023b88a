import type { Cell } from './cells.ts'
import type { Measured } from './measure.ts'
import type { SubjectName } from './subject.ts'

/** One cell of one subject over all rounds: medians. */
export type Row = {
  readonly kind: string
  readonly connections: number
  readonly rate: number | null
  readonly subject: SubjectName
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU microseconds for each request. */
  readonly gatewayUs: number | null
  readonly databaseUs: number | null
  readonly loadUs: number | null
  readonly providerUs: number | null
  /** Of both cores together, in a hundred. */
  readonly busyPercent: number | null
  readonly wrong: number
  /** At a rate: requests that no connection became free for, so that the rate was not reached. */
  readonly unsent: number
  readonly rounds: number
}

export type Book = ReturnType<typeof openBook>

/** What was measured. */
export function openBook() {
  const cells = new Map<string, { cell: Cell; subject: SubjectName; all: Measured[] }>()
  const sent = new Map<SubjectName, Counted>()

  const rowOf = (
    kind: string,
    connections: number,
    rate: number | null,
    subject: SubjectName,
  ): Row | null => {
    const known = cells.get(keyOf(kind, connections, rate, subject))
    if (!known) return null
    const middle = (of: (one: Measured) => number | null): number | null => median(known.all.map(of))
    const { all } = known
    return {
      kind,
      connections,
      rate,
      subject,
      perSecond: Math.round(middle(({ perSecond }) => perSecond) ?? 0),
      p50Ms: round(middle(({ latency }) => latency.p50)) ?? 0,
      p99Ms: round(middle(({ latency }) => latency.p99)) ?? 0,
      gatewayUs: round(
        middle(({ cpu }) => cpu.gateway),
        1,
      ),
      databaseUs: round(
        middle(({ cpu }) => cpu.database),
        1,
      ),
      loadUs: round(
        middle(({ cpu }) => cpu.load),
        1,
      ),
      providerUs: round(
        middle(({ cpu }) => cpu.provider),
        1,
      ),
      busyPercent: round(
        middle(({ busy }) => busy && busy * 100),
        0,
      ),
      wrong: all.reduce((sum, { wrong }) => sum + wrong, 0),
      unsent: all.reduce((sum, { unsent }) => sum + unsent, 0),
      rounds: all.length,
    }
  }

  return {
    note: (cell: Cell, subject: SubjectName, measured: Measured): void => {
      const key = keyOf(cell.kind, cell.connections, cell.rate, subject)
      const known = cells.get(key)
      if (known) known.all.push(measured)
      else cells.set(key, { cell, subject, all: [measured] })
    },
    /** Every request that a subject was sent, of whatever kind. */
    count: (subject: SubjectName, more: Counted): void => {
      const so = sent.get(subject) ?? NOTHING
      const why = { ...so.why }
      for (const [reason, count] of Object.entries(more.why)) why[reason] = (why[reason] ?? 0) + count
      sent.set(subject, {
        sent: so.sent + more.sent,
        right: so.right + more.right,
        wrong: so.wrong + more.wrong,
        reached: so.reached + more.reached,
        why,
      })
    },
    counted: (subject: SubjectName): Counted => sent.get(subject) ?? NOTHING,
    row: rowOf,
    rows: (): Row[] =>
      [...cells.values()].flatMap(
        ({ cell, subject }) => rowOf(cell.kind, cell.connections, cell.rate, subject) ?? [],
      ),
  }
}

export type Counted = {
  readonly sent: number
  /** The provider got so many: each of them has to have one record of its use. */
  readonly reached: number
  readonly right: number
  readonly wrong: number
  readonly why: Readonly<Record<string, number>>
}

const NOTHING: Counted = { sent: 0, reached: 0, right: 0, wrong: 0, why: {} }

const keyOf = (kind: string, connections: number, rate: number | null, subject: string): string =>
  [kind, connections, rate, subject].join(' ')

function median(values: readonly (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? null
}

const round = (value: number | null, digits = 3): number | null =>
  value === null ? null : Math.round(value * 10 ** digits) / 10 ** digits
