import { useQuery } from '@tanstack/react-query'

import { nano, usd } from '../../lib/money.ts'
import { scenariosQuery } from '../../lib/value.ts'
import type { Basis, Scenario } from '../../lib/value.ts'
import { Ask } from '../../ui/Ask.tsx'
import { Card } from '../../ui/Card.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { BASIS, signed } from './words.ts'

/** What could happen to it? No forecasts: each is a set of numbers that can be changed by who asks the API. */
export function ScenariosCard({ of, basis }: { of: string | null; basis: Basis }) {
  const query = useQuery(scenariosQuery(of, { basis }))
  return (
    <Card
      flush
      title="What could happen"
      note={`Not forecasts: what each would do to all that is owed, at ${BASIS[basis].name.toLowerCase()} price, with its numbers in sight.`}
    >
      <Ask query={query} height={360} label="the scenarios">
        {({ scenarios }) => (
          <Table label="Scenarios">
            <thead>
              <tr>
                <Th>Scenario</Th>
                <Th wide>Its numbers, and where they come from</Th>
                <Th right wide="very">
                  Then worth
                </Th>
                <Th right>Change</Th>
              </tr>
            </thead>
            <tbody>
              {scenarios.map((one) => (
                <Row key={one.id} scenario={one} basis={basis} />
              ))}
            </tbody>
          </Table>
        )}
      </Ask>
    </Card>
  )
}

function Row({ scenario, basis }: { scenario: Scenario; basis: Basis }) {
  const own = scenario.bases.find((one) => one.basis === basis)!
  const change = nano(own.change)
  const buys = Number(scenario.dollar_buys)
  return (
    <Tr>
      <Td className="align-top">
        <span className="font-medium">{scenario.name}</span>
        <span className="block text-xs text-pretty text-ink-2">{scenario.says}</span>
        <span className="block text-xs text-ink-3 sm:hidden">
          {scenario.parameters.map(({ name, value }) => `${name} ${value}`).join(', ')}
        </span>
      </Td>
      <Td wide className="max-w-[360px] align-top">
        <ul className="text-xs text-pretty text-ink-2">
          {scenario.parameters.map(({ name, value, says, source }) => (
            <li key={name}>
              <span className="num font-medium text-ink">{numberWords(value)}</span> {says}
              <span className="block text-ink-3">{source}</span>
            </li>
          ))}
        </ul>
      </Td>
      <Td right wide="very" className="align-top">
        {usd(nano(own.after))}
      </Td>
      <Td right className="align-top">
        {change === 0n ? 'none' : signed(change)}
        {buys !== 1 && (
          <span className="block text-xs whitespace-normal text-ink-3">
            a dollar buys {buys < 1 ? `${Math.round(buys * 100)} %` : `${buys.toFixed(1)} times`} of the
            tokens
          </span>
        )}
      </Td>
    </Tr>
  )
}

/** "36/11" is read as a factor, "-0.5" with a real minus. */
const numberWords = (text: string): string => {
  const [n, d] = text.split('/')
  return d ? `× ${(Number(n) / Number(d)).toFixed(2)}` : text.replace('-', '−')
}
