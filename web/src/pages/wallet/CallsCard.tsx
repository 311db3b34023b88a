import { useQuery } from '@tanstack/react-query'

import { useSetSearch } from '../../lib/address.ts'
import type { Call } from '../../lib/contract.ts'
import { curlOf } from '../../lib/links.ts'
import { count, nano } from '../../lib/money.ts'
import { callsPath, callsQuery } from '../../lib/queries.ts'
import { useSubject } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { buttonClass } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/States.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'

const SHOWN = 10

export const cachedTokens = (call: Call): number =>
  call.tokens.cache_read +
  call.tokens.audio_cache_read +
  call.tokens.cache_write_5m +
  call.tokens.cache_write_1h

/** The last calls; each row opens why it cost what it cost. */
export function CallsCard() {
  const { id, readOnly } = useSubject()
  const query = useQuery(callsQuery(id, SHOWN))
  return (
    <Card
      title="Last calls"
      note="Open a call to see why it cost what it cost."
      flush
      actions={
        <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, callsPath(id, SHOWN))} />
      }
    >
      <Ask query={query} height={420} label="last calls">
        {({ calls }) =>
          calls.length > 0 ? (
            <CallTable calls={calls} />
          ) : (
            <Empty
              title="No call yet"
              action={
                !readOnly && (
                  <A href="/keys" className={buttonClass('primary')}>
                    Set up a tool
                  </A>
                )
              }
            >
              The first call with one of {readOnly ? 'this person’s' : 'your'} keys appears here within
              seconds.
            </Empty>
          )
        }
      </Ask>
    </Card>
  )
}

export function CallTable({ calls }: { calls: readonly Call[] }) {
  const setSearch = useSetSearch()
  return (
    <Table label="Last calls">
      <thead>
        <tr>
          <Th>Time (UTC)</Th>
          <Th>Model</Th>
          <Th right wide>
            Tokens in
          </Th>
          <Th right wide="very">
            Cache
          </Th>
          <Th right wide>
            Out
          </Th>
          <Th wide="very">Purpose</Th>
          <Th wide="very">Key</Th>
          <Th right>Cost</Th>
        </tr>
      </thead>
      <tbody>
        {calls.map((call) => (
          <Tr key={call.id} onOpen={() => setSearch({ call: call.id })}>
            <Td className="text-ink-2">
              <Time at={call.at} look="row" />
            </Td>
            <Td>
              <button
                type="button"
                data-row
                onClick={() => setSearch({ call: call.id })}
                className="figure-link -my-1 inline-flex min-h-6 items-center gap-2 py-1 font-medium whitespace-nowrap"
              >
                {call.model}
              </button>{' '}
              <CallStatusBadge call={call} />
              {call.variant === 'batch' && <Badge>batch</Badge>}
            </Td>
            <Td wide right className="text-ink-2">
              {count(call.tokens.input + call.tokens.audio_input)}
            </Td>
            <Td wide="very" right className="text-ink-2">
              {count(cachedTokens(call))}
            </Td>
            <Td wide right className="text-ink-2">
              {count(call.tokens.output)}
            </Td>
            <Td wide="very" className="whitespace-nowrap text-ink-2">
              {call.purpose.replace('_', ' ')}
            </Td>
            <Td wide="very" className="max-w-40 truncate text-ink-2">
              {call.key?.name ?? '–'}
            </Td>
            <Td right className="font-medium">
              <Amount value={nano(call.charged)} entries={{ call: call.id }} />
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}

export function CallStatusBadge({ call }: { call: Call }) {
  if (call.status === 'failed') return <Badge tone="bad">failed</Badge>
  if (call.status === 'lapsed') return <Badge tone="warn">lapsed</Badge>
  if (call.status === 'cancelled') return <Badge tone="warn">cancelled</Badge>
  return call.estimated ? <Badge tone="warn">estimated</Badge> : null
}
