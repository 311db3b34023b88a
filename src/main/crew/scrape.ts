import { SECOND } from '#base/time.ts'
import type { Order, Word } from './words.ts'

/** Metrics of one process, as it renders them. */
export type Scraped = { readonly process: number; readonly text: string }

/** One that does not answer by then is left out: a scraper waits ten seconds. */
const ANSWERS_WITHIN = 2 * SECOND

/** One text of all: each line says of which process it is, so that counters stay counters when one is replaced. */
export function merged(all: readonly Scraped[]): string {
  const families = new Map<string, { readonly head: string[]; readonly lines: string[] }>()
  for (const { process: pid, text } of all) {
    let family = { head: [] as string[], lines: [] as string[] }
    for (const line of text.split('\n')) {
      if (line.startsWith('# HELP ')) {
        const name = line.split(' ', 3)[2]!
        family = families.get(name) ?? { head: [], lines: [] }
        families.set(name, family)
      }
      if (line.startsWith('# ')) {
        if (family.head.length < 2) family.head.push(line)
      } else if (line !== '') family.lines.push(labelled(line, pid))
    }
  }
  return `${[...families.values()].flatMap(({ head, lines }) => [...head, ...lines]).join('\n')}\n`
}

function labelled(line: string, pid: number): string {
  const at = line.indexOf('{')
  if (at >= 0) return `${line.slice(0, at + 1)}process="${pid}",${line.slice(at + 1)}`
  const space = line.indexOf(' ')
  return `${line.slice(0, space)}{process="${pid}"}${line.slice(space)}`
}

type Asked = { readonly wanted: Set<number>; readonly texts: Scraped[]; readonly done: () => void }

/** In the primary: one process asks, the others are asked, and all their texts go back to it. */
export function openBroker() {
  const asked = new Map<string, Asked>()
  type Peer = { readonly pid: number; tell(order: Order): void }
  return {
    hear(from: Peer, word: Word, peers: readonly Peer[]): void {
      if (word.kind === 'scraped') {
        const one = asked.get(word.id)
        if (!one?.wanted.delete(from.pid)) return
        one.texts.push({ process: from.pid, text: word.text })
        if (one.wanted.size === 0) one.done()
      }
      if (word.kind !== 'gather') return
      const id = `${from.pid}-${word.n}`
      const others = peers.filter(({ pid }) => pid !== from.pid)
      const texts: Scraped[] = []
      const done = (): void => {
        clearTimeout(late)
        asked.delete(id)
        from.tell({ kind: 'gathered', n: word.n, texts })
      }
      const late = setTimeout(done, ANSWERS_WITHIN)
      asked.set(id, { wanted: new Set(others.map(({ pid }) => pid)), texts, done })
      if (others.length === 0) return done()
      for (const other of others) other.tell({ kind: 'scrape', id })
    },
  }
}

/** In a serving process: its own text and those of the others. */
export function openGatherer(tell: (word: Word) => void) {
  const waiting = new Map<number, (texts: readonly Scraped[]) => void>()
  let n = 0
  return {
    gather: async (own: string): Promise<string> => {
      const mine = (n += 1)
      const others = await new Promise<readonly Scraped[]>((resolve) => {
        const late = setTimeout(resolve, 2 * ANSWERS_WITHIN, [])
        waiting.set(mine, (texts) => {
          clearTimeout(late)
          resolve(texts)
        })
        tell({ kind: 'gather', n: mine })
      })
      waiting.delete(mine)
      return merged([{ process: process.pid, text: own }, ...others])
    },
    gathered: (order: Extract<Order, { kind: 'gathered' }>): void => waiting.get(order.n)?.(order.texts),
  }
}
