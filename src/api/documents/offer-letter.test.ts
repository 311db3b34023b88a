import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sha256Hex } from '#base/json.ts'
import { sealedContent, type OfferContent } from '#offers/content.ts'
import { letterOf, type Letter } from '#reports/offers/letter.ts'
import { offerContent, PAY } from '../../../test/support/offer-content.ts'
import { readPdf, squeezed } from '../../../test/support/pdf-text.ts'
import { offerLetterHtml, OFFER_LETTER_POLICY } from './offer-letter-html.ts'
import { offerLetterPdf } from './offer-letter-pdf.ts'
import { offerPaper } from './offer-paper.ts'

const acceptance = (content: OfferContent) => ({
  offer: content.offer,
  version: content.version,
  content: sealedContent(content).text,
  contentHash: sealedContent(content).hash,
  typedName: 'Ada Park',
  acceptedAt: Date.UTC(2026, 11, 1, 9, 30),
})

/** Every text of a letter, as often as it stands in it. */
const textsOf = (letter: Letter): string[] => [
  letter.company,
  letter.title,
  ...letter.facts.flat(),
  ...letter.sections.flatMap(({ title, lines }) => [title, ...lines]),
  ...letter.tables.flatMap(({ title, rows, note }) => [
    title,
    ...rows.flat(),
    ...(note === null ? [] : [note]),
  ]),
  ...letter.marks,
]

/** What is left of `said` when each of `texts` has been struck out of it once. */
function rest(said: string, texts: readonly string[]): string {
  let left = squeezed(said)
  for (const text of texts.map(squeezed).toSorted((a, b) => b.length - a.length)) {
    if (text === '') continue
    const at = left.indexOf(text)
    assert.ok(at >= 0, `${text} is said`)
    left = `${left.slice(0, at)}\n${left.slice(at + text.length)}`
  }
  return left
}

const FRAME = ['By which this can be checked']

describe('the letter on paper says what the content says, every figure of it and nothing else', () => {
  for (const [name, content] of [
    [
      'dollars and hours',
      offerContent({ message: 'We met in Zürich.\n\nŁukasz & Жанна send <b>greetings</b>.' }),
    ],
    [
      'euros, options, an event and no price',
      offerContent({
        pay: {
          ...PAY,
          currency: 'EUR',
          rate: { usd: '1.08', source: 'ECB', on: '2026-11-19' },
          salary: 1_112_345_678_000_000n,
          equity: {
            ...PAY.equity!,
            kind: 'option',
            strike: 7_000_000_000n,
            volatility: '0.7',
            termYears: '6',
          },
        },
        lines: [
          {
            asset: 'GPU_SECOND/H100-SXM/spot',
            quantity: 86_400_001n,
            waits: 4_000n,
            name: 'Hours '.repeat(20).trim(),
          },
          {
            asset: 'TOKEN/standard',
            quantity: 9_000_000_000n,
            price: { kind: 'unpriced', reason: 'nobody says' },
          },
        ],
        country: 'DE',
      }),
    ],
    ['no compute', offerContent({ lines: [], country: 'JP' })],
  ] as const) {
    test(name, async () => {
      const paper = offerPaper(content, acceptance(content))
      const pdf = readPdf(await offerLetterPdf(paper))
      const { letter, signed } = paper
      const texts = [...textsOf(letter), ...signed!, 'Accepted', ...FRAME]
      const foots = Array.from(
        { length: pdf.pages },
        (_, at) => `${letter.foot} · page ${at + 1} of ${pdf.pages}`,
      )
      // First what stands at the foot of each page, in the middle of what goes on over two.
      const said = foots.reduce(
        (text, foot) => text.replace(squeezed(foot), ''),
        squeezed(pdf.pieces.join('')),
      )
      const left = rest(said, texts)
      // The heads of tables stand again beside or on the next page.
      const heads = new Set(letter.tables.flatMap(({ head }) => head.map(squeezed)))
      const other = left
        .split('\n')
        .map((one) =>
          [...heads]
            .toSorted((a, b) => b.length - a.length)
            .reduce((text, head) => text.replaceAll(head, ''), one),
        )
      assert.equal(other.join(''), '')
    })
  }
})

test('the file in the letter is the one whose hash it prints, and the same content is the same file', async () => {
  const content = offerContent()
  const [one, two] = await Promise.all([
    offerLetterPdf(offerPaper(content, null)),
    offerLetterPdf(offerPaper(content, null)),
  ])
  assert.deepEqual(one, two)
  const { files, pieces } = readPdf(one)
  const file = files.get('compute.json')
  assert.equal(file?.toString(), content.document.text)
  assert.ok(squeezed(pieces.join('')).includes(sha256Hex(file ?? '')))
  assert.ok(squeezed(pieces.join('')).includes(sealedContent(content).hash))
})

test('HTML and PDF say the same words, and whatever somebody wrote stays text', async () => {
  const content = offerContent({
    name: '<img src=x onerror=alert(1)>',
    message: '"quoted" </p><script>alert(2)</script> & more',
  })
  const paper = offerPaper(content, acceptance(content))
  const html = offerLetterHtml(paper)
  const body = html.slice(html.indexOf('<body>'))
  assert.doesNotMatch(html, /<script|<img|onerror=alert\(1\)>/)
  const said = body
    .replaceAll(/<[^>]*>/g, '\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
  const { letter, signed } = paper
  const heads = letter.tables.flatMap(({ head }) => head)
  const texts = [...textsOf(letter), ...heads, ...signed!, 'Accepted', ...FRAME, 'compute.json', letter.foot]
  assert.equal(rest(said, texts).trim(), '')
  const pdf = readPdf(await offerLetterPdf(paper))
  for (const text of texts) assert.ok(squeezed(pdf.pieces.join('')).includes(squeezed(text)), text)
})

test('the letter carries its grants, loads nothing and runs nothing', () => {
  const content = offerContent()
  const html = offerLetterHtml(offerPaper(content, null))
  const data = /href="data:application\/json;base64,([^"]*)"/.exec(html)?.[1]
  assert.equal(Buffer.from(data ?? '', 'base64').toString(), content.document.text)
  assert.doesNotMatch(html, /\b(src|srcset)=|url\(|@import|<link/)
  const style = /<style>([\s\S]*)<\/style>/.exec(html)?.[1] ?? ''
  const hash = Buffer.from(sha256Hex(style), 'hex').toString('base64')
  assert.ok(OFFER_LETTER_POLICY.includes(`'sha256-${hash}'`))
  assert.equal(letterOf(content).sections[0]!.title, 'Dear Ada Park')
})
