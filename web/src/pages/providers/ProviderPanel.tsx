import { useMutation } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'

import { write } from '../../lib/api.ts'
import type { Provider, ProviderTest } from '../../lib/contract.ts'
import { count, nano } from '../../lib/money.ts'
import { providerPath } from '../../lib/queries.ts'
import { providerName } from '../../lib/words.ts'
import { Amount } from '../../ui/Amount.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Time } from '../../ui/Time.tsx'
import { healthOf, milliseconds } from './health.ts'
import { ProviderForm } from './ProviderForm.tsx'

type Props = {
  readonly provider: Provider | undefined
  readonly may: boolean
  readonly onChanged: () => void
  readonly onClose: () => void
}

/** How one provider stands, whether it answers now, and what can be changed about it. */
export const ProviderPanel = ({ provider, may, onChanged, onClose }: Props) => (
  <Dialog
    open={provider !== undefined}
    onClose={onClose}
    shape="side"
    title={provider?.name ?? ''}
    description={provider ? `${providerName(provider.protocol)} protocol at ${provider.base_url}` : undefined}
  >
    {provider && <Body key={provider.id} provider={provider} may={may} onChanged={onChanged} />}
  </Dialog>
)

function Body({ provider, may, onChanged }: { provider: Provider; may: boolean; onChanged: () => void }) {
  const [editing, setEditing] = useState(false)
  const path = providerPath(provider.id)
  const test = useMutation({ mutationFn: () => write<ProviderTest>('POST', `${path}/test`) })
  const turn = useMutation({
    mutationFn: () => write<Provider>('PATCH', path, { enabled: !provider.enabled }),
    onSuccess: onChanged,
  })
  const { tone, text } = healthOf(provider)
  const error = turn.error ?? test.error
  return (
    <div className="flex flex-col gap-5 text-sm">
      <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-2">
        <Fact name="State">
          <Badge tone={tone}>{text}</Badge>
          {provider.cooling_until && (
            <>
              {' '}
              until <Time at={provider.cooling_until} />
            </>
          )}
        </Fact>
        <Fact name="Key">{provider.has_key ? 'set, sealed, never shown' : 'none'}</Fact>
        <Fact name="Models">{provider.models ? provider.models.join(', ') : 'every model'}</Fact>
        <Fact name="Priority">
          {provider.priority} (the lowest goes first)
          {provider.stand_in ? '; takes calls only while no other is enabled' : ''}
        </Fact>
        <Fact name="Spent, 30 days">
          <Amount value={nano(provider.spent_30d)} look="exact" />
        </Fact>
        {provider.last_error && (
          <Fact name="Last error">
            <span className="break-words text-danger">
              {provider.last_error.status ?? 'no answer'}: {provider.last_error.message}
            </span>
            <span className="block text-ink-3">
              <Time at={provider.last_error.at} />
            </span>
          </Fact>
        )}
      </dl>
      <table className="w-full border-collapse">
        <caption className="pb-2 text-left font-semibold">What it did</caption>
        <thead>
          <tr className="text-xs text-ink-3">
            <th scope="col" className="sr-only">
              Figure
            </th>
            <th scope="col" className="border-b border-line py-1.5 text-right font-medium">
              1 h
            </th>
            <th scope="col" className="border-b border-line py-1.5 text-right font-medium">
              24 h
            </th>
          </tr>
        </thead>
        <tbody>
          <Row name="Tries" hour={count(provider.hour.calls)} day={count(provider.day.calls)} />
          <Row name="Failed" hour={count(provider.hour.failures)} day={count(provider.day.failures)} />
          <Row
            name="Taken over by another"
            hour={count(provider.hour.failovers)}
            day={count(provider.day.failovers)}
          />
          <Row
            name="First byte, half of them within"
            hour={milliseconds(provider.hour.first_byte_p50_ms)}
            day={milliseconds(provider.day.first_byte_p50_ms)}
          />
          <Row
            name="First byte, 95% within"
            hour={milliseconds(provider.hour.first_byte_p95_ms)}
            day={milliseconds(provider.day.first_byte_p95_ms)}
          />
        </tbody>
      </table>
      {may && (
        <div className="flex flex-wrap gap-2">
          <Button disabled={test.isPending} onClick={() => test.mutate()}>
            {test.isPending ? 'Asking…' : 'Test now'}
          </Button>
          <Button onClick={() => setEditing(true)}>Change</Button>
          <Button
            look={provider.enabled ? 'danger' : 'plain'}
            disabled={turn.isPending}
            onClick={() => turn.mutate()}
          >
            {provider.enabled ? 'Switch off' : 'Switch on'}
          </Button>
        </div>
      )}
      <div aria-live="polite">
        {test.data && (
          <p className={test.data.ok ? 'text-available' : 'text-danger'}>
            {test.data.ok
              ? `It answered in ${milliseconds(test.data.latency_ms)}.`
              : `It did not answer well: ${test.data.error ?? `status ${test.data.status}`}.`}
          </p>
        )}
        {error && <p className="text-danger">{error.message}</p>}
      </div>
      <ProviderForm
        open={editing}
        provider={provider}
        onClose={() => setEditing(false)}
        onDone={() => {
          setEditing(false)
          onChanged()
        }}
      />
    </div>
  )
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt className="text-ink-3">{name}</dt>
    <dd className="min-w-0 break-words">{children}</dd>
  </>
)

const Row = ({ name, hour, day }: { name: string; hour: string; day: string }) => (
  <tr>
    <th scope="row" className="border-b border-line py-1.5 text-left font-normal text-ink-2">
      {name}
    </th>
    <td className="num border-b border-line py-1.5 text-right">{hour}</td>
    <td className="num border-b border-line py-1.5 text-right">{day}</td>
  </tr>
)
