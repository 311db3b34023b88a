import type { Millis } from '#base/time.ts'
import { fact, heading, paperPdf, SOFT, table, write, type Doc, type Row } from './draw.ts'

/** What a contract says on paper. Texts are ready to be read; amounts are already words. */
export type ContractPaper = {
  readonly company: string
  readonly title: string
  /** Name and value, such as "To" and "Ada Park". */
  readonly facts: readonly (readonly [name: string, value: string])[]
  readonly sections: readonly { readonly title: string; readonly lines: readonly string[] }[]
  readonly schedule: { readonly head: Row; readonly rows: readonly Row[] }
  /** Who agreed, when, and the hash of what they agreed to; null while nobody has. */
  readonly signed: readonly string[] | null
  /** At the foot of each page. */
  readonly foot: string
  readonly at: Millis
}

/** A4, the same bytes for the same contract and instant. */
export const contractPdf = (paper: ContractPaper): Promise<Buffer> =>
  paperPdf({ title: paper.title, author: paper.company, foot: paper.foot, at: paper.at }, (doc) =>
    draw(doc, paper),
  )

function draw(doc: Doc, paper: ContractPaper): void {
  write(doc, paper.company, { size: 10, color: SOFT, gap: 6 })
  write(doc, paper.title, { size: 22, weight: '600', gap: 16 })
  for (const [name, value] of paper.facts) fact(doc, name, value)
  doc.y += 8
  for (const { title, lines } of paper.sections) {
    heading(doc, title)
    for (const line of lines) write(doc, line, { size: 10.5, gap: 4 })
  }
  if (paper.schedule.rows.length > 0) {
    heading(doc, 'The schedule')
    table(doc, paper.schedule)
  }
  if (paper.signed) {
    heading(doc, 'Agreed')
    for (const line of paper.signed) write(doc, line, { size: 10.5, gap: 4 })
  }
}
