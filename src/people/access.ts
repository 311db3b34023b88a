/**
 * Who may do what: the one table that doors use to decide. A permission that ends in `:own` concerns the person
 * themself; `:any` concerns everyone and includes oneself.
 */
export const ROLES = ['employee', 'people', 'finance', 'admin'] as const
export type Role = (typeof ROLES)[number]

export const PERMISSIONS = [
  'wallet:read:own',
  'wallet:read:any',
  'grant:read:own',
  'grant:read:any',
  'grant:write',
  'grant:approve',
  'grant:accept:own',
  'approval:write',
  'offer:read',
  'offer:write',
  'offer:approve',
  'offer:bands',
  'salary:read:any',
  'salary:write',
  'template:read',
  'template:write',
  'key:read:own',
  'key:read:any',
  'key:write:own',
  'key:revoke:any',
  'people:read',
  'people:write',
  'policy:read',
  'policy:write',
  'prices:read',
  'prices:write',
  'provider:read',
  'provider:write',
  'report:read',
  'ledger:verify',
] as const
export type Permission = (typeof PERMISSIONS)[number]

/** What everyone has: their own pay, keys of their own, and the prices they are charged. */
const EVERYONE: readonly Permission[] = [
  'wallet:read:own',
  'grant:read:own',
  'grant:accept:own',
  'key:read:own',
  'key:write:own',
  'prices:read',
]

/** Nobody makes a key for somebody else: a key spends its owner's pay. Others may only take one away. */
const TABLE: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  employee: new Set(EVERYONE),
  people: new Set<Permission>([
    ...EVERYONE,
    'wallet:read:any',
    'grant:read:any',
    'grant:write',
    'grant:approve',
    'offer:read',
    'offer:write',
    'offer:approve',
    'offer:bands',
    'salary:read:any',
    'salary:write',
    'template:read',
    'template:write',
    'key:read:any',
    'key:revoke:any',
    'people:read',
    'people:write',
    'policy:read',
    'policy:write',
    'report:read',
  ]),
  finance: new Set<Permission>([
    ...EVERYONE,
    'wallet:read:any',
    'grant:read:any',
    'grant:approve',
    'offer:read',
    'offer:approve',
    'salary:read:any',
    'template:read',
    'people:read',
    'policy:read',
    'provider:read',
    'report:read',
    'ledger:verify',
  ]),
  // Runs the platform: providers, prices, policy, leaked keys, and how many must agree to a grant. Promising pay to people
  // is not its work.
  admin: new Set<Permission>([
    ...EVERYONE,
    'wallet:read:any',
    'grant:read:any',
    'template:read',
    'key:read:any',
    'key:revoke:any',
    'people:read',
    'policy:read',
    'policy:write',
    'approval:write',
    'prices:write',
    'provider:read',
    'provider:write',
    'report:read',
    'ledger:verify',
  ]),
}

export const can = (role: Role, permission: Permission): boolean => TABLE[role].has(permission)

/** In the order of PERMISSIONS. */
export const permissionsOf = (role: Role): readonly Permission[] =>
  PERMISSIONS.filter((permission) => can(role, permission))

/** May `who` use `<what>:own` or `<what>:any` on the things of person `owner`? */
export function canOn(
  who: { readonly id: string; readonly role: Role },
  what: 'wallet:read' | 'grant:read' | 'key:read',
  owner: string,
): boolean {
  return can(who.role, `${what}:any`) || (who.id === owner && can(who.role, `${what}:own`))
}
