import { createHash } from 'node:crypto'
import { escaped } from '#base/html.ts'
import { ordered, type LetterPart } from '#reports/offers/letter-order.ts'
import { OFFER_LETTER_CSS } from './offer-letter-css.ts'
import { DOCUMENT_NAME, type OfferPaper } from './offer-paper.ts'

/** Nothing is loaded, nothing runs: the one style is known by its hash. */
export const OFFER_LETTER_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(OFFER_LETTER_CSS).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The same words as the PDF, in one file that needs no other; it prints on A4 and on Letter. */
export function offerLetterHtml({ letter, document, signed }: OfferPaper): string {
  const said = escaped
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${said(letter.title)}</title>
<style>${OFFER_LETTER_CSS}</style>
</head>
<body>
<main>
<header>
<p class="company">${said(letter.company)}</p>
<h1>${said(letter.title)}</h1>
<dl>
${letter.facts.map(([name, value]) => `<div><dt>${said(name)}</dt><dd>${said(value)}</dd></div>`).join('\n')}
</dl>
</header>
${ordered(letter).map(partHtml).join('\n')}
${signed ? `<section><h2>Accepted</h2>\n${paragraphs(signed)}</section>\n` : ''}<section class="marks">
<h2>By which this can be checked</h2>
${paragraphs(letter.marks)}${document ? `\n<p class="attached">${attached(document)}</p>` : ''}
</section>
<footer>${said(letter.foot)}</footer>
</main>
</body>
</html>
`
}

const paragraphs = (lines: readonly string[]): string =>
  lines.map((line) => `<p>${escaped(line)}</p>`).join('\n')

/** In the file itself, so that who keeps the letter keeps what its hash is of. */
const attached = ({ text }: { readonly text: string }): string =>
  `<a download="${DOCUMENT_NAME}" href="data:application/json;base64,${Buffer.from(text).toString('base64')}">${DOCUMENT_NAME}</a>`

function partHtml(part: LetterPart): string {
  if (part.kind === 'section') {
    const { id, title, lines } = part.section
    const level = part.level === 1 ? 'h2' : 'h3'
    return `<section id="${escaped(id)}" class="level-${part.level}"><${level}>${escaped(title)}</${level}>\n${paragraphs(lines)}</section>`
  }
  const { id, title, head, rows, note } = part.table
  const cells = (row: readonly string[]): string =>
    row
      .map((text, at) => (at === 0 ? `<th scope="row">${escaped(text)}</th>` : `<td>${escaped(text)}</td>`))
      .join('')
  return `<div class="table" id="${escaped(id)}" role="region" aria-label="${escaped(title)}" tabindex="0"><table>
<caption>${escaped(title)}</caption>
<thead><tr>${head.map((text) => (text === '' ? '<td></td>' : `<th scope="col">${escaped(text)}</th>`)).join('')}</tr></thead>
<tbody>
${rows.map((row) => `<tr${row[0]?.startsWith('Total') ? ' class="total"' : ''}>${cells(row)}</tr>`).join('\n')}
</tbody>
</table></div>${note === null ? '' : `\n<p class="note">${escaped(note)}</p>`}`
}
