import { invariant } from '#base/invariant.ts'
import { fromDecimal, type Rational } from '#base/rational.ts'

/** One row of the reference table, data/accelerators.csv. */
export type Accelerator = {
  readonly id: string
  readonly vendor: string
  readonly form: string
  /** Dense, without sparsity, in 1e12 operations a second. */
  readonly peakBf16: Rational
  readonly source: string
}

/** The reference table. The file is the project's own: a broken row is a bug. */
export function parseAccelerators(text: string): ReadonlyMap<string, Accelerator> {
  const [header = '', ...lines] = text.trimEnd().split('\n')
  const names = cells(header)
  const accelerators = lines.map((line): readonly [string, Accelerator] => {
    const row = new Map(cells(line).map((cell, index) => [names[index], cell]))
    const of = (name: string): string => row.get(name) ?? ''
    const peakBf16 = fromDecimal(of('bf16_dense_tflops'))
    invariant(peakBf16 && peakBf16.n > 0n, `${of('id')} has a peak`)
    const [vendor, form, source] = [of('vendor'), of('form'), of('source')]
    return [of('id'), { id: of('id'), vendor, form, peakBf16, source }]
  })
  return new Map(accelerators)
}

/** Cells of a line; quoted ones may hold commas and doubled quotes. */
const cells = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
