import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Plus, X } from 'lucide-react'
import { useState } from 'react'

import { ApiError, write } from '../../lib/api.ts'
import type { OfferBands } from '../../lib/contract.ts'
import { bandsPath, bandsQuery } from '../../lib/offers.ts'
import { saidAtField } from '../../lib/refusals.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { NotesProvider, Refused, TextField } from '../../ui/Field.tsx'
import type { Note } from '../../ui/Field.tsx'
import { replaced, without } from '../templates/change.ts'
import { BAND, bandsAsk, bandsDraft } from './bands.ts'
import type { BandDraft, BandsDraft, BudgetDraft } from './bands.ts'

/** All bands and the budget at once: what is saved is the next version, and offers that were submitted keep theirs. */
export function BandsForm({ bands, close }: { bands: OfferBands; close: () => void }) {
  const queries = useQueryClient()
  const [draft, setDraft] = useState<BandsDraft>(() => bandsDraft(bands))
  const save = useMutation({
    mutationFn: () => write<OfferBands>('PUT', bandsPath, bandsAsk(draft)),
    onSuccess: async (saved) => {
      if (saved) queries.setQueryData(bandsQuery.queryKey, saved)
      await queries.invalidateQueries({ queryKey: ['offer-bands'] })
      close()
    },
  })
  return (
    <NotesProvider value={notesOf(save.error)}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate()
        }}
      >
        <Card title="By level and family" note="An empty range is no range. An empty family is any.">
          <Bands list={draft.bands} set={(list) => setDraft({ ...draft, bands: list })} />
        </Card>
        <Card title="Budget of compute" note="In dollars, at its cap, for the offers that start in a year.">
          <Budget list={draft.budget} set={(list) => setDraft({ ...draft, budget: list })} />
        </Card>
        {save.error && <Refused>{saidAtField(save.error.message)}</Refused>}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" look="primary" disabled={save.isPending}>
            {save.isPending ? 'Saving…' : `Save version ${bands.version + 1}`}
          </Button>
        </div>
      </form>
    </NotesProvider>
  )
}

const notesOf = (error: Error | null): readonly Note[] =>
  error instanceof ApiError && error.param !== null
    ? [{ param: error.param, message: error.message, tone: 'bad' }]
    : []

function Bands({ list, set }: { list: readonly BandDraft[]; set: (list: readonly BandDraft[]) => void }) {
  const last = list.at(-1)
  return (
    <div className="flex flex-col gap-4">
      {list.map((band, at) => (
        <Band
          // Told by their place: level and family are being typed.
          key={at}
          at={at}
          band={band}
          set={(part) => set(replaced(list, at, { ...band, ...part }))}
          remove={() => set(without(list, at))}
        />
      ))}
      <div className="flex justify-end">
        <Button onClick={() => set([...list, { ...BAND, currency: last?.currency ?? BAND.currency }])}>
          <Plus size={14} aria-hidden /> Add a band
        </Button>
      </div>
    </div>
  )
}

function Band({
  at,
  band,
  set,
  remove,
}: {
  at: number
  band: BandDraft
  set: (part: Partial<BandDraft>) => void
  remove: () => void
}) {
  const param = (name: string): string => `bands.${at}.${name}`
  const name = `band ${at + 1}`
  return (
    <div
      role="group"
      aria-label={band.level === '' ? name : `Band of ${band.level}`}
      className="flex items-start gap-2 border-b border-line pb-4 last:border-b-0"
    >
      <div className="grid min-w-0 flex-1 grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-[1fr_1.4fr_1.3fr_1.3fr_0.8fr_1.3fr_1.3fr]">
        <TextField
          label="Level"
          param={param('level')}
          placeholder="IC5"
          value={band.level}
          onChange={(level) => set({ level })}
        />
        <TextField
          label="Family"
          param={param('family')}
          placeholder="Any"
          value={band.family}
          onChange={(family) => set({ family })}
        />
        <TextField
          label="Salary from"
          param={param('salary.min')}
          type="decimal"
          value={band.salary[0]}
          onChange={(least) => set({ salary: [least, band.salary[1]] })}
        />
        <TextField
          label="to"
          param={param('salary.max')}
          type="decimal"
          value={band.salary[1]}
          onChange={(most) => set({ salary: [band.salary[0], most] })}
        />
        <TextField
          label="in"
          param={param('salary.currency')}
          maxLength={3}
          value={band.currency}
          onChange={(currency) => set({ currency: currency.toUpperCase() })}
        />
        <TextField
          label="Compute from $"
          param={param('compute.min')}
          type="decimal"
          value={band.compute[0]}
          onChange={(least) => set({ compute: [least, band.compute[1]] })}
        />
        <TextField
          label="to $"
          param={param('compute.max')}
          type="decimal"
          value={band.compute[1]}
          onChange={(most) => set({ compute: [band.compute[0], most] })}
        />
      </div>
      <Button look="quiet" className="mt-6 px-2" aria-label={`Remove ${name}`} onClick={remove}>
        <X size={14} aria-hidden />
      </Button>
    </div>
  )
}

function Budget({
  list,
  set,
}: {
  list: readonly BudgetDraft[]
  set: (list: readonly BudgetDraft[]) => void
}) {
  const next = (): string => {
    const last = Number(list.at(-1)?.year)
    return Number.isInteger(last) && last > 0 ? String(last + 1) : ''
  }
  return (
    <div className="flex flex-col gap-3">
      {list.map((one, at) => (
        <div
          // Told by their place: the year is being typed.
          key={at}
          role="group"
          aria-label={`Budget ${at + 1}`}
          className="flex items-start gap-2"
        >
          <div className="grid min-w-0 flex-1 grid-cols-2 gap-3 sm:max-w-md">
            <TextField
              label="Year"
              param={`budget.${at}.year`}
              type="number"
              placeholder="2027"
              value={one.year}
              onChange={(year) => set(replaced(list, at, { ...one, year }))}
            />
            <TextField
              label="Dollars of compute"
              param={`budget.${at}.compute`}
              type="decimal"
              placeholder="2,000,000"
              value={one.compute}
              onChange={(compute) => set(replaced(list, at, { ...one, compute }))}
            />
          </div>
          <Button
            look="quiet"
            className="mt-6 px-2"
            aria-label={`Remove budget ${at + 1}`}
            onClick={() => set(without(list, at))}
          >
            <X size={14} aria-hidden />
          </Button>
        </div>
      ))}
      <div className="flex justify-end">
        <Button onClick={() => set([...list, { year: next(), compute: '' }])}>
          <Plus size={14} aria-hidden /> Add a year
        </Button>
      </div>
    </div>
  )
}
