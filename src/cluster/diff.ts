import { canonicalJson } from '#base/json.ts'
import type { Account, Allowance, Change, Limits, Member } from './port.ts'

/** An object of the scheduler's limits, by kind and name, as it is kept and compared. */
export type Item =
  | { readonly kind: 'allowance'; readonly name: string; readonly body: Allowance }
  | { readonly kind: 'account'; readonly name: string; readonly body: Account }
  | { readonly kind: 'member'; readonly name: string; readonly body: Member }

export const memberName = ({ login, account }: Pick<Member, 'login' | 'account'>): string =>
  `${login} in ${account}`

/** In the order in which they can be made: what is named by others first, and what gives way before what preempts it. */
export const itemsOf = ({ allowances, accounts, members }: Limits): readonly Item[] => [
  ...allowances
    .toSorted((a, b) => a.preempts.length - b.preempts.length || (a.name < b.name ? -1 : 1))
    .map((body) => ({ kind: 'allowance', name: body.name, body }) as const),
  ...accounts.map((body) => ({ kind: 'account', name: body.name, body }) as const),
  ...members.map((body) => ({ kind: 'member', name: memberName(body), body }) as const),
]

export const keyOf = ({ kind, name }: { readonly kind: string; readonly name: string }): string =>
  `${kind} ${name}`

/** Both sides as one text, so that they are compared as they are kept. */
export const bodyText = (body: Item['body']): string =>
  canonicalJson(
    JSON.parse(
      JSON.stringify(body, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    ),
  )

export type Difference = {
  readonly item: Item | null
  readonly found: Item | null
  /** Null: it is not ours to change. */
  readonly change: Change | null
}

/**
 * What has to be written so that the scheduler has what it should have. What is too much of ours is taken away; memberships of our people
 * in accounts that are not ours are told and left alone.
 */
export function differences(wanted: Limits, found: Limits, root: string): readonly Difference[] {
  const have = new Map(itemsOf(found).map((item) => [keyOf(item), item]))
  const want = itemsOf(wanted)
  const names = new Set(want.map(keyOf))
  const ours = new Set(
    [...wanted.accounts, ...found.accounts.filter(({ parent }) => parent === root)].map(({ name }) => name),
  )
  const puts = want.flatMap((item): Difference[] => {
    const there = have.get(keyOf(item)) ?? null
    if (there && bodyText(there.body) === bodyText(item.body)) return []
    return [{ item, found: there, change: putOf(item) }]
  })
  const drops = [...have.values()].flatMap((there): Difference[] => {
    if (names.has(keyOf(there))) return []
    switch (there.kind) {
      case 'member':
        return [
          {
            item: null,
            found: there,
            change: ours.has(there.body.account)
              ? { kind: 'drop_member', login: there.body.login, account: there.body.account }
              : null,
          },
        ]
      case 'allowance':
        return [{ item: null, found: there, change: { kind: 'drop_allowance', name: there.name } }]
      case 'account':
        // An account is never taken away, because the accounting speaks of it for ever; it is closed.
        return there.body.open
          ? [
              {
                item: null,
                found: there,
                change: { kind: 'put_account', account: { ...there.body, open: false } },
              },
            ]
          : []
    }
  })
  // Memberships go before the allowances that they name; whatever closes goes first of all.
  return [
    ...puts.filter(isClosing),
    ...drops.filter(({ found }) => found?.kind === 'member'),
    ...puts.filter((one) => !isClosing(one)),
    ...drops.filter(({ found }) => found?.kind !== 'member'),
  ]
}

const isClosing = ({ item, found }: Difference): boolean =>
  item?.kind === 'account' && !item.body.open && found !== null

function putOf(item: Item): Change {
  switch (item.kind) {
    case 'account':
      return { kind: 'put_account', account: item.body }
    case 'allowance':
      return { kind: 'put_allowance', allowance: item.body }
    case 'member':
      return { kind: 'put_member', member: item.body }
  }
}
