import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'

import { nano, tokensShort, usd } from '../../lib/money.ts'
import { rightsQuery } from '../../lib/value-ahead.ts'
import type { Rights } from '../../lib/value-ahead.ts'
import type { Value } from '../../lib/value.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Card } from '../../ui/Card.tsx'
import { TextField } from '../../ui/Field.tsx'
import { Failure, Skeleton } from '../../ui/States.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { acceleratorOf } from './words.ts'

const FIELDS = [
  { name: 'hours', label: 'Hours', usual: '10,000', least: 1, most: 1e9 },
  { name: 'years', label: 'In years', usual: '1', least: 0.1, most: 10 },
  { name: 'strike', label: 'Agreed, × today’s price', usual: '1', least: 0.1, most: 10 },
  { name: 'volatility', label: 'Moves in a year', usual: '0.6', least: 0, most: 3 },
] as const
type Name = (typeof FIELDS)[number]['name']
type Typed = Readonly<Record<Name, string>>

const plain = (text: string): string => text.replaceAll(/[,\s]/g, '')
const wrongIn = (text: string, { least, most }: (typeof FIELDS)[number]): string | null =>
  /^\d{1,10}(\.\d{1,9})?$/.test(plain(text)) && Number(plain(text)) >= least && Number(plain(text)) <= most
    ? null
    : `Give a number from ${least} to ${most.toLocaleString('en-US')}.`

/** What are rights around hours worth: a cap, a floor, a swap? Nothing typed here is kept. */
export function RightsCard({ value }: { value: Value }) {
  const [typed, setTyped] = useState<Typed>({ hours: '10,000', years: '1', strike: '1', volatility: '0.6' })
  const fits = FIELDS.every((field) => wrongIn(typed[field.name], field) === null)
  const numbers = {
    hours: plain(typed.hours),
    years: plain(typed.years),
    strike: plain(typed.strike),
    volatility: plain(typed.volatility),
  }
  const text = useDeferredValue(fits ? JSON.stringify(numbers) : null)
  return (
    <Card
      title="What rights around hours are worth"
      note="What a promise on the price of hours would cost today. Nothing that you type is kept."
    >
      <div className="grid grid-cols-2 gap-4 lg:grid-cols-4 print:hidden">
        {FIELDS.map((field) => (
          <TextField
            key={field.name}
            label={field.label}
            value={typed[field.name]}
            onChange={(changed) => setTyped({ ...typed, [field.name]: changed })}
            wrong={wrongIn(typed[field.name], field)}
          />
        ))}
      </div>
      {text !== null && <Answer value={value} numbers={JSON.parse(text) as Typed} />}
    </Card>
  )
}

function Answer({ value, numbers }: { value: Value; numbers: Typed }) {
  const query = useQuery(rightsQuery({ accelerator: acceleratorOf(value), basis: value.basis, ...numbers }))
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />
  if (query.data === undefined)
    return (
      <div className="mt-5">
        <Skeleton height={320} label="Loading the rights" />
      </div>
    )
  return <Told found={query.data} />
}

const percentWords = (share: number): string => `${(share * 100).toFixed(1)} %`

function Told({ found }: { found: Rights }) {
  const { interruptions, lock_up: lock, tokens, numbers } = found
  return (
    <div className="mt-5 flex flex-col gap-4" aria-live="polite">
      <div className="-mx-4 sm:-mx-5">
        <Table label="Rights">
          <thead>
            <tr>
              <Th>Right</Th>
              <Th right wide>
                An hour
              </Th>
              <Th right>All hours</Th>
            </tr>
          </thead>
          <tbody>
            {found.rights.map((one) => (
              <Tr key={one.id}>
                <Td>
                  <span className="font-medium">{one.name}</span>
                  <span className="block text-xs text-pretty text-ink-2">{one.says}</span>
                  <span className="block text-xs text-ink-3">{one.method}</span>
                </Td>
                <Td right wide className="align-top">
                  {usd(nano(one.an_hour))}
                </Td>
                <Td right className="align-top">
                  {usd(nano(one.total))}
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      </div>
      <ul className="grid gap-x-8 gap-y-1 text-sm text-pretty text-ink-2 sm:grid-cols-2">
        <li>
          The agreed price is {usd(nano(found.strike))} for an hour of {found.accelerator}.
        </li>
        <li>
          Where hours may be sold on after a year, waiting takes {percentWords(lock.finnerty.share)}{' '}
          (Finnerty) to {percentWords(lock.chaffe.share)} (Chaffe) of them.
        </li>
        {interruptions.meantime !== null && (
          <li>
            A machine runs {Math.round(interruptions.meantime).toLocaleString('en-US')} hours between
            interruptions: {percentWords(interruptions.efficiency)} of the time of a job becomes work.
          </li>
        )}
        <li>
          The token budget buys {tokensShort(Number(tokens.bought))} tokens, {tokens.more.toFixed(2)} times
          those at today’s price. Of a year’s, {usd(nano(tokens.used))} is expected to be used.
        </li>
      </ul>
      <details className="text-sm">
        <summary className="cursor-pointer py-1 font-medium">Everything that is assumed</summary>
        <ul className="mt-1 grid gap-x-8 gap-y-1 text-xs text-pretty text-ink-2 sm:grid-cols-2">
          {numbers.map(({ name, value, says }) => (
            <li key={name}>
              <span className="num font-medium text-ink">{value.replace('-', '−')}</span> {says}
            </li>
          ))}
        </ul>
      </details>
      <p className="text-xs text-pretty text-ink-3">
        <Badge tone="warn">calibration weak</Badge> {found.reasons.join('; ')}.
      </p>
    </div>
  )
}
