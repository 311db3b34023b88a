import type { Millis } from '#base/time.ts'
import { faces, fontName, runsOf, type Weight } from './faces.ts'

/** Drawing on A4 that every paper shares: fonts read when they are needed, text in as many of them as its scripts ask for. */

export type Doc = PDFKit.PDFDocument
export type Look = {
  readonly size: number
  readonly weight?: Weight
  readonly color?: string
  readonly gap?: number
}

export const MARGIN = 56
export const WIDTH = 595.28 - 2 * MARGIN
export const INK = '#1a1a1e'
export const SOFT = '#515258'
export const LINE = '#cfcec9'
/** Lower than this there is only the foot. */
export const BOTTOM = 841.89 - 72

/** Selectable text, the same bytes for the same drawing and instant. */
export async function paperPdf(
  { title, author, foot: below, at }: { title: string; author: string; foot: string; at: Millis },
  draw: (doc: Doc) => void,
): Promise<Buffer> {
  // A server that makes no paper need not read all of this to start.
  const { default: PDFDocument } = await import('pdfkit')
  const doc = new PDFDocument({
    size: 'A4',
    margins: { top: MARGIN, bottom: MARGIN, left: MARGIN, right: MARGIN },
    bufferPages: true,
    lang: 'en',
    displayTitle: true,
    info: { Title: title, Author: author, CreationDate: new Date(at), ModDate: new Date(at) },
  })
  const parts: Buffer[] = []
  const done = new Promise<Buffer>((resolve, reject) => {
    doc.on('data', (part: Buffer) => parts.push(part))
    doc.on('end', () => resolve(Buffer.concat(parts)))
    doc.on('error', reject)
  })
  for (const { name, bytes } of faces()) lazily(doc, name, bytes)
  draw(doc)
  foot(doc, below)
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

export function use(doc: Doc, name: string): void {
  const bytes = waiting.get(doc)?.get(name)
  if (bytes) {
    doc.registerFont(name, bytes())
    waiting.get(doc)!.delete(name)
  }
  doc.font(name)
}

export function heading(doc: Doc, title: string): void {
  if (doc.y > BOTTOM - 80) doc.addPage()
  doc.y += 12
  write(doc, title, { size: 12.5, weight: '600', gap: 5 })
}

export function fact(doc: Doc, name: string, value: string): void {
  const top = doc.y
  write(doc, name, { size: 10.5, color: SOFT })
  doc.y = top
  doc.x = MARGIN + 110
  write(doc, value, { size: 10.5, gap: 3 }, WIDTH - 110)
}

/** Text in as many fonts as its scripts need, wrapped within `width` from where the pen stands. */
export function write(doc: Doc, text: string, look: Look, width = WIDTH): void {
  const { size, weight = '400', color = INK, gap = 0 } = look
  doc.fontSize(size).fillColor(color)
  const runs = runsOf(text === '' ? ' ' : text)
  for (const [index, run] of runs.entries()) {
    use(doc, fontName(run.script, weight))
    doc.text(run.text, { width, continued: index < runs.length - 1, lineGap: 2, paragraphGap: gap })
  }
  doc.x = MARGIN
}

/** A thin line across `width` from `left`. */
export function rule(doc: Doc, y: number, left = MARGIN, width = WIDTH): void {
  doc
    .moveTo(left, y)
    .lineTo(left + width, y)
    .lineWidth(0.5)
    .strokeColor(LINE)
    .stroke()
}

export type Row = readonly string[]
const ROW = 17

/** One line of a table, at the pen: the first column to the left, the others to the right, as amounts are read. */
export function tableRow(doc: Doc, row: Row, look: Look, left = MARGIN, width = WIDTH): void {
  const top = doc.y
  const cell = width / row.length
  for (const [index, text] of row.entries()) {
    doc.fontSize(look.size).fillColor(look.color ?? INK)
    const [run] = runsOf(text === '' ? ' ' : text)
    use(doc, fontName(run!.script, look.weight ?? '400'))
    const align = index === 0 ? 'left' : 'right'
    doc.text(text, left + index * cell, top, { width: cell, align, lineBreak: false, features: ['tnum'] })
  }
  doc.y = top + ROW
  doc.x = MARGIN
  rule(doc, doc.y - 4, left, width)
}

export const TABLE_HEAD: Look = { size: 9, color: SOFT, weight: '600' }
export const TABLE_CELL: Look = { size: 9.5 }

export function table(doc: Doc, { head, rows }: { readonly head: Row; readonly rows: readonly Row[] }): void {
  tableRow(doc, head, TABLE_HEAD)
  for (const row of rows) {
    if (doc.y > BOTTOM) {
      doc.addPage()
      tableRow(doc, head, TABLE_HEAD)
    }
    tableRow(doc, row, TABLE_CELL)
  }
}

/** How many lines of a table fit beneath the pen. */
export const rowsLeft = (doc: Doc): number => Math.max(0, Math.floor((BOTTOM - doc.y) / ROW))

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
