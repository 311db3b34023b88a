import { Fault } from './fault.ts'

/** What a grant counts, as people say it. */
export const DENOMINATIONS = ['usd', 'seat_month', 'gpu_hour', 'node_hour', 'exaflop_day', 'token'] as const
export type Denomination = (typeof DENOMINATIONS)[number]

export const TIERS = ['guaranteed', 'priority', 'spot'] as const
export type Tier = (typeof TIERS)[number]

/**
 * What the ledger counts, each in its smallest unit: nano-dollars; whole months of a seat; nano-exaFLOP-days (86.4e12
 * operations); GPU-seconds of an accelerator and tier; node-seconds of nodes of so many such GPUs; tokens of a model class.
 */
export type Asset =
  | 'USD'
  | 'SEAT_MONTH'
  | 'EXAFLOP_DAY'
  | `GPU_SECOND/${string}/${Tier}`
  | `NODE_SECOND/${string}/${Tier}`
  | `TOKEN/${string}`

/** Money of a currency, in billionths: in no wallet, but in the exchange table. */
export type Currency = `CUR/${string}`
export type Exchangeable = Asset | Currency

/** What a denomination leaves open. */
export type AssetUnit = {
  /** gpu_hour and node_hour: an accelerator of the reference table, such as `H100-SXM`. */
  readonly accelerator?: string
  /** gpu_hour and node_hour. */
  readonly tier?: Tier
  /** node_hour: GPUs of one node. */
  readonly gpusPerNode?: number
  /** token: the class of models whose tokens are counted. */
  readonly modelClass?: string
}

export type ParsedAsset = {
  readonly asset: Asset
  readonly denomination: Denomination
  readonly unit: AssetUnit
}

const ACCELERATOR = '[A-Za-z0-9][A-Za-z0-9._-]{0,39}'
const CLASS = '[a-z][a-z0-9_-]{0,39}'
const TIER = TIERS.join('|')

const isAccelerator = (text: string): boolean => new RegExp(`^${ACCELERATOR}$`).test(text)
const isClass = (text: string): boolean => new RegExp(`^${CLASS}$`).test(text)
const isTier = (text: string | undefined): text is Tier => TIERS.some((tier) => tier === text)
const isNodeSize = (size: number): boolean => Number.isInteger(size) && size >= 1 && size <= 9_999

const GPU = new RegExp(`^GPU_SECOND/(${ACCELERATOR})/(${TIER})$`)
const NODE = new RegExp(`^NODE_SECOND/(${ACCELERATOR})x([1-9][0-9]{0,3})/(${TIER})$`)
const TOKEN = new RegExp(`^TOKEN/(${CLASS})$`)
const CURRENCY = /^CUR\/[A-Z]{3}$/

/** The same rule stands as a check on `ledger.wallet`. Null when the text is no asset. */
export function parseAsset(text: string): ParsedAsset | null {
  if (text === 'USD') return { asset: text, denomination: 'usd', unit: {} }
  if (text === 'SEAT_MONTH') return { asset: text, denomination: 'seat_month', unit: {} }
  if (text === 'EXAFLOP_DAY') return { asset: text, denomination: 'exaflop_day', unit: {} }
  const [, gpu, gpuTier] = GPU.exec(text) ?? []
  if (gpu !== undefined && isTier(gpuTier)) {
    return {
      asset: `GPU_SECOND/${gpu}/${gpuTier}`,
      denomination: 'gpu_hour',
      unit: { accelerator: gpu, tier: gpuTier },
    }
  }
  const [, node, size, nodeTier] = NODE.exec(text) ?? []
  if (node !== undefined && isTier(nodeTier)) {
    return {
      asset: `NODE_SECOND/${node}x${size}/${nodeTier}`,
      denomination: 'node_hour',
      unit: { accelerator: node, gpusPerNode: Number(size), tier: nodeTier },
    }
  }
  const [, modelClass] = TOKEN.exec(text) ?? []
  if (modelClass !== undefined)
    return { asset: `TOKEN/${modelClass}`, denomination: 'token', unit: { modelClass } }
  return null
}

export const isAsset = (text: string): text is Asset => parseAsset(text) !== null
export const isCurrency = (text: string): text is Currency => CURRENCY.test(text)

/** Dollars are `USD` in the exchange table too, never `CUR/USD`: one thing has one name. */
export const isExchangeable = (text: string): text is Exchangeable =>
  isAsset(text) || (isCurrency(text) && text !== 'CUR/USD')

/** Throws Fault `invalid`, naming the part of the unit that is missing or does not belong. */
export function assetOf(denomination: Denomination, unit: AssetUnit = {}): Asset {
  const { accelerator, tier, gpusPerNode, modelClass } = unit
  const onlyWith = (key: keyof AssetUnit, others: readonly Denomination[]): void => {
    if (unit[key] === undefined || others.includes(denomination)) return
    throw wrong(
      key,
      `${JSON.stringify(unit[key])}, which says nothing about ${denomination}`,
      'leave it away',
    )
  }
  onlyWith('accelerator', ['gpu_hour', 'node_hour'])
  onlyWith('tier', ['gpu_hour', 'node_hour'])
  onlyWith('gpusPerNode', ['node_hour'])
  onlyWith('modelClass', ['token'])
  switch (denomination) {
    case 'usd':
      return 'USD'
    case 'seat_month':
      return 'SEAT_MONTH'
    case 'exaflop_day':
      return 'EXAFLOP_DAY'
    case 'token':
      if (modelClass === undefined || !isClass(modelClass))
        throw wrong('modelClass', said(modelClass), 'give a class of models, such as "standard"')
      return `TOKEN/${modelClass}`
    case 'gpu_hour':
    case 'node_hour': {
      if (accelerator === undefined || !isAccelerator(accelerator))
        throw wrong('accelerator', said(accelerator), 'give an accelerator, such as "H100-SXM"')
      if (!isTier(tier)) throw wrong('tier', said(tier), `give one of ${TIERS.join(', ')}`)
      if (denomination === 'gpu_hour') return `GPU_SECOND/${accelerator}/${tier}`
      if (gpusPerNode === undefined || !isNodeSize(gpusPerNode))
        throw wrong('gpusPerNode', said(gpusPerNode), 'give the GPUs of one node, such as 8')
      return `NODE_SECOND/${accelerator}x${gpusPerNode}/${tier}`
    }
  }
}

const NAMES: Readonly<Record<Denomination, string>> = {
  usd: 'nano-dollar',
  seat_month: 'month of a seat',
  gpu_hour: 'GPU-second',
  node_hour: 'node-second',
  exaflop_day: 'nano-exaFLOP-day',
  token: 'token',
}

/** What one smallest unit of the asset is called. */
export const unitName = (asset: Asset): string => NAMES[denominationOf(asset)]

export function denominationOf(asset: Asset): Denomination {
  const parsed = parseAsset(asset)
  if (!parsed) throw wrong('asset', JSON.stringify(asset), 'give an asset, such as "USD"')
  return parsed.denomination
}

const said = (value: unknown): string => (value === undefined ? 'missing' : JSON.stringify(value))

const wrong = (param: string, value: string, remedy: string): Fault =>
  new Fault('invalid', `${param} is ${value}; ${remedy}`, { param })
