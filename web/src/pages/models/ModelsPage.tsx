import { useQuery } from '@tanstack/react-query'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import type { Model, Models } from '../../lib/contract.ts'
import { curlOf } from '../../lib/links.ts'
import { count } from '../../lib/money.ts'
import { modelsPath, modelsQuery } from '../../lib/queries.ts'
import { providerName, titled } from '../../lib/words.ts'
import { useTitle } from '../../shell/useTitle.ts'
import { Ask } from '../../ui/Ask.tsx'
import { Button } from '../../ui/Button.tsx'
import { PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/States.tsx'
import { Time } from '../../ui/Time.tsx'
import { ModelPanel } from './ModelPanel.tsx'
import { ModelTable } from './ModelTable.tsx'
import { chosen, ORDER } from './who.ts'

const NO_FILTERS = { q: undefined, class: undefined, provider: undefined }

/** Which models may be used, by whom, and at what price? */
export function ModelsPage() {
  useTitle('Models & tiers')
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const query = useQuery(modelsQuery)
  return (
    <>
      <PageHead
        title="Models & tiers"
        question="Which models may be used, by whom, and at what price?"
        actions={<Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, modelsPath)} />}
      />
      <div className="mt-5 flex flex-col gap-4">
        <Ask query={query} height={640} label="models">
          {(answer) => {
            const shown = chosen(answer.models, search)
            return (
              <>
                <Answer answer={answer} />
                <Filters models={answer.models} />
                <section aria-label="Models" className="card">
                  {shown.length > 0 ? (
                    <ModelTable models={shown} open={(model) => setSearch({ model: idOf(model) })} />
                  ) : (
                    <Empty
                      title={
                        answer.models.length > 0 ? 'No model fits these filters' : 'The price book is empty'
                      }
                      action={
                        answer.models.length > 0 ? (
                          <Button onClick={() => setSearch(NO_FILTERS)}>Clear the filters</Button>
                        ) : (
                          <Copy look="primary" label="Copy the command that adds a price" text={ADD} />
                        )
                      }
                    >
                      A model without a price cannot be used, because what it costs could not be held.
                    </Empty>
                  )}
                </section>
                <ModelPanel
                  model={answer.models.find((model) => idOf(model) === search.model)}
                  onClose={() => setSearch({ model: undefined }, 'replace')}
                />
              </>
            )
          }}
        </Ask>
      </div>
    </>
  )
}

const ADD = './perq price-override --help'
const idOf = (model: Model): string => `${model.provider}/${model.model}`

/** The first number: how many of them are yours. */
function Answer({ answer: { models, policy } }: { answer: Models }) {
  const yours = models.filter((model) => model.yours).length
  const closed = models.length - yours
  return (
    <section aria-label="Answer" className="card px-4 py-4 sm:px-5">
      <p className="num text-3xl font-semibold tracking-[-0.02em]">{count(yours)}</p>
      <p className="text-sm text-ink-2">
        of {count(models.length)} models with a price are open to your level
        {closed > 0 ? `; ${count(closed)} are not` : ''}.{' '}
        {policy.recorded_at === null ? (
          'Nobody has recorded a policy yet, so the default holds.'
        ) : (
          <>
            Policy {policy.version}, recorded <Time at={policy.recorded_at} look="day" />
            {policy.recorded_by ? ` by ${policy.recorded_by}` : ''}.
          </>
        )}
      </p>
    </section>
  )
}

function Filters({ models }: { models: readonly Model[] }) {
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const providers = [...new Set(models.map((model) => model.provider))].toSorted()
  return (
    <div className="flex flex-wrap gap-2 print:hidden">
      <input
        type="search"
        data-filter
        aria-label="Search models"
        placeholder="Search by name"
        className="field h-9 w-full sm:max-w-xs"
        value={search.q ?? ''}
        onChange={(event) => setSearch({ q: event.target.value || undefined }, 'replace')}
      />
      <select
        aria-label="Class"
        className="field h-9"
        value={search.class ?? ''}
        onChange={(event) => setSearch({ class: event.target.value || undefined })}
      >
        <option value="">All classes</option>
        {ORDER.map((kind) => (
          <option key={kind} value={kind}>
            {titled(kind)}
          </option>
        ))}
      </select>
      <select
        aria-label="Provider"
        className="field h-9"
        value={search.provider ?? ''}
        onChange={(event) => setSearch({ provider: event.target.value || undefined })}
      >
        <option value="">All providers</option>
        {providers.map((provider) => (
          <option key={provider} value={provider}>
            {providerName(provider)}
          </option>
        ))}
      </select>
    </div>
  )
}
