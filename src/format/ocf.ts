import { Fault } from '#base/fault.ts'
import { importVestingTermsFile, isVestingTermsFile } from '#vesting/ocf/terms.ts'
import { readBundle, type Bundle, type Read } from './bundle.ts'
import { FORMAT } from './documents.ts'
import type { Counts } from './pieces.ts'
import { refusedAt } from './problem.ts'

/**
 * A document or bundle, or a file of vesting terms of the Open Cap Format 1.2: each becomes a template that counts
 * `counts`, whose fixed quantities are in those units.
 */
export function readFile(value: unknown, { counts }: { readonly counts: Counts }): Read<Bundle> {
  if (!isVestingTermsFile(value)) return readBundle(value)
  try {
    const documents = importVestingTermsFile(value).map(({ name, allocation, conditions }) => ({
      format: FORMAT,
      type: 'template',
      name,
      terms: { counts, vesting: { graph: conditions }, allocation },
    }))
    return readBundle({ format: FORMAT, type: 'bundle', documents })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { kind: 'problems', problems: [refusedAt('', error)] }
  }
}
