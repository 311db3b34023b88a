import {
  Bell,
  Boxes,
  ChartColumnStacked,
  ChartNoAxesGantt,
  Cpu,
  Coins,
  FileText,
  Handshake,
  LayoutTemplate,
  MailOpen,
  Megaphone,
  KeyRound,
  Landmark,
  ReceiptText,
  ShieldCheck,
  UserMinus,
  Users,
  Wallet,
  Server,
  ServerCog,
} from 'lucide-react'
import type { LucideIcon } from 'lucide-react'

import type { Session } from '../lib/contract.ts'
import type { Command } from '../lib/keys.ts'
import { mayReadPeople } from '../lib/viewer.tsx'

export type Place = {
  readonly command: Command
  readonly href: string
  readonly name: string
  readonly short: string
  readonly letter: string
  readonly icon: LucideIcon
}

const OWN: readonly Place[] = [
  { command: 'wallet', href: '/', name: 'Wallet', short: 'Wallet', letter: 'W', icon: Wallet },
  {
    command: 'usage',
    href: '/usage',
    name: 'Usage',
    short: 'Usage',
    letter: 'U',
    icon: ChartColumnStacked,
  },
  {
    command: 'vesting',
    href: '/vesting',
    name: 'Vesting',
    short: 'Vesting',
    letter: 'V',
    icon: ChartNoAxesGantt,
  },
  { command: 'jobs', href: '/jobs', name: 'GPU jobs', short: 'GPU jobs', letter: 'J', icon: Cpu },
  { command: 'sla', href: '/sla', name: 'SLA report', short: 'SLA', letter: 'S', icon: ShieldCheck },
  {
    command: 'documents',
    href: '/documents',
    name: 'Grants & documents',
    short: 'Grants',
    letter: 'D',
    icon: FileText,
  },
  { command: 'worth', href: '/worth', name: 'What it is worth', short: 'Worth', letter: 'O', icon: Coins },
  { command: 'keys', href: '/keys', name: 'Keys & setup', short: 'Keys', letter: 'K', icon: KeyRound },
  { command: 'entries', href: '/entries', name: 'Entries', short: 'Entries', letter: 'E', icon: ReceiptText },
  { command: 'alerts', href: '/alerts', name: 'Alerts', short: 'Alerts', letter: 'A', icon: Bell },
]
const PEOPLE: Place = {
  command: 'people',
  href: '/people',
  name: 'People',
  short: 'People',
  letter: 'P',
  icon: Users,
}

const GRANTS: Place = {
  command: 'grants',
  href: '/grants',
  name: 'Grants',
  short: 'Grants',
  letter: 'G',
  icon: Handshake,
}

/** H for hiring: O is what one's own pay is worth. */
const OFFERS: Place = {
  command: 'offers',
  href: '/offers',
  name: 'Offers',
  short: 'Offers',
  letter: 'H',
  icon: MailOpen,
}

/** B for board. */
const POSTS: Place = {
  command: 'posts',
  href: '/posts',
  name: 'Job posts',
  short: 'Posts',
  letter: 'B',
  icon: Megaphone,
}

const TEMPLATES: Place = {
  command: 'templates',
  href: '/templates',
  name: 'Templates',
  short: 'Templates',
  letter: 'T',
  icon: LayoutTemplate,
}

const LEAVERS: Place = {
  command: 'leavers',
  href: '/leavers',
  name: 'Leavers',
  short: 'Leavers',
  letter: 'L',
  icon: UserMinus,
}

const VALUE: Place = {
  command: 'value',
  href: '/value',
  name: 'Value',
  short: 'Value',
  letter: 'F',
  icon: Landmark,
}

const MODELS: Place = {
  command: 'models',
  href: '/models',
  name: 'Models & tiers',
  short: 'Models',
  letter: 'M',
  icon: Boxes,
}

const PROVIDERS: Place = {
  command: 'providers',
  href: '/providers',
  name: 'Providers',
  short: 'Providers',
  letter: 'R',
  icon: Server,
}

const CLUSTER: Place = {
  command: 'cluster',
  href: '/cluster',
  name: 'Cluster',
  short: 'Cluster',
  letter: 'C',
  icon: ServerCog,
}

/** The pages that a person may open. */
export const placesOf = (session: Session): readonly Place[] => [
  ...OWN,
  ...(mayReadPeople(session) ? [PEOPLE] : []),
  ...(session.permissions.includes('grant:read:any') ? [GRANTS] : []),
  ...(session.permissions.includes('offer:read') ? [OFFERS, POSTS] : []),
  ...(session.permissions.includes('people:write') ? [LEAVERS] : []),
  ...(session.permissions.includes('template:read') ? [TEMPLATES] : []),
  ...(session.permissions.includes('report:read') ? [VALUE] : []),
  MODELS,
  ...(session.permissions.includes('provider:read') ? [PROVIDERS, CLUSTER] : []),
]

export const isAt = (place: Place, path: string): boolean =>
  place.href === '/' ? path === '/' : path === place.href || path.startsWith(`${place.href}/`)
