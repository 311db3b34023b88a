import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Plus } from 'lucide-react'

import { useAddress, useGo, useSetSearch } from '../../lib/address.ts'
import { assetOf, quantityName } from '../../lib/base.ts'
import { curlOf, queryOf } from '../../lib/links.ts'
import { count } from '../../lib/money.ts'
import { templatesPath, templatesQuery } from '../../lib/templates.ts'
import type { Template, TemplateInUse } from '../../lib/templates.ts'
import { useSession } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { buttonClass } from '../../ui/Button.tsx'
import { PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/States.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { TemplateEditor } from './TemplateEditor.tsx'

const NEW = '/templates/new'

/** What can be granted, and what does each of them say? */
export function TemplatesPage() {
  useTitle('Templates')
  const query = useQuery(templatesQuery)
  const mayWrite = useSession().permissions.includes('template:write')
  return (
    <>
      <PageHead
        title="Templates"
        question="What can be granted, and what does each of them say?"
        actions={
          <>
            <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, templatesPath)} />
            {mayWrite && (
              <A href={NEW} className={buttonClass('primary')}>
                <Plus size={14} aria-hidden /> New template
              </A>
            )}
          </>
        }
      />
      <div className="mt-5">
        <Ask query={query} height={420} label="templates">
          {({ templates }) => <List templates={templates} mayWrite={mayWrite} />}
        </Ask>
      </div>
    </>
  )
}

function List({ templates, mayWrite }: { templates: readonly TemplateInUse[]; mayWrite: boolean }) {
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const go = useGo()
  if (templates.length === 0)
    return (
      <section className="card">
        <Empty
          title="No templates yet"
          action={
            mayWrite && (
              <A href={NEW} className={buttonClass('primary')}>
                Write the first one
              </A>
            )
          }
        >
          A template says what is granted, when it vests and how long it lasts. Every grant is written by one.
        </Empty>
      </section>
    )
  const wanted = (search.q ?? '').toLowerCase()
  const found = templates.filter(({ name }) => name.toLowerCase().includes(wanted))
  const grants = templates.reduce((sum, one) => sum + one.grants, 0)
  return (
    <div className="flex flex-col gap-4">
      <input
        type="search"
        data-filter
        aria-label="Search templates"
        placeholder="Search by name"
        className="field h-9 w-full sm:max-w-xs print:hidden"
        value={search.q ?? ''}
        onChange={(event) => setSearch({ q: event.target.value || undefined }, 'replace')}
      />
      <section aria-label="Templates" className="card">
        <div className="px-4 pt-4 pb-3 sm:px-5">
          <p className="num text-3xl font-semibold tracking-[-0.02em]">{count(templates.length)}</p>
          <p className="text-sm text-pretty text-ink-2">
            {templates.length === 1 ? 'template' : 'templates'}, by which {count(grants)}{' '}
            {grants === 1 ? 'grant was' : 'grants were'} written.
          </p>
        </div>
        {found.length === 0 ? (
          <Empty title={`Nothing is called “${search.q}”`}>Names of templates were searched.</Empty>
        ) : (
          <Table label="Templates">
            <thead>
              <tr>
                <Th>Template</Th>
                <Th wide>Counts</Th>
                <Th right wide>
                  Version
                </Th>
                <Th right>Grants</Th>
              </tr>
            </thead>
            <tbody>
              {found.map((template) => (
                <Tr key={template.id} onOpen={() => go(`/templates/${template.id}`)}>
                  <Td className="min-w-40">
                    <A
                      data-row
                      href={`/templates/${template.id}`}
                      className="figure-link inline-flex min-h-6 items-center font-medium"
                    >
                      {template.name}
                    </A>
                    <span className="line-clamp-2 max-w-[72ch] text-xs text-pretty text-ink-2">
                      {template.says}
                    </span>
                  </Td>
                  <Td wide className="text-ink-2">
                    {countsOf(template)}
                  </Td>
                  <Td right wide className="text-ink-2">
                    {template.version}
                  </Td>
                  <Td right>
                    {template.grants === 0 ? (
                      <span className="text-ink-2">0</span>
                    ) : (
                      <A
                        href={`/grants${queryOf({ template: template.name })}`}
                        className="num figure-link font-medium"
                      >
                        {count(template.grants)}
                      </A>
                    )}
                  </Td>
                </Tr>
              ))}
            </tbody>
          </Table>
        )}
      </section>
    </div>
  )
}

const countsOf = ({ denomination, unit }: Template): string =>
  quantityName(assetOf(denomination, unit)).replace(/^./, (first) => first.toUpperCase())

/** One template, or a new one. */
export function TemplatePage() {
  const { id = 'new' } = useParams({ strict: false })
  const query = useQuery(templatesQuery)
  const mayWrite = useSession().permissions.includes('template:write')
  const name = query.data?.templates.find((one) => one.id === id)?.name
  useTitle(id === 'new' ? 'New template' : (name ?? 'Template'))
  return (
    <Ask query={query} height={720} label="the template">
      {({ templates }) => {
        const template = templates.find((one) => one.id === id) ?? null
        if (template || (id === 'new' && mayWrite))
          return <TemplateEditor key={id} template={template} all={templates} mayWrite={mayWrite} />
        return (
          <section className="card">
            <h1 className="sr-only">Template</h1>
            <Empty
              title={id === 'new' ? 'You may not write templates' : 'There is no such template'}
              action={
                <A href="/templates" className={buttonClass()}>
                  Show all templates
                </A>
              }
            >
              {id === 'new'
                ? 'People operations write them.'
                : 'It may have been saved as a newer version since.'}
            </Empty>
          </section>
        )
      }}
    </Ask>
  )
}
