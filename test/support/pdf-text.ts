import assert from 'node:assert/strict'
import { inflateSync } from 'node:zlib'

/**
 * Reads what a document made by our own writer says: its objects, the streams in them, and the characters behind the
 * glyphs by the maps that the fonts carry, which is what copying text out of it gives.
 */
export type ReadPdf = {
  readonly pages: number
  /** Pieces of text in the order in which they were drawn. */
  readonly pieces: readonly string[]
  /** Name and bytes of each attached file. */
  readonly files: ReadonlyMap<string, Buffer>
}

type Part = { readonly head: string; readonly body: Buffer | null }

export function readPdf(pdf: Buffer): ReadPdf {
  const parts = partsOf(pdf)
  const all = [...parts.values()]
  const maps = fontsOf(parts)
  const pages = all.filter(({ head }) => /\/Type \/Page\b/.test(head))
  const pieces = pages.flatMap(({ head }) => {
    const id = /\/Contents (\d+) 0 R/.exec(head)?.[1]
    return piecesOf(bodyOf(parts, id).toString('latin1'), maps)
  })
  const files = new Map(
    all
      .filter(({ head }) => head.includes('/Type /Filespec'))
      .map(({ head }) => {
        const name = /\/F \(([^)]*)\)/.exec(head)?.[1]
        const id = /\/EF <<\s*\/F (\d+) 0 R/.exec(head)?.[1]
        assert.ok(name, 'a file has a name')
        return [name, bodyOf(parts, id)] as const
      }),
  )
  return { pages: pages.length, pieces, files }
}

/** Without any white space: where a line is broken says nothing. */
export const squeezed = (text: string): string => text.replaceAll(/\s+/g, '')

function partsOf(pdf: Buffer): ReadonlyMap<string, Part> {
  const text = pdf.toString('latin1')
  const parts = new Map<string, Part>()
  for (const found of text.matchAll(/(?:^|\n)(\d+) 0 obj\r?\n/g)) {
    const from = found.index + found[0].length
    const stream = text.indexOf('stream\n', from)
    const end = text.indexOf('endobj', from)
    if (stream < 0 || stream > end) {
      parts.set(found[1]!, { head: text.slice(from, end), body: null })
      continue
    }
    const head = text.slice(from, stream)
    const length = Number(/\/Length (\d+)/.exec(head)?.[1])
    const at = stream + 'stream\n'.length
    const raw = pdf.subarray(at, at + length)
    parts.set(found[1]!, { head, body: head.includes('/FlateDecode') ? inflateSync(raw) : raw })
  }
  return parts
}

function bodyOf(parts: ReadonlyMap<string, Part>, id: string | undefined): Buffer {
  const body = parts.get(id ?? '')?.body
  assert.ok(body, `object ${id} has a stream`)
  return body
}

/** By a font's name on the pages: glyph → text. */
function fontsOf(parts: ReadonlyMap<string, Part>): ReadonlyMap<string, ReadonlyMap<number, string>> {
  const maps = new Map<string, ReadonlyMap<number, string>>()
  for (const { head } of parts.values())
    for (const [, list] of head.matchAll(/\/Font <<([^>]*)>>/g))
      for (const [, name, id] of list!.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
        const unicode = /\/ToUnicode (\d+) 0 R/.exec(parts.get(id!)?.head ?? '')?.[1]
        maps.set(name!, glyphsOf(bodyOf(parts, unicode).toString('latin1')))
      }
  return maps
}

function glyphsOf(map: string): ReadonlyMap<number, string> {
  const glyphs = new Map<number, string>()
  for (const [, first, list] of map.matchAll(/<([0-9a-f]{4})> <[0-9a-f]{4}> \[([^\]]*)\]/g))
    for (const [at, [, codes]] of [...list!.matchAll(/<([^>]*)>/g)].entries()) {
      const units = codes!
        .split(' ')
        .filter(Boolean)
        .map((code) => Number.parseInt(code, 16))
      glyphs.set(Number.parseInt(first!, 16) + at, String.fromCharCode(...units))
    }
  return glyphs
}

function piecesOf(
  content: string,
  fonts: ReadonlyMap<string, ReadonlyMap<number, string>>,
): readonly string[] {
  return [...content.matchAll(/BT\n([\s\S]*?)\nET/g)].map(([, block]) => {
    let font: ReadonlyMap<number, string> | undefined
    let said = ''
    for (const [, name, drawn] of block!.matchAll(/\/(F\d+) [\d.]+ Tf|(\[[^\]]*\] TJ)/g)) {
      if (name !== undefined) font = fonts.get(name)
      else
        for (const [, hex] of drawn!.matchAll(/<([0-9a-f]*)>/g))
          for (let at = 0; at < hex!.length; at += 4)
            said += font?.get(Number.parseInt(hex!.slice(at, at + 4), 16)) ?? '\uFFFD'
    }
    return said
  })
}
