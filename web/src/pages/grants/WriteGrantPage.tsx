import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'

import { useAddress } from '../../lib/address.ts'
import { dayOf, decimalQuantity } from '../../lib/base.ts'
import { contractQuery } from '../../lib/grants.ts'
import type { Contract } from '../../lib/grants.ts'
import { nano } from '../../lib/money.ts'
import { templatesQuery } from '../../lib/templates.ts'
import type { TemplateInUse } from '../../lib/templates.ts'
import { useNow, useSession } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { buttonClass } from '../../ui/Button.tsx'
import { Empty } from '../../ui/States.tsx'
import { GrantForm } from './GrantForm.tsx'

/** What would this person be promised? */
export function NewGrantPage() {
  useTitle('New grant')
  const { search } = useAddress()
  const today = dayOf(useNow()())
  const mayWrite = useSession().permissions.includes('grant:write')
  return (
    <>
      <Back href="/grants" name="Grants" />
      <h1 className="mt-1 text-xl font-semibold tracking-[-0.015em]">New grant</h1>
      <p className="text-base text-ink-2">What would this person be promised?</p>
      {mayWrite ? (
        <GrantForm
          change={null}
          first={{
            person: null,
            template: search.template ?? '',
            quantity: '',
            start: today,
            grantDate: '',
            name: '',
          }}
        />
      ) : (
        <NotAllowed />
      )}
    </>
  )
}

/** A draft, changed: anything else is frozen. */
export function ChangeGrantPage() {
  const { id = '' } = useParams({ strict: false })
  const grant = useQuery(contractQuery(id))
  const templates = useQuery(templatesQuery)
  const mayWrite = useSession().permissions.includes('grant:write')
  useTitle('Change a draft')
  return (
    <>
      <Back href={`/grants/${id}`} name={grant.data?.name ?? 'Grant'} />
      <h1 className="mt-1 text-xl font-semibold tracking-[-0.015em]">Change a draft</h1>
      <p className="text-base text-ink-2">What would this person be promised?</p>
      <Ask query={grant} height={560} label="the draft">
        {(found) =>
          !mayWrite || found.status !== 'draft' ? (
            <NotAllowed frozen={mayWrite} />
          ) : (
            <Ask query={templates} height={560} label="the templates">
              {(list) => <GrantForm change={found} first={draftOf(found, list.templates)} />}
            </Ask>
          )
        }
      </Ask>
    </>
  )
}

/** The template is found again by name; a newer version of it is offered instead of the one that was used. */
function draftOf(grant: Contract, templates: readonly TemplateInUse[]) {
  const template = templates.find(({ name }) => name === grant.template_name)
  const parts = template?.basis.kind === 'per_installment' ? BigInt(template.basis.installments) : 1n
  const whole = nano(grant.quantity)
  // What a formula gave is left to the formula.
  const said = grant.reckoning === null || grant.reckoning.kind === 'given'
  const divides = whole % parts === 0n && template?.denomination === grant.denomination
  return {
    person: grant.person,
    template: template?.id ?? '',
    quantity: said && divides ? decimalQuantity(grant.denomination, whole / parts) : '',
    start: grant.start_date,
    grantDate: grant.grant_date,
    name: grant.name === template?.name ? '' : grant.name,
  }
}

const Back = ({ href, name }: { href: string; name: string }) => (
  <A
    href={href}
    className="inline-flex min-h-6 items-center gap-1 text-sm text-ink-2 hover:text-ink print:hidden"
  >
    <ChevronLeft size={14} aria-hidden /> {name}
  </A>
)

const NotAllowed = ({ frozen = false }: { frozen?: boolean }) => (
  <section className="card mt-5">
    <Empty
      title={frozen ? 'This is no draft any more' : 'You may not write grants'}
      action={
        <A href="/grants" className={buttonClass()}>
          Show all grants
        </A>
      }
    >
      {frozen
        ? 'What was submitted is frozen. Send it back, and it can be changed again.'
        : 'People operations write them.'}
    </Empty>
  </section>
)
