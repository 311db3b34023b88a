import type { Provider } from '../../lib/contract.ts'
import { count, nano } from '../../lib/money.ts'
import { providerName } from '../../lib/words.ts'
import { Amount } from '../../ui/Amount.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { firstByteWords, healthOf } from './health.ts'

/** One row a provider, in the order in which they are tried. */
export function ProviderTable({
  providers,
  open,
}: {
  providers: readonly Provider[]
  open: (provider: Provider) => void
}) {
  return (
    <Table label="Providers in the order in which they are tried">
      <thead>
        <tr>
          <Th>Name</Th>
          <Th>State</Th>
          <Th wide="very">Protocol</Th>
          <Th wide="very" right>
            Priority
          </Th>
          <Th wide right>
            Tries, 24 h
          </Th>
          <Th wide right>
            Failed
          </Th>
          <Th wide="very" right>
            Taken over
          </Th>
          <Th wide="very" right>
            First byte p50 / p95
          </Th>
          <Th right>Spent, 30 days</Th>
        </tr>
      </thead>
      <tbody>
        {providers.map((provider) => {
          const { tone, text } = healthOf(provider)
          const { day } = provider
          return (
            <Tr key={provider.id} onOpen={() => open(provider)}>
              <Td>
                <button
                  type="button"
                  data-row
                  onClick={() => open(provider)}
                  className="figure-link inline-flex min-h-6 items-center text-left font-medium"
                >
                  {provider.name}
                </button>
                {provider.stand_in && (
                  <span className="block text-xs text-ink-3">only while no other is enabled</span>
                )}
              </Td>
              <Td>
                <Badge tone={tone}>{text}</Badge>
              </Td>
              <Td wide="very" className="text-ink-2">
                {providerName(provider.protocol)}
              </Td>
              <Td wide="very" right className="text-ink-2">
                {provider.priority}
              </Td>
              <Td wide right>
                {count(day.calls)}
              </Td>
              <Td wide right className={day.failures > 0 ? 'text-danger' : 'text-ink-2'}>
                {count(day.failures)}
              </Td>
              <Td wide="very" right className="text-ink-2">
                {count(day.failovers)}
              </Td>
              <Td wide="very" right className="whitespace-nowrap text-ink-2">
                {firstByteWords(provider)}
              </Td>
              <Td right className="font-medium">
                <Amount value={nano(provider.spent_30d)} />
              </Td>
            </Tr>
          )
        })}
      </tbody>
    </Table>
  )
}
