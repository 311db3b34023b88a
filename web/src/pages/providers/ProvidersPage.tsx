import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import type { Providers } from '../../lib/contract.ts'
import { curlOf } from '../../lib/links.ts'
import { nano, sum, usdHeading } from '../../lib/money.ts'
import { providersPath, providersQuery } from '../../lib/queries.ts'
import { useSession } from '../../lib/viewer.tsx'
import { providerName } from '../../lib/words.ts'
import { useTitle } from '../../shell/useTitle.ts'
import { Ask } from '../../ui/Ask.tsx'
import { Button } from '../../ui/Button.tsx'
import { PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/States.tsx'
import { coverOf, trafficWords } from './health.ts'
import { ProviderForm } from './ProviderForm.tsx'
import { ProviderPanel } from './ProviderPanel.tsx'
import { ProviderTable } from './ProviderTable.tsx'

/** Do the providers answer, how fast, and what goes through them? */
export function ProvidersPage() {
  useTitle('Providers')
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const queries = useQueryClient()
  const query = useQuery(providersQuery)
  const may = useSession().permissions.includes('provider:write')
  const refresh = () => void queries.invalidateQueries({ queryKey: ['providers'] })
  return (
    <>
      <PageHead
        title="Providers"
        question="Do they answer, how fast, and what goes through them?"
        actions={
          <>
            <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, providersPath)} />
            {may && (
              <Button look="primary" onClick={() => setSearch({ new: '1' })}>
                <Plus size={14} aria-hidden /> Add provider
              </Button>
            )}
          </>
        }
      />
      <div className="mt-5 flex flex-col gap-4">
        <Ask query={query} height={420} label="providers">
          {({ providers }) => (
            <>
              {providers.length > 0 && <Answer providers={providers} />}
              <section aria-label="Providers" className="card">
                {providers.length > 0 ? (
                  <ProviderTable providers={providers} open={({ id }) => setSearch({ provider: id })} />
                ) : (
                  <Empty
                    title="No provider yet"
                    action={
                      may && (
                        <Button look="primary" onClick={() => setSearch({ new: '1' })}>
                          Add the first provider
                        </Button>
                      )
                    }
                  >
                    Calls go to a provider that speaks the protocol of the client: give its base URL and the
                    company’s key.
                  </Empty>
                )}
              </section>
              <ProviderPanel
                provider={providers.find(({ id }) => id === search.provider)}
                may={may}
                onChanged={refresh}
                onClose={() => setSearch({ provider: undefined }, 'replace')}
              />
            </>
          )}
        </Ask>
      </div>
      <ProviderForm
        open={may && search.new === '1'}
        onClose={() => setSearch({ new: undefined }, 'replace')}
        onDone={({ id }) => {
          refresh()
          setSearch({ new: undefined, provider: id }, 'replace')
        }}
      />
    </>
  )
}

/** The first number: how many of those that are switched on would take a call now. */
function Answer({ providers }: Pick<Providers, 'providers'>) {
  const on = providers.filter(({ enabled }) => enabled)
  const well = on.filter(({ state }) => state === 'healthy').length
  const { alone, missing } = coverOf(providers)
  return (
    <section aria-label="Answer" className="card px-4 py-4 sm:px-5">
      <p className="num text-3xl font-semibold tracking-[-0.02em]">
        {well} of {on.length} <span className="text-lg font-medium tracking-normal text-ink-2">healthy</span>
      </p>
      <p className="text-sm text-pretty text-ink-2">
        {trafficWords(providers)} {usdHeading(sum(providers.map((each) => nano(each.spent_30d))))} went
        through them in 30 days.
      </p>
      {missing.length > 0 && (
        <p role="status" className="mt-2 rounded-lg bg-danger-soft px-3 py-1.5 text-sm text-danger">
          Nobody answers {names(missing)} calls now.
        </p>
      )}
      {alone.length > 0 && (
        <p className="mt-2 text-sm text-ink-2">
          {alone.length === 1
            ? `Only one provider answers ${names(alone)} calls`
            : `${names(alone)} calls have only one provider each`}
          : a second one would take over when it fails.
        </p>
      )}
    </section>
  )
}

const LIST = new Intl.ListFormat('en-US')
const names = (protocols: readonly string[]): string => LIST.format(protocols.map(providerName))
