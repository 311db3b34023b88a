import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'

import { dayOf, denominationOf, isAsset, parseQuantity, quantityName } from '../../lib/base.ts'
import type { Contract } from '../../lib/grants.ts'
import { grantLifePath } from '../../lib/life.ts'
import type { Amended, ClawedBack, Fired, Planned, Repriced } from '../../lib/life.ts'
import { amountShort, amountSigned, count, nano, sum } from '../../lib/money.ts'
import { templatesQuery } from '../../lib/templates.ts'
import { dateWords } from '../../lib/time.ts'
import { useNow } from '../../lib/viewer.tsx'
import { CheckField, SelectField, TextField } from '../../ui/Field.tsx'
import { QuantityField } from '../../ui/QuantityField.tsx'
import { ChangeForm } from './ChangeDialog.tsx'
import { Overlaid } from './Overlaid.tsx'
import { eventsIn, isDay } from './words.ts'

type Props = { readonly grant: Contract; readonly close: () => void }

const plannedWords = (planned: readonly Planned[], grant: Contract): string => {
  const [first, last] = [planned[0], planned.at(-1)]
  if (!first || !last) return 'Nothing is left to vest.'
  const total = amountShort(sum(planned.map(({ quantity }) => nano(quantity))), grant.asset)
  const parts = planned.length === 1 ? 'one tranche' : `${count(planned.length)} tranches`
  return `${total} is then left to vest, in ${parts} from ${dateWords(first.date)} to ${dateWords(last.date)}.`
}

/** Another quantity, other terms, or both, from a day on. */
export function AmendForm({ grant, close }: Props) {
  const today = dayOf(useNow()())
  const [from, setFrom] = useState(today)
  const [text, setText] = useState('')
  const [template, setTemplate] = useState('')
  const [reason, setReason] = useState('')
  const denomination = denominationOf(grant.asset)
  const templates = (useQuery(templatesQuery).data?.templates ?? []).filter(
    (one) => one.denomination === grant.denomination,
  )
  const quantity = text.trim() === '' ? undefined : parseQuantity(denomination, text.trim())
  const complete =
    isDay(from) && reason.trim() !== '' && quantity !== null && (quantity !== undefined || template !== '')
  return (
    <ChangeForm<Amended>
      path={grantLifePath(grant.id, 'amend')}
      ask={
        complete
          ? {
              from,
              reason: reason.trim(),
              ...(quantity !== undefined && { quantity: String(quantity) }),
              ...(template !== '' && { template_id: template }),
            }
          : null
      }
      fields={
        <>
          <TextField label="From (UTC)" param="from" type="date" value={from} onChange={setFrom} />
          <QuantityField
            label={`Quantity of the whole grant, now ${amountShort(nano(grant.quantity), grant.asset)}`}
            param="quantity"
            hint="As before when empty. What has vested stays vested."
            denomination={denomination}
            asset={grant.asset}
            value={text}
            onChange={setText}
          />
          <SelectField
            label="Terms"
            param="template_id"
            value={template}
            options={[
              { value: '', text: 'As before' },
              ...templates.map(({ id, name, version }) => ({
                value: id,
                text: `${name}, version ${version}`,
              })),
            ]}
            onChange={setTemplate}
          />
          <TextField label="Reason" param="reason" maxLength={500} value={reason} onChange={setReason} />
        </>
      }
      show={({ change, installments, quantity_before: before }) => (
        <>
          <p className="text-base text-pretty">
            {nano(change) === 0n
              ? `The quantity stays ${amountShort(nano(before), grant.asset)}.`
              : `${amountSigned(nano(change), grant.asset)}: ${amountShort(nano(before), grant.asset)} becomes ${amountShort(nano(before) + nano(change), grant.asset)}.`}{' '}
            {plannedWords(installments, grant)}
          </p>
          <Overlaid grant={grant} from={from} installments={installments} today={today} />
        </>
      )}
      confirm="Make the new version"
      close={close}
    />
  )
}

/** Something that the grant waits for has happened. */
export function EventForm({ grant, close }: Props) {
  const today = dayOf(useNow()())
  const [event, setEvent] = useState('')
  const [on, setOn] = useState(today)
  const list = useId()
  const known = eventsIn(grant.terms)
  return (
    <ChangeForm<Fired>
      path={grantLifePath(grant.id, 'events')}
      ask={event.trim() !== '' && isDay(on) ? { event: event.trim(), on } : null}
      fields={
        <>
          <TextField
            label="Event"
            param="event"
            hint={
              known.length > 0 ? `The terms wait for: ${known.join(', ')}.` : 'The terms wait for no event.'
            }
            list={list}
            value={event}
            onChange={setEvent}
          />
          <datalist id={list}>
            {known.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <TextField label="Happened on (UTC)" param="on" type="date" value={on} onChange={setOn} />
        </>
      }
      show={({ installments }) => (
        <>
          <p className="text-base text-pretty">
            An event happens once: it cannot be taken back. {plannedWords(installments, grant)}
          </p>
          <Overlaid grant={grant} from={on} installments={installments} today={today} />
        </>
      )}
      confirm="It has happened"
      close={close}
    />
  )
}

/** Taken back for cause: what is left, never more. */
export function ClawbackForm({ grant, close }: Props) {
  const [reason, setReason] = useState('')
  const [unvested, setUnvested] = useState(true)
  const [text, setText] = useState('')
  const denomination = denominationOf(grant.asset)
  const most = text.trim() === '' ? undefined : parseQuantity(denomination, text.trim())
  const told = (amount: string): string => amountShort(nano(amount), grant.asset)
  return (
    <ChangeForm<ClawedBack>
      path={grantLifePath(grant.id, 'clawback')}
      ask={
        reason.trim() !== '' && most !== null
          ? { reason: reason.trim(), unvested, ...(most !== undefined && { most: String(most) }) }
          : null
      }
      fields={
        <>
          <TextField
            label="Cause"
            param="reason"
            hint="Kept with every entry."
            maxLength={500}
            value={reason}
            onChange={setReason}
          />
          <CheckField
            label="What has not vested, too: the grant ends"
            checked={unvested}
            onChange={setUnvested}
          />
          <QuantityField
            label="At most, of what has vested"
            param="most"
            hint="Everything that is left when empty; the latest tranches first."
            denomination={denomination}
            asset={grant.asset}
            value={text}
            onChange={setText}
          />
        </>
      }
      show={(seen) => (
        <>
          <p className="text-base text-pretty">
            {told(String(nano(seen.vested) + nano(seen.unvested)))} is taken back: {told(seen.vested)} of what
            has vested and {told(seen.unvested)} of what has not.
          </p>
          <ul className="flex list-disc flex-col gap-1 pl-5 text-ink-2">
            {seen.exchanged.map(({ asset, quantity }) => (
              <li key={asset}>
                Of what was exchanged, {amountShort(nano(quantity), asset)} is taken in {quantityName(asset)}.
              </li>
            ))}
            <li>
              {told(seen.spent)} is spent and {told(seen.held)} is in calls that run: told, not taken.
            </li>
            {nano(seen.missing) > 0n && (
              <li>Of what you ask for, {told(seen.missing)} is no longer there.</li>
            )}
          </ul>
        </>
      )}
      worth={(seen) =>
        nano(seen.vested) + nano(seen.unvested) > 0n ||
        seen.exchanged.some(({ quantity }) => nano(quantity) > 0n)
      }
      confirm="Take it back"
      grave
      close={close}
    />
  )
}

/** What has not vested keeps its worth when the contract's index has fallen. */
export function RepriceForm({ grant, close }: Props) {
  const today = dayOf(useNow()())
  return (
    <ChangeForm<Repriced>
      path={grantLifePath(grant.id, 'reprice')}
      ask={{}}
      fields={
        <p className="text-sm text-pretty text-ink-2">
          Perq looks every ten minutes and does this by itself. Here you see what it would do now, and why.
        </p>
      }
      show={(seen) =>
        seen.grows ? (
          <>
            <p className="text-base text-pretty">
              One {isAsset(seen.index) ? quantityName(seen.index, true) : seen.index} cost {seen.before.rate}{' '}
              dollars on {dateWords(seen.before.on)} and {seen.now.rate} on {dateWords(seen.now.on)}.{' '}
              {amountShort(nano(seen.unvested), grant.asset)} that has not vested grows by{' '}
              {amountShort(nano(seen.added), grant.asset)}
              {seen.capped ? ', which is as far as the contract goes' : ''}.
            </p>
            <Overlaid grant={grant} from={today} installments={seen.installments} today={today} />
          </>
        ) : (
          <p className="text-base text-pretty">Nothing grows: {seen.why}.</p>
        )
      }
      worth={({ grows }) => grows}
      confirm="Re-price now"
      close={close}
    />
  )
}
