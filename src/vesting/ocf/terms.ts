import { ALLOCATION_TYPES, type AllocationType } from '../allocate.ts'
import { fieldsOf, isFields, oneOf, refuse, text } from '../fields.ts'
import { parseGraph } from './checks.ts'

/** Vesting terms of the Open Cap Format, ready to be a template: `{ graph: conditions }` with this allocation. */
export type ImportedTerms = {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly allocation: AllocationType
  /** The conditions as they came, checked. */
  readonly conditions: readonly unknown[]
}

const MAX_ITEMS = 1_000
const MAX_TEXT = 10_000

/** One VESTING_TERMS object of OCF 1.x. Faults as of `parseGraph`; every one names its field. */
export function importVestingTerms(value: unknown, param = 'vesting_terms'): ImportedTerms {
  const fields = fieldsOf(value, param, [
    'id',
    'object_type',
    'comments',
    'name',
    'description',
    'allocation_type',
    'vesting_conditions',
  ])
  oneOf(fields.object_type, `${param}.object_type`, ['VESTING_TERMS'])
  const conditions: unknown = fields.vesting_conditions
  parseGraph(conditions, `${param}.vesting_conditions`)
  return {
    id: text(fields.id, `${param}.id`, MAX_TEXT),
    name: text(fields.name, `${param}.name`, MAX_TEXT),
    description: text(fields.description, `${param}.description`, MAX_TEXT),
    allocation: allocationOf(fields.allocation_type, `${param}.allocation_type`),
    conditions: Array.isArray(conditions) ? conditions : [],
  }
}

/** A file of vesting terms, as OCF lays them out: all of it, or the first Fault. */
export function importVestingTermsFile(value: unknown): readonly ImportedTerms[] {
  const { file_type: type, items } = fieldsOf(value, 'file', ['file_type', 'items'])
  oneOf(type, 'file.file_type', ['OCF_VESTING_TERMS_FILE'])
  if (!Array.isArray(items) || items.length > MAX_ITEMS) {
    return refuse('file.items', items, `give an array of at most ${MAX_ITEMS} vesting terms`)
  }
  const list: readonly unknown[] = items
  return list.map((item, index) => importVestingTerms(item, `file.items[${index}]`))
}

export const isVestingTermsFile = (value: unknown): boolean =>
  isFields(value) && value.file_type === 'OCF_VESTING_TERMS_FILE'

/** Amounts are counted in units so small that fractions of the whole unit are whole: rounding down is exact enough. */
function allocationOf(value: unknown, param: string): AllocationType {
  if (value === 'FRACTIONAL') return 'CUMULATIVE_ROUND_DOWN'
  return oneOf(value, param, ALLOCATION_TYPES)
}
