import { ordered } from '#reports/offers/letter-order.ts'
import type { LetterTable } from '#reports/offers/letter.ts'
import {
  BOTTOM,
  fact,
  heading,
  INK,
  MARGIN,
  paperPdf,
  rowsLeft,
  rule,
  SOFT,
  TABLE_CELL,
  TABLE_HEAD,
  tableRow,
  WIDTH,
  write,
  type Doc,
  type Look,
  type Row,
  use,
} from './draw.ts'
import { fontName, runsOf } from './faces.ts'
import { DOCUMENT_NAME, type OfferPaper } from './offer-paper.ts'

const TEXT: Look = { size: 10.5, gap: 4 }
const SMALL: Look = { size: 8.5, color: SOFT, gap: 3 }

/** A4, the same bytes for the same content and answer. The grants are attached as the file whose hash is printed. */
export function offerLetterPdf(paper: OfferPaper): Promise<Buffer> {
  const { letter, document, at } = paper
  return paperPdf({ title: letter.title, author: letter.company, foot: letter.foot, at }, (doc) => {
    if (document)
      doc.file(Buffer.from(document.text), {
        name: DOCUMENT_NAME,
        type: 'application/json',
        description: 'The grants of this offer as an Open Compute Grant document',
        creationDate: new Date(at),
        modifiedDate: new Date(at),
      })
    draw(doc, paper)
  })
}

function draw(doc: Doc, { letter, signed }: OfferPaper): void {
  write(doc, letter.company, { size: 10, color: SOFT, gap: 6 })
  write(doc, letter.title, { size: 22, weight: '600', gap: 16 })
  for (const [name, value] of letter.facts) fact(doc, name, value)
  doc.y += 8
  for (const part of ordered(letter)) {
    if (part.kind === 'table') drawTable(doc, part.table)
    else {
      const { title, lines } = part.section
      if (part.level === 1) heading(doc, title)
      else smallHeading(doc, title)
      for (const line of lines) write(doc, line, TEXT)
    }
  }
  if (signed) {
    heading(doc, 'Accepted')
    for (const line of signed) write(doc, line, TEXT)
  }
  heading(doc, 'By which this can be checked')
  for (const mark of letter.marks) write(doc, mark, SMALL)
}

function smallHeading(doc: Doc, title: string): void {
  if (doc.y > BOTTOM - 48) doc.addPage()
  doc.y += 5
  write(doc, title, { size: 10.5, weight: '600', gap: 2 })
}

/** A long table of few columns is a schedule: it stands in two halves beside each other. */
const LONG = 12
/** Lines of a page: what fits on one is not broken over two. */
const FULL = 40
function drawTable(doc: Doc, table: LetterTable): void {
  const inHalves = table.head.length <= 3 && table.rows.length > LONG
  const whole = Math.ceil(table.rows.length / 2) + 3
  if (doc.y > BOTTOM - 100 || (inHalves && whole > rowsLeft(doc) && whole < FULL)) doc.addPage()
  doc.y += 6
  write(doc, table.title, { size: 10.5, weight: '600', gap: 4 })
  if (inHalves) halves(doc, table)
  else wrapped(doc, table)
  if (table.note !== null) {
    if (heightOf(doc, table.note, SMALL, WIDTH) > BOTTOM + 10 - doc.y) doc.addPage()
    doc.y += 2
    write(doc, table.note, SMALL)
  }
  doc.y += 4
}

const GUTTER = 28
function halves(doc: Doc, { head, rows }: LetterTable): void {
  const width = (WIDTH - GUTTER) / 2
  for (let from = 0; from < rows.length;) {
    if (rowsLeft(doc) < 3) doc.addPage()
    const here = rows.slice(from, from + 2 * (rowsLeft(doc) - 1))
    const half = Math.ceil(here.length / 2)
    const top = doc.y
    const column = (part: readonly Row[], left: number): number => {
      doc.y = top
      if (part.length > 0) tableRow(doc, head, TABLE_HEAD, left, width)
      for (const row of part) tableRow(doc, row, TABLE_CELL, left, width)
      return doc.y
    }
    const left = column(here.slice(0, half), MARGIN)
    column(here.slice(half), MARGIN + width + GUTTER)
    doc.y = left
    from += here.length
  }
}

const PAD = 10
/** No other column than the first is wider; what is longer is wrapped. */
const WIDEST = 150
const NARROWEST_FIRST = 96

/** Columns as wide as what stands in them, the first with the rest. Smaller letters where that is too little. */
function wrapped(doc: Doc, { head, rows }: LetterTable): void {
  const { widths, size } = layout(doc, [head, ...rows])
  const line = (row: Row, look: Look): void => {
    const heights = row.map((text, at) => heightOf(doc, text, look, widths[at]!))
    const height = Math.max(...heights) + 6
    if (doc.y + height > BOTTOM + 10) doc.addPage()
    const top = doc.y
    let left = MARGIN
    for (const [at, text] of row.entries()) {
      const width = widths[at]!
      cell(doc, text, look, { left, top, width: width - (at === 0 ? PAD : 0), right: at > 0 })
      left += width
    }
    doc.x = MARGIN
    doc.y = top + height
    rule(doc, doc.y - 3)
  }
  line(head, { ...TABLE_HEAD, size: size - 0.5 })
  for (const row of rows) {
    const total = row[0]!.startsWith('Total')
    line(row, { size, weight: total ? '600' : '400' })
  }
}

function layout(
  doc: Doc,
  rows: readonly Row[],
): { readonly widths: readonly number[]; readonly size: number } {
  for (const size of [9.5, 9, 8.5, 8, 7.5, 7, 6.5]) {
    const columns = rows[0]!.map((_, at) =>
      Math.min(
        WIDEST,
        Math.max(...rows.map((row) => widthOf(doc, row[at] ?? '', { size, weight: '600' }))) + PAD,
      ),
    )
    const others = columns.slice(1)
    const first = WIDTH - others.reduce((sum, one) => sum + one, 0)
    if (first >= NARROWEST_FIRST || size === 6.5) return { widths: [first, ...others], size }
  }
  return { widths: [], size: 0 }
}

const widthOf = (doc: Doc, text: string, { size, weight = '400' }: Look): number =>
  runsOf(text).reduce((sum, run) => {
    use(doc, fontName(run.script, weight))
    return sum + doc.fontSize(size).widthOfString(run.text, { features: ['tnum'] })
  }, 0)

function heightOf(doc: Doc, text: string, look: Look, width: number): number {
  use(doc, fontName('latin', look.weight ?? '400'))
  return doc.fontSize(look.size).heightOfString(text === '' ? ' ' : text, { width: width - PAD, lineGap: 1 })
}

function cell(
  doc: Doc,
  text: string,
  look: Look,
  { left, top, width, right }: { left: number; top: number; width: number; right: boolean },
): void {
  const runs = runsOf(text === '' ? ' ' : text)
  doc.fontSize(look.size).fillColor(look.color ?? INK)
  doc.x = left
  doc.y = top
  for (const [index, run] of runs.entries()) {
    use(doc, fontName(run.script, look.weight ?? '400'))
    doc.text(run.text, {
      width,
      lineGap: 1,
      align: right ? 'right' : 'left',
      continued: index < runs.length - 1,
      features: ['tnum'],
    })
  }
}
