/** The only door to the server's ground floor: pure files, shared so that one rule formats money on both sides. */
export { NANO_PER_USD, formatUsd } from '../../../src/base/money.ts'
export { halfEven, rational } from '../../../src/base/rational.ts'
export { DAY, HOUR, MINUTE, SECOND, addDays, dayOf, startOfDay } from '../../../src/base/time.ts'
export type { DateText, Millis } from '../../../src/base/time.ts'
export type { Account, CallStatus, EntryKind, Purpose, Scope } from '../../../src/ledger/types.ts'
export type { CostLine, ModelClass } from '../../../src/prices/types.ts'
