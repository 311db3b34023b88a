/** What the shape of a field alone refuses, in words for those who do not program. */
const PLAINLY: readonly (readonly [RegExp, string])[] = [
  [/(?:Invalid input|Too small): expected array.*/, 'Give at least one.'],
  [/Invalid input: expected (?:number|int).*/, 'Give a whole number.'],
  [/Too small: expected (?:number|int) to be >=?(-?[\d.]+\d|\d).*/, 'Give at least $1.'],
  [/Too big: expected (?:number|int) to be <=?(-?[\d.]+\d|\d).*/, 'Give at most $1.'],
  [/Too small: expected string.*/, 'Write something here.'],
  [
    /.*; give (?:the price of one share|what one option costs), 1 to \d+ billionths/,
    'Give an amount above 0, such as 12.50.',
  ],
  [/.*; give 0 to \d+ billionths/, 'Give an amount from 0 to a billion.'],
  // The API counts smallest units; a page asks in what people count.
  [/give (?:a quantity above 0 in )?the smallest unit.*/i, 'Give an amount above 0, such as 1,200.'],
]

/** A refusal as it stands at its field: "period is 0; give …" need not say there which field it is about. */
export function saidAtField(message: string): string {
  for (const [pattern, plainly] of PLAINLY) {
    const match = pattern.exec(message)
    if (match) return plainly.replace('$1', match[1] ?? '')
  }
  return message
    .replace(/^[\w.[\]*]+ is (?:missing|absent|"")[;.] */, '')
    .replace(/^[\w.[\]*]+ is /, 'It is ')
    .replace(/^./, (first) => first.toUpperCase())
}
