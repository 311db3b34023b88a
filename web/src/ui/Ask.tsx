import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { wallClock } from '../lib/time.ts'
import { Failure, Skeleton, Stale } from './States.tsx'

/** A query's states, always drawn: loading at the final height, error with retry, stale with its age, then the data. */
export function Ask<T>({
  query,
  height,
  label,
  children,
}: {
  query: UseQueryResult<T>
  height: number
  label: string
  children: (data: T) => ReactNode
}) {
  if (query.data === undefined) {
    if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />
    return <Skeleton height={height} label={`Loading ${label}`} />
  }
  return (
    <>
      {query.failureCount > 0 && (
        <Stale age={wallClock() - query.dataUpdatedAt} retry={() => void query.refetch()} />
      )}
      {children(query.data)}
    </>
  )
}
