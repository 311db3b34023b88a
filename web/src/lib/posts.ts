import { queryOptions } from '@tanstack/react-query'

import { read } from './api.ts'
import type { Post } from './contract.ts'

/** Advertised jobs, and where they are read. */

export const postsPath = '/api/v1/job-posts'
export const postPreviewPath = `${postsPath}/preview`
export const postPath = (id: string): string => `${postsPath}/${encodeURIComponent(id)}`

export const postsQuery = queryOptions({
  queryKey: ['posts'],
  queryFn: ({ signal }) => read<{ readonly posts: readonly Post[] }>(postsPath, signal),
})
export const postQuery = (id: string) =>
  queryOptions({ queryKey: ['post', id], queryFn: ({ signal }) => read<Post>(postPath(id), signal) })
