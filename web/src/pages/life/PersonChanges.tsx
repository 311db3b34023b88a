import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { dayOf, parseQuantity } from '../../lib/base.ts'
import type { Grant } from '../../lib/contract.ts'
import {
  entitiesQuery,
  leavePath,
  leavesPath,
  levelPath,
  personFactsQuery,
  personLifeQuery,
  transferPath,
} from '../../lib/life.ts'
import type { Absence, Leave, Levelled, Transferred } from '../../lib/life.ts'
import { amountShort, amountSigned, count, nano } from '../../lib/money.ts'
import { grantsQuery } from '../../lib/queries.ts'
import { dateWords } from '../../lib/time.ts'
import { useNow } from '../../lib/viewer.tsx'
import { titled } from '../../lib/words.ts'
import { CheckField, SelectField, TextField } from '../../ui/Field.tsx'
import { ChangeForm } from './ChangeDialog.tsx'
import { isDay, KINDS_OF_LEAVE, leaveName, policyWords } from './words.ts'

type Props = { readonly person: string; readonly close: () => void }

/** What a leave does to each grant, by the grant's own rule. */
function Effects({ person, seen }: { person: string; seen: Absence }) {
  const grants = useQuery(grantsQuery(person)).data?.grants ?? []
  const assetOf = (id: string): Grant['asset'] => grants.find((grant) => grant.id === id)?.asset ?? 'USD'
  if (seen.effects.length === 0) return <p>No grant vests, so nothing pauses.</p>
  return (
    <ul className="flex flex-col gap-3">
      {seen.effects.map((effect) => {
        const asset = assetOf(effect.grant_id)
        return (
          <li key={effect.grant_id} className="text-pretty">
            <span className="font-medium">{effect.name}</span>{' '}
            <span className="text-ink-2">{policyWords(effect)}</span>
            <span className="block">
              {effect.next_vest
                ? `Next vests on ${dateWords(effect.next_vest)}${effect.last_vest === effect.next_vest || effect.last_vest === null ? '' : `, last on ${dateWords(effect.last_vest)}`}.`
                : 'Nothing has a date.'}
              {nano(effect.waiting) > 0n &&
                ` Waits until the end is known: ${amountShort(nano(effect.waiting), asset)}.`}
              {nano(effect.lost) > 0n && ` ${amountShort(nano(effect.lost), asset)} is lost.`}
            </span>
          </li>
        )
      })}
    </ul>
  )
}

/** A time away from work. */
export function AbsenceForm({ person, close }: Props) {
  const today = dayOf(useNow()())
  const [kind, setKind] = useState<string>('parental')
  const [from, setFrom] = useState(today)
  const [to, setTo] = useState('')
  const [approximate, setApproximate] = useState(false)
  const [note, setNote] = useState('')
  const complete = isDay(from) && (to === '' || isDay(to))
  return (
    <ChangeForm<Absence>
      path={leavesPath(person)}
      ask={
        complete
          ? {
              kind,
              from,
              to: to === '' ? null : to,
              approximate: approximate || to === '',
              ...(note.trim() !== '' && { note: note.trim() }),
            }
          : null
      }
      fields={
        <>
          <SelectField
            label="Kind"
            param="kind"
            value={kind}
            options={KINDS_OF_LEAVE}
            onChange={setKind}
            hint="Each contract says what a leave of this kind does."
          />
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField
              label="First day away (UTC)"
              param="from"
              type="date"
              value={from}
              onChange={setFrom}
            />
            <TextField
              label="First day back (UTC)"
              param="to"
              type="date"
              hint="Empty while nobody knows it."
              value={to}
              onChange={setTo}
            />
          </div>
          <CheckField
            label="The day back is expected, not certain"
            checked={approximate}
            onChange={setApproximate}
          />
          <TextField label="Note" param="note" maxLength={500} value={note} onChange={setNote} />
        </>
      }
      show={(seen) => <Effects person={person} seen={seen} />}
      confirm="Record the leave"
      close={close}
    />
  )
}

/** Another end of a leave, or the real one; or it never was. */
export function AbsenceEndForm({ person, close }: Props) {
  const leaves = useQuery(personLifeQuery(person)).data?.leaves.filter(
    ({ withdrawn, settled }) => !withdrawn && !settled,
  )
  const [chosen, setChosen] = useState<string | null>(null)
  if (!leaves) return <p className="text-sm text-ink-2">Looking…</p>
  const leave = leaves.find(({ id }) => id === chosen) ?? leaves.at(-1)
  if (!leave) return <p className="text-sm text-ink-2">No leave is recorded whose end could change.</p>
  return <EndForm key={leave.id} {...{ leave, leaves, setChosen, person, close }} />
}

function EndForm({
  leave,
  leaves,
  setChosen,
  person,
  close,
}: Props & { leave: Leave; leaves: readonly Leave[]; setChosen: (id: string) => void }) {
  const now = useNow()
  const [to, setTo] = useState(() => leave.to ?? dayOf(now()))
  const [approximate, setApproximate] = useState(false)
  const [withdrawn, setWithdrawn] = useState(false)
  return (
    <ChangeForm<Absence>
      method="PATCH"
      path={leavePath(leave.id)}
      ask={withdrawn ? { withdrawn } : isDay(to) ? { to, approximate } : null}
      fields={
        <>
          <SelectField
            label="Leave"
            value={leave.id}
            options={leaves.map((one) => ({ value: one.id, text: leaveName(one) }))}
            onChange={setChosen}
          />
          {!withdrawn && (
            <>
              <TextField label="First day back (UTC)" param="to" type="date" value={to} onChange={setTo} />
              <CheckField
                label="The day back is expected, not certain"
                checked={approximate}
                onChange={setApproximate}
              />
            </>
          )}
          <CheckField
            label="It was recorded by mistake: it never was"
            checked={withdrawn}
            onChange={setWithdrawn}
          />
        </>
      }
      show={(seen) => <Effects person={person} seen={seen} />}
      confirm={withdrawn ? 'Take the leave back' : 'Change the end'}
      close={close}
    />
  )
}

/** Another level, title or salary: grants by formula follow. */
export function LevelForm({ person, close }: Props) {
  const today = dayOf(useNow()())
  const facts = useQuery(personFactsQuery(person)).data
  const grants = useQuery(grantsQuery(person)).data?.grants ?? []
  const [from, setFrom] = useState(today)
  const [level, setLevel] = useState<string | null>(null)
  const [title, setTitle] = useState<string | null>(null)
  const [salary, setSalary] = useState('')
  const [currency, setCurrency] = useState('USD')
  const amount = salary.trim() === '' ? undefined : parseQuantity('usd', salary.trim())
  const changed = level !== null || title !== null || amount !== undefined
  const assetOf = (id: string): Grant['asset'] => grants.find((grant) => grant.id === id)?.asset ?? 'USD'
  return (
    <ChangeForm<Levelled>
      path={levelPath(person)}
      ask={
        changed && amount !== null && isDay(from)
          ? {
              from,
              ...(level !== null && level.trim() !== '' && { level: level.trim() }),
              ...(title !== null && { title: title.trim() }),
              ...(amount !== undefined && { salary: { amount: String(amount), currency } }),
            }
          : null
      }
      fields={
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField label="Level" param="level" value={level ?? facts?.level ?? ''} onChange={setLevel} />
            <TextField label="Title" param="title" value={title ?? facts?.title ?? ''} onChange={setTitle} />
          </div>
          <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_120px]">
            <TextField
              label="Base salary of a year"
              param="salary"
              type="decimal"
              placeholder="As before"
              wrong={amount === null ? 'Give a number above 0, such as 182,000.' : null}
              value={salary}
              onChange={setSalary}
            />
            <TextField
              label="Currency"
              param="currency"
              maxLength={3}
              value={currency}
              onChange={(value) => setCurrency(value.toUpperCase())}
            />
          </div>
          <TextField
            label="From (UTC)"
            param="from"
            type="date"
            hint="Not after today: a level is what somebody has."
            value={from}
            onChange={setFrom}
          />
        </>
      }
      show={({ amended }) =>
        amended.length === 0 ? (
          <p>No grant changes: none follows a formula of level or salary that now gives something else.</p>
        ) : (
          <ul className="flex flex-col gap-2">
            {amended.map(({ grant_id: id, name, quantity_before: before, change }) => (
              <li key={id}>
                <span className="font-medium">{name}</span>: {amountShort(nano(before), assetOf(id))} becomes{' '}
                {amountShort(nano(before) + nano(change), assetOf(id))} (
                {amountSigned(nano(change), assetOf(id))}
                ), computed anew by its formula.
              </li>
            ))}
          </ul>
        )
      }
      confirm="Change it"
      close={close}
    />
  )
}

/** Another legal entity employs the person and owes their grants. */
export function TransferForm({ person, close }: Props) {
  const today = dayOf(useNow()())
  const facts = useQuery(personFactsQuery(person)).data
  const entities = (useQuery(entitiesQuery).data?.entities ?? []).filter(
    ({ name }) => name !== facts?.entity_name,
  )
  const [entity, setEntity] = useState('')
  const [from, setFrom] = useState(today)
  const chosen = entities.find(({ id }) => id === entity)
  return (
    <ChangeForm<Transferred>
      path={transferPath(person)}
      ask={chosen && isDay(from) ? { entity_id: chosen.id, from, country: chosen.country } : null}
      fields={
        <>
          <SelectField
            label={`Legal entity, now ${facts?.entity_name ?? '…'}`}
            param="entity"
            value={entity}
            options={[
              { value: '', text: 'Choose one' },
              ...entities.map(({ id, name, country }) => ({ value: id, text: `${name}, ${country}` })),
            ]}
            onChange={setEntity}
          />
          <TextField
            label="From (UTC)"
            param="from"
            type="date"
            hint="Not after today."
            value={from}
            onChange={setFrom}
          />
        </>
      }
      show={({ grants }) => (
        <p className="text-pretty">
          {chosen?.name} owes {grants.length === 0 ? 'no grant' : count(grants.length)}
          {grants.length > 0 && (grants.length === 1 ? ' grant' : ' grants')} from {dateWords(from)} on
          {grants.length > 0 && `: ${grants.map(({ name }) => name).join(', ')}`}. No value moves: what has
          vested and what is planned stays as it is.
        </p>
      )}
      confirm={`Move${chosen ? ` to ${titled(chosen.name)}` : ''}`}
      close={close}
    />
  )
}
