import { Menu } from '@base-ui/react/menu'
import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'

import { useGo } from '../../lib/address.ts'
import type { Contract } from '../../lib/grants.ts'
import { useSession } from '../../lib/viewer.tsx'
import { buttonClass } from '../../ui/Button.tsx'
import { ChangeDialog } from './ChangeDialog.tsx'
import { AmendForm, ClawbackForm, EventForm, RepriceForm } from './GrantChanges.tsx'
import { AbsenceEndForm, AbsenceForm, LevelForm, TransferForm } from './PersonChanges.tsx'

const ITEM =
  'flex min-h-8 w-full cursor-default items-center rounded-md px-2 text-sm text-ink outline-none data-[highlighted]:bg-sunken'

type Item = {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly form: (close: () => void) => ReactNode
}

const ofGrant = (grant: Contract): readonly Item[] => [
  {
    name: 'Amend…',
    title: `Amend ${grant.name}`,
    description: 'Another quantity or other terms from a day on: a new version, and the old one stays.',
    form: (close) => <AmendForm grant={grant} close={close} />,
  },
  {
    name: 'An event has happened…',
    title: 'An event has happened',
    description: `What waits for it in ${grant.name} gets its days.`,
    form: (close) => <EventForm grant={grant} close={close} />,
  },
  {
    name: 'Re-price…',
    title: `Re-price ${grant.name}`,
    description: 'When the index of the contract has fallen, what has not vested grows to keep its worth.',
    form: (close) => <RepriceForm grant={grant} close={close} />,
  },
  {
    name: 'Take back for cause…',
    title: `Take back ${grant.name}`,
    description: 'What is left is taken back; what is spent is told, not taken.',
    form: (close) => <ClawbackForm grant={grant} close={close} />,
  },
]

const ofPerson = (person: { readonly id: string; readonly name: string }): readonly Item[] => [
  {
    name: 'Leave of absence…',
    title: `${person.name} is away`,
    description: 'Each grant pauses, or does not, by its own rule.',
    form: (close) => <AbsenceForm person={person.id} close={close} />,
  },
  {
    name: 'End or change a leave…',
    title: 'The end of a leave',
    description: 'Another expected day back, or the real one.',
    form: (close) => <AbsenceEndForm person={person.id} close={close} />,
  },
  {
    name: 'Level or salary…',
    title: `Level and salary of ${person.name}`,
    description: 'Grants by formula are computed anew from the day on.',
    form: (close) => <LevelForm person={person.id} close={close} />,
  },
  {
    name: 'Another legal entity…',
    title: `${person.name} moves to another entity`,
    description: 'It employs the person and owes their grants from then on.',
    form: (close) => <TransferForm person={person.id} close={close} />,
  },
]

/** What can change in a life, for the people team; each first shows what it would do. Nobody changes their own. */
export function ChangeMenu({
  person,
  grant,
}: {
  person: { readonly id: string; readonly name: string }
  /** Also what can change of this grant, while it is in force. */
  grant?: Contract
}) {
  const session = useSession()
  const go = useGo()
  const [item, setItem] = useState<Item | null>(null)
  const [open, setOpen] = useState(false)
  const may = (permission: string): boolean => session.permissions.some((one) => one === permission)
  const grants = grant?.status === 'active' && may('grant:write') ? ofGrant(grant) : []
  const persons = may('people:write') ? ofPerson(person) : []
  if (session.person.id === person.id || grants.length + persons.length === 0) return null
  const choose = (chosen: Item) => () => {
    setItem(chosen)
    setOpen(true)
  }
  return (
    <>
      <Menu.Root>
        <Menu.Trigger className={buttonClass()}>
          Change <ChevronDown size={14} aria-hidden />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner sideOffset={6} align="end" className="z-30">
            <Menu.Popup className="pop w-64 rounded-xl bg-surface p-1.5 shadow-float outline-none">
              {grants.length > 0 && (
                <Menu.Group className="mb-1.5 border-b border-line pb-1.5">
                  <Menu.GroupLabel className="px-2 py-1 text-xs text-ink-3">This grant</Menu.GroupLabel>
                  {grants.map((one) => (
                    <Menu.Item key={one.name} className={ITEM} onClick={choose(one)}>
                      {one.name}
                    </Menu.Item>
                  ))}
                </Menu.Group>
              )}
              {persons.length > 0 && (
                <Menu.Group>
                  <Menu.GroupLabel className="px-2 py-1 text-xs text-ink-3">{person.name}</Menu.GroupLabel>
                  {persons.map((one) => (
                    <Menu.Item key={one.name} className={ITEM} onClick={choose(one)}>
                      {one.name}
                    </Menu.Item>
                  ))}
                  <Menu.Item className={ITEM} onClick={() => go(`/leavers/new?person=${person.id}`)}>
                    Leaves the company…
                  </Menu.Item>
                </Menu.Group>
              )}
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <ChangeDialog
        open={open}
        onClose={() => setOpen(false)}
        title={item?.title ?? ''}
        description={item?.description ?? ''}
      >
        {item?.form(() => setOpen(false))}
      </ChangeDialog>
    </>
  )
}
