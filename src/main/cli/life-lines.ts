import { isAsset } from '#base/asset.ts'
import { formatQuantity } from '#base/quantity.ts'
import type { DateText } from '#base/time.ts'
import type { previewView } from '#commands/life/views.ts'
import { table } from './output.ts'

/** A preview of leaving for people: what moves, why, and what stays usable until when. */
export function leaveLines(view: ReturnType<typeof previewView>): readonly string[] {
  const { person, on, last_day: lastDay, reason, keys, access_until: until } = view
  return [
    `${person.name} <${person.email}> leaves on ${on} (${reason}); the last day that counts is ${lastDay}`,
    ...view.grants.flatMap((grant) => [
      '',
      `${grant.name} (${grant.grant_id}), by ${grant.rule_source === 'contract' ? 'its contract' : 'the defaults'}`,
      ...table(
        grant.entries
          .filter(({ target }) => target !== 'carried')
          .map(({ kind, amount, why, when }) => [
            `  ${kind}`,
            amountOf(grant.asset, amount),
            when === 'by_then' ? `${why} (by then)` : why,
          ]),
      ),
      ...grant.usable.map(
        ({ quantity, purposes, until: last }) =>
          `  stays: ${amountOf(grant.asset, quantity)} ${purposes === null ? '' : `for ${purposes.join(', ')} `}until ${last ?? 'it is used'}`,
      ),
      ...(grant.held > 0n ? [`  in running calls: ${amountOf(grant.asset, grant.held)}`] : []),
    ]),
    '',
    `keys that end: ${keys.length === 0 ? 'none' : keys.map(({ name, prefix }) => `${name} (${prefix}…)`).join(', ')}`,
    until === null ? 'no sign-in from that day on' : `may sign in before ${until}`,
    `hash ${view.hash}`,
  ]
}

export const amountLines = (
  rows: readonly { readonly date: DateText; readonly quantity: bigint }[],
): readonly string[] => table(rows.map(({ date, quantity }) => [`  ${date}`, String(quantity)]))

const amountOf = (asset: string, amount: bigint): string =>
  isAsset(asset) ? formatQuantity(asset, amount, 'exact') : String(amount)
