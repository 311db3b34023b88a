import assert from 'node:assert/strict'
import { test } from 'node:test'
import { can, canOn, PERMISSIONS, permissionsOf, ROLES, type Permission, type Role } from './access.ts'

const holders = (permission: Permission): Role[] => ROLES.filter((role) => can(role, permission))

test('an employee reaches their own pay and nobody else’s', () => {
  const ada = { id: 'ada', role: 'employee' } as const
  assert.ok(canOn(ada, 'wallet:read', 'ada'))
  assert.ok(!canOn(ada, 'wallet:read', 'ben'))
  assert.ok(!canOn(ada, 'key:read', 'ben'))
  assert.deepEqual(
    PERMISSIONS.filter(
      (permission) =>
        /:any$|:write$|people|provider|policy|report/.test(permission) && can('employee', permission),
    ),
    [],
  )
})

test('nobody can make a key for somebody else, whatever their role', () => {
  assert.ok(
    !PERMISSIONS.some((permission) => permission.startsWith('key:write') && permission !== 'key:write:own'),
  )
  for (const role of ROLES) assert.ok(can(role, 'key:write:own'))
})

test('promising pay, changing prices and holding provider keys are kept apart', () => {
  assert.deepEqual(holders('grant:write'), ['people'])
  assert.deepEqual(holders('grant:approve'), ['people', 'finance'])
  assert.deepEqual(holders('approval:write'), ['admin'])
  assert.deepEqual(holders('offer:write'), ['people'])
  assert.deepEqual(holders('offer:approve'), ['people', 'finance'])
  assert.deepEqual(holders('offer:read'), ['people', 'finance'])
  assert.deepEqual(holders('offer:bands'), ['people'])
  assert.deepEqual(holders('salary:write'), ['people'])
  assert.deepEqual(holders('people:write'), ['people'])
  assert.deepEqual(holders('prices:write'), ['admin'])
  assert.deepEqual(holders('provider:write'), ['admin'])
})

test('the list that the people’s door shows is the table that it enforces', () => {
  for (const role of ROLES) {
    assert.deepEqual(
      new Set(permissionsOf(role)),
      new Set(PERMISSIONS.filter((permission) => can(role, permission))),
    )
  }
})
