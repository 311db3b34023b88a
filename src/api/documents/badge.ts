import { escaped } from '#base/html.ts'

const HEIGHT = 28
const PAD = 10
/** Of a letter at 12 pixels, on average; `textLength` makes it so whatever the font is. */
const LETTER = 6.6
const MOST_LETTERS = 80

/** "AI compute | $20,000 to $30,000", to stand on other sites: no script, no font, nothing loaded. */
export function badgeSvg(quantities: readonly string[]): string {
  const [left, right] = ['AI compute', shortened(quantities.join(' + '))]
  const [one, two] = [width(left), width(right)]
  const text = (words: string, at: number, color: string): string =>
    `<text x="${at + PAD}" y="18.5" textLength="${(words.length * LETTER).toFixed(1)}" lengthAdjust="spacingAndGlyphs" ` +
    `fill="${color}">${escaped(words)}</text>`
  const label = escaped(`${left}: ${right}`)
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${one + two}" height="${HEIGHT}" role="img" aria-label="${label}">` +
    `<title>${label}</title>` +
    `<clipPath id="r"><rect width="${one + two}" height="${HEIGHT}" rx="6"/></clipPath>` +
    `<g clip-path="url(#r)"><rect width="${one}" height="${HEIGHT}" fill="#1a1a1e"/>` +
    `<rect x="${one}" width="${two}" height="${HEIGHT}" fill="#4a47c9"/></g>` +
    `<g font-family="Inter,system-ui,Segoe UI,Helvetica,Arial,sans-serif" font-size="12">` +
    `${text(left, 0, '#ffffff')}${text(right, one, '#ffffff')}</g></svg>\n`
  )
}

const width = (words: string): number => Math.round(words.length * LETTER + 2 * PAD)

const shortened = (text: string): string => {
  if (text === '') return 'ask us'
  return text.length <= MOST_LETTERS ? text : `${text.slice(0, MOST_LETTERS - 1)}…`
}
