import { useLocation, useRouter } from '@tanstack/react-router'

import { queryOf } from './links.ts'

export type Search = Readonly<Record<string, string | undefined>>

/** What the address asks for, as plain text: pages read their filters from here and write them back. */
export const useAddress = (): { path: string; search: Search } => {
  const location = useLocation()
  return { path: location.pathname, search: location.search as Search }
}

export function useGo(): (href: string, how?: 'push' | 'replace') => void {
  const { history } = useRouter()
  return (href, how = 'push') => (how === 'push' ? history.push(href) : history.replace(href))
}

/** Changes some of the address's parameters and keeps the rest; an absent value removes one. */
export function useSetSearch(): (change: Search, how?: 'push' | 'replace') => void {
  const { path, search } = useAddress()
  const go = useGo()
  return (change, how) => go(path + queryOf({ ...search, ...change }), how)
}

export const parseSearch = (text: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(text))
