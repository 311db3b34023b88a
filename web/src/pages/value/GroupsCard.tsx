import { useSetSearch } from '../../lib/address.ts'
import { isAsset } from '../../lib/base.ts'
import { table } from '../../lib/csv.ts'
import { count, nano } from '../../lib/money.ts'
import { basisOf, GROUPS, valuePath } from '../../lib/value.ts'
import type { GroupBy, Value, ValueGroup } from '../../lib/value.ts'
import { A } from '../../ui/A.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Card } from '../../ui/Card.tsx'
import { Export } from '../../ui/Export.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { assetName, BASIS, BY, keyName, signed } from './words.ts'

/** To whom, or of what, is it owed? A person's row opens their grants, and those their entries. */
export function GroupsCard({ value }: { value: Value }) {
  const setSearch = useSetSearch()
  const { by, basis, groups } = value
  return (
    <Card
      flush
      title="What it is made of"
      note={`At ${BASIS[basis].name.toLowerCase()} price. ${by === 'person' ? 'A name opens the grants, and these their entries.' : ''}`}
      actions={
        <Export
          name={`value-by-${by}`}
          path={valuePath({ basis, by, from: value.from })}
          csv={() => csv(value)}
          json={() => groups}
        />
      }
    >
      <div className="overflow-x-auto px-4 pb-2 whitespace-nowrap sm:px-5">
        <Segmented<GroupBy>
          label="Group by"
          value={by}
          options={GROUPS.map((one) => ({ value: one, text: BY[one] }))}
          onChange={(one) => setSearch({ by: one === 'person' ? undefined : one }, 'replace')}
        />
      </div>
      <div className="max-h-[560px] overflow-y-auto print:max-h-none">
        <Table label={`Value by ${BY[by].toLowerCase()}`}>
          <thead>
            <tr>
              <Th>{BY[by]}</Th>
              <Th right>All that is owed</Th>
              <Th right wide>
                Vested
              </Th>
              <Th right wide="very">
                Not vested
              </Th>
              <Th right wide>
                Expected use
              </Th>
              <Th right wide="very">
                Change
              </Th>
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <GroupRow key={group.key} group={group} value={value} />
            ))}
          </tbody>
        </Table>
      </div>
    </Card>
  )
}

function GroupRow({ group, value: { by, basis } }: { group: ValueGroup; value: Value }) {
  const own = basisOf(group, basis)
  const { opening, closing } = group.change.cap
  const change = nano(closing) - nano(opening)
  const name = keyName(by, group.key, group.name)
  const [missing] = own.missing
  return (
    <Tr>
      <Td>
        {by === 'person' ? (
          <A
            href={`/people/${group.key}/worth`}
            data-row
            className="figure-link -my-1 inline-flex min-h-6 items-center py-1 font-medium"
          >
            {name}
          </A>
        ) : (
          <span className="font-medium">{name}</span>
        )}
        <span className="block text-xs text-ink-3">
          {by !== 'person' && `${count(group.people)} ${group.people === 1 ? 'person' : 'people'}, `}
          {count(group.grants)} {group.grants === 1 ? 'grant' : 'grants'}
          {missing &&
            `, without ${isAsset(missing.asset) ? assetName(missing.asset).toLowerCase() : ''}: no price`}
        </span>
      </Td>
      <Td right>
        <Amount value={nano(own.cap.total)} />
      </Td>
      <Td right wide>
        <Amount value={nano(own.cap.vested)} />
      </Td>
      <Td right wide="very">
        <Amount value={nano(own.cap.unvested)} />
      </Td>
      <Td right wide>
        <Amount value={nano(own.expected.total)} />
      </Td>
      <Td right wide="very" className="text-ink-2">
        {change === 0n ? '–' : signed(change)}
      </Td>
    </Tr>
  )
}

const csv = ({ groups, by }: Value): string =>
  table([
    [by, 'basis', 'cap_nano', 'vested_nano', 'unvested_nano', 'bid_nano', 'ask_nano', 'expected_nano'],
    ...groups.flatMap((group) =>
      group.bases.map((one) => [
        group.name,
        one.basis,
        one.cap.total,
        one.cap.vested,
        one.cap.unvested,
        one.bid,
        one.ask,
        one.expected.total,
      ]),
    ),
  ])
