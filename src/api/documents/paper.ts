import { formatQuantity } from '#base/quantity.ts'
import type { Millis } from '#base/time.ts'
import type { ContractView } from '#reports/contracts/detail.ts'
import type { ContractPaper } from './contract.ts'

const STANDS: Readonly<Record<string, string>> = {
  draft: 'Draft: not promised',
  pending: 'Waits for approval: not promised',
  approved: 'Approved, not offered yet',
  offered: 'Offered, not accepted yet',
  accepted: 'Accepted',
  active: 'Active',
  ended: 'Ended',
  declined: 'Declined',
  withdrawn: 'Withdrawn',
}

/** The paper of a grant as it stands: its terms in words, its schedule, and who agreed to it. */
export function paperOf(grant: ContractView, company: string, now: Millis): ContractPaper {
  const amount = (quantity: bigint): string => formatQuantity(grant.asset, quantity)
  let sum = 0n
  return {
    company,
    title: `Compute grant: ${grant.name}`,
    facts: [
      ['To', `${grant.person.name} (${grant.person.email})`],
      ['From', grant.entity_name],
      ['Quantity', amount(grant.quantity)],
      ['Granted on', grant.grant_date],
      ['Stands as', STANDS[grant.status] ?? grant.status],
      [
        'Version',
        `${grant.version}, from template “${grant.template_name}”, version ${grant.template_version}`,
      ],
    ],
    sections: grant.words,
    schedule: {
      head: ['Vests on', 'Quantity', 'In all', 'Expires'],
      rows: grant.tranches.map(({ date, quantity, expires_at: end }) => {
        sum += quantity
        return [date, amount(quantity), amount(sum), end === null ? 'never' : end.slice(0, 10)]
      }),
    },
    signed: signedWords(grant),
    foot: `Compute grant ${grant.id}, version ${grant.version}`,
    at: now,
  }
}

function signedWords(grant: ContractView): readonly string[] | null {
  const last = grant.acceptances.at(-1)
  if (!last) return null
  return [
    `${last.typed_name} agreed to version ${last.version} on ${last.at.slice(0, 10)} at ${last.at.slice(11, 19)} UTC.`,
    `SHA-256 of what was agreed: ${last.content_hash}`,
  ]
}
