import type { Key } from '../../lib/contract.ts'
import { agoWords } from '../../lib/time.ts'
import { useNow } from '../../lib/viewer.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { isLive } from './limit.ts'
import { LimitMeter } from './LimitMeter.tsx'

/** Keys that work first, the newest on top. */
export function keyOrder(keys: readonly Key[]): Key[] {
  return keys.toSorted(
    (a, b) =>
      Number(a.revoked_at !== null) - Number(b.revoked_at !== null) ||
      Date.parse(b.created_at) - Date.parse(a.created_at),
  )
}

export function KeyTable({
  keys,
  edit,
  revoke,
}: {
  keys: readonly Key[]
  edit: (key: Key) => void
  revoke: (key: Key) => void
}) {
  const now = useNow()()
  return (
    <Table label="Keys">
      <thead>
        <tr>
          <Th>Name</Th>
          <Th wide="very">Key</Th>
          <Th wide="very">Purpose</Th>
          <Th wide="very">Models</Th>
          <Th wide>Limit</Th>
          <Th wide="very">Created</Th>
          <Th wide>Last used</Th>
          <Th right>
            <span className="sr-only">Actions</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {keyOrder(keys).map((key) => {
          const ended = !isLive(key, now)
          return (
            <Tr key={key.id} className={ended ? 'text-ink-2' : ''}>
              <Td className="font-medium whitespace-nowrap">
                {key.name}{' '}
                {key.revoked_at ? (
                  <Badge tone="bad">revoked</Badge>
                ) : (
                  ended && <Badge tone="warn">expired</Badge>
                )}
                <span className="block font-mono text-xs font-normal text-ink-2 lg:hidden">
                  {key.prefix}…
                </span>
                {key.limit && !ended && (
                  <div className="mt-1 text-xs font-normal sm:hidden">
                    <LimitMeter limit={key.limit} />
                  </div>
                )}
              </Td>
              <Td wide="very" className="font-mono text-xs whitespace-nowrap text-ink-2">
                {key.prefix}…
              </Td>
              <Td wide="very" className="whitespace-nowrap text-ink-2">
                {key.purpose.replace('_', ' ')}
              </Td>
              <Td wide="very" className="max-w-48 truncate text-ink-2">
                {key.models ? key.models.join(', ') : 'All'}
              </Td>
              <Td wide className="text-ink-2">
                {key.limit && !ended ? <LimitMeter limit={key.limit} /> : 'None'}
              </Td>
              <Td wide="very" className="whitespace-nowrap text-ink-2">
                <Time at={key.created_at} look="day" />
              </Td>
              <Td wide className="whitespace-nowrap text-ink-2">
                {key.last_used_at ? (
                  <time dateTime={key.last_used_at} title={`${key.last_used_at} UTC`}>
                    {agoWords(Math.max(0, now - Date.parse(key.last_used_at)))}
                  </time>
                ) : (
                  'Never'
                )}
              </Td>
              <Td right>
                {!key.revoked_at && (
                  <span className="inline-flex gap-2">
                    <Button data-row onClick={() => edit(key)} aria-label={`Change ${key.name}`}>
                      Change
                    </Button>
                    <Button look="danger" onClick={() => revoke(key)} aria-label={`Revoke ${key.name}`}>
                      Revoke
                    </Button>
                  </span>
                )}
              </Td>
            </Tr>
          )
        })}
      </tbody>
    </Table>
  )
}
