import { Fault } from '#base/fault.ts'
import { invariant } from '#base/invariant.ts'
import { dayOf, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { checkPost, type Post, type PostAsk } from './post.ts'
import * as store from './post-store.ts'

/** Advertised jobs. Each verb works inside the caller's transaction. */
export type Posts = ReturnType<typeof openPosts>

export const MOST_POSTS = 500

export function openPosts() {
  async function locked(sql: Sql, id: string): Promise<Post> {
    const found = await store.post(sql, id, true)
    if (found) return found
    throw new Fault('not_found', `there is no post ${id}`, { param: 'id' })
  }

  return {
    /** A draft. Asked again with the same id, what stands is the answer; with another text it is a conflict. */
    async write(sql: Sql, ask: PostAsk & { id: string; by: string }, now: Millis): Promise<Post> {
      const { id, by, ...said } = ask
      const post: Post = {
        ...checkPost(said),
        id,
        status: 'draft',
        createdBy: by,
        createdAt: now,
        changedAt: now,
        openedAt: null,
      }
      if (await store.insertPost(sql, post)) return post
      const standing = await store.post(sql, id)
      invariant(standing, 'a post whose id is taken stands')
      if (standing.createdBy === by && standing.title === post.title) return standing
      throw new Fault('conflict', `post ${id} already stands with another text; use an id of its own`, {
        param: 'id',
      })
    },

    /** Another text, whether it is open or not: what is advertised is no contract. */
    async change(sql: Sql, id: string, ask: PostAsk, now: Millis): Promise<Post> {
      const post = await locked(sql, id)
      const next = { ...post, ...checkPost(ask), changedAt: now }
      if (next.status === 'open') checkUntil(next.until, dayOf(now))
      await store.updatePost(sql, next)
      return next
    },

    async open(sql: Sql, id: string, now: Millis): Promise<Post> {
      const post = await locked(sql, id)
      if (post.status === 'open') return post
      checkUntil(post.until, dayOf(now))
      const next: Post = { ...post, status: 'open', changedAt: now, openedAt: post.openedAt ?? now }
      await store.updatePost(sql, next)
      return next
    },

    async close(sql: Sql, id: string, now: Millis): Promise<Post> {
      const post = await locked(sql, id)
      if (post.status === 'closed') return post
      if (post.status === 'draft')
        throw new Fault('conflict', 'the post is a draft; nobody sees it yet', { param: 'status' })
      const next: Post = { ...post, status: 'closed', changedAt: now }
      await store.updatePost(sql, next)
      return next
    },
  }
}

function checkUntil(until: DateText, today: DateText): void {
  if (until >= today) return
  throw new Fault('invalid', `until is ${until}, which is past; give a day from ${today} on`, {
    param: 'until',
  })
}
