/** The only door to the server's ground floor: pure files, shared so that one rule formats money on both sides. */
export { DENOMINATIONS, TIERS, assetOf, denominationOf, isAsset, parseAsset } from '../../../src/base/asset.ts'
export type { Asset, AssetUnit, Denomination, Tier } from '../../../src/base/asset.ts'
export { NANO_PER_USD, formatMoney, formatUsd } from '../../../src/base/money.ts'
export {
  PER_UNIT,
  decimalQuantity,
  formatQuantity,
  parseQuantity,
  quantityName,
} from '../../../src/base/quantity.ts'
export { halfEven, rational } from '../../../src/base/rational.ts'
export { DAY, HOUR, MINUTE, SECOND, addDays, dayOf, startOfDay } from '../../../src/base/time.ts'
export type { DateText, Millis } from '../../../src/base/time.ts'
export type { Account, CallStatus, EntryKind, Purpose, Scope } from '../../../src/ledger/types.ts'
export type { CostLine, ModelClass } from '../../../src/prices/types.ts'
export { LEAVER_REASONS } from '../../../src/grants/clauses.ts'
export type {
  Acceleration,
  Clauses,
  Formula,
  Guarantees,
  LeaveRule,
  LeaverReason,
  LeavingRule,
  Unit,
} from '../../../src/grants/clauses.ts'
export type { ExpiryRule, Rollover } from '../../../src/grants/expiry.ts'
