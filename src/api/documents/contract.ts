import type { Millis } from '#base/time.ts'
import { faces, fontName, runsOf, type Weight } from './faces.ts'

export type Row = readonly string[]

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

const MARGIN = 56
const WIDTH = 595.28 - 2 * MARGIN
const INK = '#1a1a1e'
const SOFT = '#515258'
const LINE = '#cfcec9'
/** Lower than this there is only the foot. */
const BOTTOM = 841.89 - 72

type Doc = PDFKit.PDFDocument
type Look = {
  readonly size: number
  readonly weight?: Weight
  readonly color?: string
  readonly gap?: number
}

/** A4, selectable text, the same bytes for the same contract and instant. */
export async function contractPdf(paper: ContractPaper): Promise<Buffer> {
  // A server that makes no paper need not read all of this to start.
  const { default: PDFDocument } = await import('pdfkit')
  const doc = new PDFDocument({
    size: 'A4',
    margins: { top: MARGIN, bottom: MARGIN, left: MARGIN, right: MARGIN },
    bufferPages: true,
    lang: 'en',
    displayTitle: true,
    info: {
      Title: paper.title,
      Author: paper.company,
      CreationDate: new Date(paper.at),
      ModDate: new Date(paper.at),
    },
  })
  const parts: Buffer[] = []
  const done = new Promise<Buffer>((resolve, reject) => {
    doc.on('data', (part: Buffer) => parts.push(part))
    doc.on('end', () => resolve(Buffer.concat(parts)))
    doc.on('error', reject)
  })
  for (const { name, bytes } of faces()) lazily(doc, name, bytes)
  draw(doc, paper)
  foot(doc, paper.foot)
  doc.end()
  return done
}

/** Fourteen files are known and two or three are used: each is read when its first character is drawn. */
const waiting = new WeakMap<Doc, Map<string, () => Buffer>>()
function lazily(doc: Doc, name: string, bytes: () => Buffer): void {
  const fonts = waiting.get(doc) ?? new Map<string, () => Buffer>()
  fonts.set(name, bytes)
  waiting.set(doc, fonts)
}

function use(doc: Doc, name: string): void {
  const bytes = waiting.get(doc)?.get(name)
  if (bytes) {
    doc.registerFont(name, bytes())
    waiting.get(doc)!.delete(name)
  }
  doc.font(name)
}

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

function heading(doc: Doc, title: string): void {
  if (doc.y > BOTTOM - 80) doc.addPage()
  doc.y += 12
  write(doc, title, { size: 12.5, weight: '600', gap: 5 })
}

function fact(doc: Doc, name: string, value: string): void {
  const top = doc.y
  write(doc, name, { size: 10.5, color: SOFT })
  doc.y = top
  doc.x = MARGIN + 110
  write(doc, value, { size: 10.5, gap: 3 }, WIDTH - 110)
}

/** Text in as many fonts as its scripts need, wrapped within `width`. */
function write(doc: Doc, text: string, look: Look, width = WIDTH): void {
  const { size, weight = '400', color = INK, gap = 0 } = look
  doc.fontSize(size).fillColor(color)
  const runs = runsOf(text === '' ? ' ' : text)
  for (const [index, run] of runs.entries()) {
    use(doc, fontName(run.script, weight))
    doc.text(run.text, { width, continued: index < runs.length - 1, lineGap: 2, paragraphGap: gap })
  }
  doc.x = MARGIN
}

const ROW = 17

/** The first column to the left, the others to the right, as amounts are read. */
function table(doc: Doc, { head, rows }: ContractPaper['schedule']): void {
  const cell = WIDTH / head.length
  const line = (row: Row, look: Look): void => {
    const top = doc.y
    for (const [index, text] of row.entries()) {
      doc.fontSize(look.size).fillColor(look.color ?? INK)
      const [run] = runsOf(text === '' ? ' ' : text)
      use(doc, fontName(run!.script, look.weight ?? '400'))
      const align = index === 0 ? 'left' : 'right'
      doc.text(text, MARGIN + index * cell, top, { width: cell, align, lineBreak: false, features: ['tnum'] })
    }
    doc.y = top + ROW
    doc.x = MARGIN
    doc
      .moveTo(MARGIN, doc.y - 4)
      .lineTo(MARGIN + WIDTH, doc.y - 4)
      .lineWidth(0.5)
      .strokeColor(LINE)
      .stroke()
  }
  line(head, { size: 9, color: SOFT, weight: '600' })
  for (const row of rows) {
    if (doc.y > BOTTOM) {
      doc.addPage()
      line(head, { size: 9, color: SOFT, weight: '600' })
    }
    line(row, { size: 9.5 })
  }
}

function foot(doc: Doc, text: string): void {
  const { count } = doc.bufferedPageRange()
  for (let page = 0; page < count; page += 1) {
    doc.switchToPage(page)
    // Beneath the margin, where text would open a new page.
    doc.page.margins.bottom = 0
    doc.y = 841.89 - 40
    doc.x = MARGIN
    write(doc, `${text} · page ${page + 1} of ${count}`, { size: 8, color: SOFT })
  }
}
