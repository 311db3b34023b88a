import { NANO_PER_USD } from '#base/money.ts'

export const FORMS = ['SXM', 'PCIe', 'NVL'] as const
export type Form = (typeof FORMS)[number]

/** An accelerator that prices are kept of, whatever board it sits on. */
export type Chip = {
  readonly id: string
  /** Its row in data/accelerators.csv, by the form that is sold most; null: no dense peak is known. */
  readonly reference: string | null
  /** Nano-dollars an hour: an offer below or above is not the price of one such chip. */
  readonly floorNano: bigint
  readonly ceilingNano: bigint
}

const cents = (amount: bigint): bigint => (amount * NANO_PER_USD) / 100n

/**
 * Bounds stand clear of everything that was honestly seen: below the cheapest interruptible offer, above the dearest hyperscaler.
 * They catch a number that only fills a field, and an instance of several chips that was not divided.
 */
const chip = (id: string, reference: string | null, floor: bigint, ceiling: bigint): Chip => ({
  id,
  reference,
  floorNano: cents(floor),
  ceilingNano: cents(ceiling),
})

export const CHIPS: ReadonlyMap<string, Chip> = new Map(
  [
    chip('A100-80GB', 'A100-80GB-SXM', 30n, 900n),
    chip('H100', 'H100-SXM', 60n, 1_700n),
    chip('H200', 'H200-SXM', 80n, 1_700n),
    chip('GH200', 'GH200', 70n, 1_200n),
    chip('B200', 'B200', 115n, 2_200n),
    chip('B300', 'B300', 160n, 2_800n),
    chip('GB200', 'GB200', 115n, 2_600n),
    chip('GB300', 'GB300', 160n, 3_000n),
    chip('L40S', null, 20n, 500n),
    chip('MI300X', 'MI300X', 60n, 1_200n),
    chip('MI325X', 'MI325X', 60n, 1_400n),
    chip('MI355X', 'MI355X', 90n, 2_000n),
    chip('TPU-v5e', 'TPU-v5e', 30n, 300n),
    chip('TPU-v5p', 'TPU-v5p', 90n, 900n),
    chip('TPU-v6e', 'TPU-v6e', 60n, 600n),
    chip('TPU-v7', 'TPU-v7', 150n, 2_000n),
    chip('Trainium1', 'Trainium1', 20n, 300n),
    chip('Trainium2', 'Trainium2', 40n, 600n),
    chip('Trainium3', 'Trainium3', 50n, 900n),
  ].map((one) => [one.id, one]),
)

export type Named = { readonly chip: Chip; readonly form: Form | null }

/**
 * The chip and form that a name means: "H100-SXM", "H100 80GB HBM3", "NVIDIA H100 PCIe", "A100-80GB-SXM4". Null when it names
 * none of ours, above all when it may be another: a plain "A100" may have 40 GB.
 */
export function chipNamed(text: string): Named | null {
  const plain = ` ${text
    .toUpperCase()
    .replaceAll(/NVIDIA|TESLA|AMD|INSTINCT/g, ' ')
    .replaceAll(/[^A-Z0-9]+/g, ' ')
    .trim()} `
  const found = PATTERNS.find(([pattern]) => pattern.test(plain))
  const chip = found && CHIPS.get(found[1])
  return chip ? { chip, form: formIn(plain) } : null
}

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/ GB300/, 'GB300'],
  [/ GB200/, 'GB200'],
  [/ GH200/, 'GH200'],
  [/ B300/, 'B300'],
  [/ B200/, 'B200'],
  [/ H200/, 'H200'],
  [/ H100(?!.* MIG)/, 'H100'],
  [/ A100 (?:\w+ )*80 ?GB /, 'A100-80GB'],
  [/ L40S /, 'L40S'],
  [/ MI300X/, 'MI300X'],
  [/ MI325X/, 'MI325X'],
  [/ MI355X/, 'MI355X'],
  [/ TPU V5E /, 'TPU-v5e'],
  [/ TPU V5P /, 'TPU-v5p'],
  [/ TPU V6E /, 'TPU-v6e'],
  [/ TPU V7X? /, 'TPU-v7'],
  [/ TRAINIUM ?2 /, 'Trainium2'],
  [/ TRAINIUM ?3 /, 'Trainium3'],
  [/ TRAINIUM ?1? /, 'Trainium1'],
]

const formIn = (plain: string): Form | null => {
  if (/SXM\d* | HBM3 /.test(plain)) return 'SXM'
  if (/ NVL\d* /.test(plain)) return 'NVL'
  return / PCIE /.test(plain) ? 'PCIe' : null
}
