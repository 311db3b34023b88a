import { useSuspenseQuery } from '@tanstack/react-query'
import { createContext, useContext } from 'react'

import type { Millis } from './base.ts'
import type { Session } from './contract.ts'
import { personPath, queryOf } from './links.ts'
import type { EntryFilter } from './links.ts'
import { sessionQuery } from './queries.ts'

/** Whose pages are shown: one's own, or another person's, read-only. */
export type Subject = { readonly id: string; readonly readOnly: boolean }
const SubjectContext = createContext<Subject>({ id: 'me', readOnly: false })
export const SubjectProvider = SubjectContext.Provider
export const useSubject = (): Subject => useContext(SubjectContext)

/** Every number's way to its entries: the address of the entries page with filters. */
export function useEntriesHref(): (filter: EntryFilter) => string {
  const { id } = useSubject()
  return (filter) => personPath(id, 'entries') + queryOf(filter)
}

export const useSession = (): Session => useSuspenseQuery(sessionQuery).data

/** People, finance and admins may look at other people's wallets. */
export const mayReadPeople = (session: Session): boolean => session.person.role !== 'employee'

/** Finance, people and admins see the company's alerts. */
export const mayReadReports = (session: Session): boolean => session.permissions.includes('report:read')

/** Now by the server's clock, which a demo may have shifted. */
export function useNow(): () => Millis {
  const { data, dataUpdatedAt } = useSuspenseQuery(sessionQuery)
  return () => Date.parse(data.now) + (Date.now() - dataUpdatedAt)
}
