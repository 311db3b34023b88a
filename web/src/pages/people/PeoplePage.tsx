import { useQuery } from '@tanstack/react-query'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { useDeferredValue } from 'react'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import type { Person } from '../../lib/contract.ts'
import { curlOf } from '../../lib/links.ts'
import { count, nano, sum, usd } from '../../lib/money.ts'
import { peopleQuery } from '../../lib/queries.ts'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { Button } from '../../ui/Button.tsx'
import { PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/States.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { isAmount, nextSort, readSort, sorted, writeSort } from './sorting.ts'
import type { Column, Sort } from './sorting.ts'

/** Who has what? For the people team, finance and administrators. */
export function PeoplePage() {
  useTitle('People')
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const q = search.q ?? ''
  const query = useQuery({ ...peopleQuery(useDeferredValue(q)), placeholderData: (previous) => previous })
  return (
    <>
      <PageHead
        title="People"
        question="Who has what, and who uses it?"
        actions={
          <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, '/api/v1/people')} />
        }
      />
      <div className="mt-5 flex flex-col gap-4">
        <input
          type="search"
          data-filter
          aria-label="Search people"
          placeholder="Search by name or email"
          className="field h-9 w-full sm:max-w-sm print:hidden"
          value={q}
          onChange={(event) => setSearch({ q: event.target.value || undefined }, 'replace')}
        />
        <section aria-label="Directory" className="card">
          <Ask query={query} height={560} label="people">
            {({ people, complete }) =>
              people.length > 0 ? (
                <Directory people={people} complete={complete} />
              ) : (
                <Empty
                  title={q ? `Nobody is called “${q}”` : 'No people yet'}
                  action={
                    q ? (
                      <Button onClick={() => setSearch({ q: undefined })}>Clear the search</Button>
                    ) : (
                      <Copy look="primary" label="Copy the command that hires the first" text={ADD} />
                    )
                  }
                >
                  {q
                    ? 'Names and email addresses were searched.'
                    : 'People are hired with the command line or through the API; each gets a wallet, and the people team grants compute into it.'}
                </Empty>
              )
            }
          </Ask>
        </section>
      </div>
    </>
  )
}

const ADD = './perq person add ada@example.com --name "Ada Example"'

function Directory({ people, complete }: { people: readonly Person[]; complete: boolean }) {
  const { search } = useAddress()
  const sort = readSort(search.sort)
  const total = (column: 'granted' | 'available' | 'spent_30d'): string =>
    usd(sum(people.map((person) => nano(person[column]))))
  return (
    <>
      <div className="px-4 pt-4 pb-3 sm:px-5">
        <p className="num text-3xl font-semibold tracking-[-0.02em]">{total('available')}</p>
        <p className="text-sm text-pretty text-ink-2">
          available to {complete ? '' : 'the first '}
          {count(people.length)} {people.length === 1 ? 'person' : 'people'}, of {total('granted')} granted;{' '}
          {total('spent_30d')} was spent in 30 days.
        </p>
      </div>
      <Table label="People">
        <thead>
          <tr>
            <SortTh column="name" text="Name" sort={sort} />
            <SortTh column="title" text="Title" sort={sort} wide="very" />
            <SortTh column="level" text="Level" sort={sort} wide="very" />
            <SortTh column="entity_name" text="Entity" sort={sort} wide="very" />
            <SortTh column="granted" text="Granted" sort={sort} wide />
            <SortTh column="available" text="Available" sort={sort} />
            <SortTh column="spent" text="Spent" sort={sort} wide="very" />
            <SortTh column="spent_30d" text="30 days" sort={sort} wide />
          </tr>
        </thead>
        <tbody>
          {sorted(people, sort).map((person) => (
            <Tr key={person.id}>
              <Td className="whitespace-nowrap">
                <A
                  data-row
                  href={`/people/${person.id}`}
                  className="figure-link inline-flex min-h-6 items-center font-medium"
                >
                  {person.name}
                </A>
                <span className="block text-xs text-ink-3">{person.email}</span>
              </Td>
              <Td wide="very" className="whitespace-nowrap text-ink-2">
                {person.title}
              </Td>
              <Td wide="very" className="text-ink-2">
                {person.level}
              </Td>
              <Td wide="very" className="whitespace-nowrap text-ink-2">
                {person.entity_name}
              </Td>
              <Td wide right>
                <A href={`/people/${person.id}/entries?kind=granted`} className="figure-link">
                  <Amount value={nano(person.granted)} />
                </A>
              </Td>
              <Td right className="font-medium">
                <A href={`/people/${person.id}/entries?account=available`} className="figure-link">
                  <Amount value={nano(person.available)} />
                </A>
              </Td>
              <Td wide="very" right className="text-ink-2">
                <A href={`/people/${person.id}/entries?account=spent`} className="figure-link">
                  <Amount value={nano(person.spent)} />
                </A>
              </Td>
              <Td wide right className="text-ink-2">
                <Amount value={nano(person.spent_30d)} />
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </>
  )
}

function SortTh({
  column,
  text,
  sort,
  wide = false,
}: {
  column: Column
  text: string
  sort: Sort
  wide?: boolean | 'very'
}) {
  const setSearch = useSetSearch()
  const active = sort.column === column
  return (
    <Th
      right={isAmount(column)}
      wide={wide}
      sort={active ? (sort.down ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        onClick={() => setSearch({ sort: writeSort(nextSort(sort, column)) }, 'replace')}
        className="inline-flex min-h-6 items-center gap-1 hover:text-ink"
      >
        {text}
        {active && (sort.down ? <ArrowDown size={12} aria-hidden /> : <ArrowUp size={12} aria-hidden />)}
      </button>
    </Th>
  )
}
