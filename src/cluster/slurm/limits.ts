import { Fault } from '#base/fault.ts'
import { MINUTE } from '#base/time.ts'
import type { Account, Allowance, Change, Limits, Member, Realm } from '../port.ts'
import { limitsOf, readSpan, writeSpan } from './words.ts'

export const ASSOCIATION_FORMAT =
  'format=Account,User,Partition,ParentName,QOS,DefaultQOS,GrpSubmitJobs' as const
export const QOS_FORMAT =
  'format=Name,Priority,Preempt,PreemptExemptTime,Flags,GrpTRESMins,GrpTRES,MaxWall,UsageFactor' as const

/** One row of an account, or of a person in an account. */
export type Association = {
  readonly account: string
  /** Empty: the account itself. */
  readonly user: string
  readonly parent: string
  readonly allowances: readonly string[]
  readonly usual: string
  /** GrpSubmitJobs; empty: as many as there are. */
  readonly submits: string
}

/** A QOS with everything that keeps or breaks a promise. */
export type Qos = {
  readonly allowance: Allowance
  /** Usage is kept for ever, counts once, and what does not fit is refused at submit. */
  readonly isBank: boolean
  /** What is limited besides accelerators; nobody of ours wrote that. */
  readonly otherMinutes: readonly string[]
  readonly otherAtOnce: readonly string[]
}

const rows = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.includes('|'))
    .map((line) => line.split('|'))

const list = (text: string): string[] => text.split(',').filter(Boolean).toSorted()

export const readAssociations = (text: string): Association[] =>
  rows(text).map(
    ([account = '', user = '', _partition, parent = '', qos = '', usual = '', submits = '']) => ({
      account,
      user,
      parent,
      allowances: list(qos),
      usual,
      submits,
    }),
  )

export const readQos = (text: string): Qos[] =>
  rows(text).map(
    ([
      name = '',
      priority = '',
      preempts = '',
      exempt = '',
      flags = '',
      mins = '',
      atOnce = '',
      wall = '',
      factor = '',
    ]) => {
      const [minutes, counts] = [limitsOf(mins), limitsOf(atOnce)]
      const set = flags.split(',')
      return {
        allowance: {
          name,
          priority: Number(priority),
          preempts: list(preempts),
          exempt: readSpan(exempt) ?? 0,
          gpuMinutes: minutes.byType,
          gpusAtOnce: counts.byType,
          longest: readSpan(wall),
        },
        isBank: set.includes('NoDecay') && set.includes('DenyOnLimit') && Number(factor) === 1,
        otherMinutes: minutes.others,
        otherAtOnce: counts.others,
      }
    },
  )

/**
 * The allowance of those who have none. Without any of their own people inherit that of the whole cluster, which has no
 * limit at all.
 */
export const closedName = ({ prefix }: Realm): string => `${prefix}none`

/** What stands in the realm. An allowance that is not kept as a bank is left out, so that it is made anew. */
export function limitsIn(
  realm: Realm,
  { associations, qos }: { associations: readonly Association[]; qos: readonly Qos[] },
): Limits {
  const below = accountsBelow(realm.root, associations)
  const logins = new Set(realm.logins)
  const closed = closedName(realm)
  const accounts = associations
    .filter(({ account, user }) => user === '' && below.has(account))
    .map(({ account, parent, submits }): Account => ({ name: account, parent, open: submits !== '0' }))
  const allowances = qos
    .filter(
      ({ allowance, isBank }) =>
        allowance.name.startsWith(realm.prefix) && allowance.name !== closed && isBank,
    )
    .filter(({ otherMinutes, otherAtOnce }) => otherMinutes.length + otherAtOnce.length === 0)
    .map(({ allowance }) => allowance)
  const members = new Map<string, Member>()
  for (const { account, user, allowances: names, usual } of associations) {
    if (user === '' || !(below.has(account) || logins.has(user))) continue
    const key = `${account}|${user}`
    // A person may have one membership for each partition; together they allow what any of them does.
    const all = new Set([...(members.get(key)?.allowances ?? []), ...names])
    all.delete(closed)
    members.set(key, {
      login: user,
      account,
      allowances: [...all].toSorted(),
      usual: usual === '' || usual === closed ? null : usual,
    })
  }
  return { accounts, allowances, members: [...members.values()] }
}

function accountsBelow(root: string, associations: readonly Association[]): ReadonlySet<string> {
  const parents = new Map(
    associations.filter(({ user }) => user === '').map(({ account, parent }) => [account, parent]),
  )
  const isBelow = (name: string): boolean => {
    // A ring of parents cannot be, but must not hang us either.
    for (
      let [at, steps] = [parents.get(name), 0];
      at !== undefined && steps < 1_000;
      at = parents.get(at), steps += 1
    )
      if (at === root) return true
    return false
  }
  return new Set([...parents.keys()].filter(isBelow))
}

type Standing = { readonly associations: readonly Association[]; readonly qos: readonly Qos[] }
type Command = readonly string[]

/** Slurm writes names in lower case; more than these letters would be read as a list or a condition. */
function checked(name: string, param: string): string {
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name))
    throw new Fault(
      'invalid',
      `${param}: "${name}" is no name that Slurm keeps; use a-z, 0-9, ".", "_" and "-".`,
      {
        param,
      },
    )
  return name
}

/** What sacctmgr is to be told, in order, for a change, given what stands. Each says the state that shall be. */
export function commandsFor(
  { cluster, realm, change }: { cluster: string; realm: Realm; change: Change },
  { associations, qos }: Standing,
): readonly Command[] {
  const has = (account: string, user = ''): boolean =>
    associations.some((one) => one.account === account && one.user === user)
  switch (change.kind) {
    case 'put_account': {
      const { name, parent, open } = change.account
      checked(name, 'account')
      const rootFirst = has(realm.root) ? [] : [addAccount(cluster, checked(realm.root, 'root'), 'root')]
      const now = associations.find(({ account, user }) => account === name && user === '')
      const made = now ? [] : [addAccount(cluster, name, checked(parent, 'parent'))]
      const moved = now && now.parent !== parent ? [`parent=${checked(parent, 'parent')}`] : []
      return [
        ...rootFirst,
        ...made,
        [
          'modify',
          'account',
          'where',
          `name=${name}`,
          `cluster=${cluster}`,
          'set',
          ...moved,
          `GrpSubmitJobs=${open ? -1 : 0}`,
        ],
      ]
    }
    case 'put_allowance':
      return putAllowance(change.allowance, qos)
    case 'put_member': {
      const { login, account, allowances, usual } = change.member
      const closed = closedName(realm)
      const names = allowances.map((name) => checked(name, 'allowances'))
      const set = [
        `qos=${names.length > 0 ? names.join(',') : closed}`,
        // -1 takes the default away.
        `defaultqos=${names.length === 0 ? closed : usual === null ? -1 : checked(usual, 'usual')}`,
      ]
      return [
        ...(names.length === 0 && !qos.some(({ allowance }) => allowance.name === closed)
          ? [['add', 'qos', closed, 'Flags=NoDecay,DenyOnLimit', 'GrpSubmitJobs=0']]
          : []),
        has(checked(account, 'account'), checked(login, 'login'))
          ? [
              'modify',
              'user',
              'where',
              `name=${login}`,
              `account=${account}`,
              `cluster=${cluster}`,
              'set',
              ...set,
            ]
          : ['add', 'user', login, `account=${account}`, `cluster=${cluster}`, ...set],
      ]
    }
    case 'drop_member': {
      const { login, account } = change
      return has(account, login)
        ? [
            [
              'delete',
              'user',
              'where',
              `name=${checked(login, 'login')}`,
              `account=${checked(account, 'account')}`,
              `cluster=${cluster}`,
            ],
          ]
        : []
    }
    case 'drop_allowance':
      return qos.some(({ allowance }) => allowance.name === change.name)
        ? [['delete', 'qos', 'where', `name=${checked(change.name, 'allowance')}`]]
        : []
  }
}

const addAccount = (cluster: string, name: string, parent: string): Command => [
  'add',
  'account',
  name,
  `cluster=${cluster}`,
  `parent=${parent}`,
  `description=${name}`,
  `organization=${name}`,
]

function putAllowance(
  { name, priority, preempts, exempt, gpuMinutes, gpusAtOnce, longest }: Allowance,
  qos: readonly Qos[],
): readonly Command[] {
  checked(name, 'allowance')
  const now = qos.find(({ allowance }) => allowance.name === name)
  const set = [
    `Priority=${priority}`,
    'Flags=NoDecay,DenyOnLimit',
    'UsageFactor=1',
    // To take away what is not there is read as preempting itself.
    ...(preempts.length + (now?.allowance.preempts.length ?? 0) > 0
      ? [`Preempt=${preempts.map((one) => checked(one, 'preempts')).join(',')}`]
      : []),
    `PreemptExemptTime=${exempt > 0 ? writeSpan(exempt) : -1}`,
    `MaxWall=${longest === null ? -1 : Math.ceil(longest / MINUTE)}`,
    ...tresSetting('GrpTRESMins', gpuMinutes, [
      ...Object.keys(now?.allowance.gpuMinutes ?? {}).map(typed),
      ...(now?.otherMinutes ?? []),
    ]),
    ...tresSetting('GrpTRES', gpusAtOnce, [
      ...Object.keys(now?.allowance.gpusAtOnce ?? {}).map(typed),
      ...(now?.otherAtOnce ?? []),
    ]),
  ]
  return [...(now ? [] : [['add', 'qos', name]]), ['modify', 'qos', 'where', `name=${name}`, 'set', ...set]]
}

const typed = (type: string): string => `gres/gpu:${type}`

/** What is not named keeps its limit, so each that shall have none is said to have none. */
function tresSetting(
  field: string,
  wanted: Readonly<Record<string, bigint>>,
  standing: readonly string[],
): readonly string[] {
  const all = new Map<string, bigint>(standing.map((name) => [name, -1n]))
  for (const [type, value] of Object.entries(wanted)) all.set(typed(checked(type, field)), value)
  return all.size === 0 ? [] : [`${field}=${[...all].map(([name, value]) => `${name}=${value}`).join(',')}`]
}
