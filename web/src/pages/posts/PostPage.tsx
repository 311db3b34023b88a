import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { ExternalLink } from 'lucide-react'

import { write } from '../../lib/api.ts'
import { dayOf } from '../../lib/base.ts'
import type { Post } from '../../lib/contract.ts'
import { entitiesQuery } from '../../lib/life.ts'
import { postPath, postQuery } from '../../lib/posts.ts'
import { templatesQuery } from '../../lib/templates.ts'
import { useNow, useSession } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { Ask } from '../../ui/Ask.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { Card, PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Refused } from '../../ui/Field.tsx'
import { Empty } from '../../ui/States.tsx'
import { draftOf, emptyPost } from './draft.ts'
import { PostForm } from './PostForm.tsx'
import { standingOf } from './words.ts'

const MONTH_MS = 30 * 86_400_000

/** A new job: what does it say, and is that what the law wants? */
export function NewPostPage() {
  useTitle('New job post')
  const now = useNow()
  const templates = useQuery(templatesQuery)
  const entities = useQuery(entitiesQuery)
  const mayWrite = useSession().permissions.includes('offer:write')
  return (
    <>
      <PageHead
        title="New job post"
        question="What does it say, and is that what the law of its place wants?"
      />
      {mayWrite ? (
        <Ask query={templates} height={600} label="the form">
          {(known) => (
            <Ask query={entities} height={600} label="the form">
              {({ entities: [own] }) => (
                <PostForm
                  first={emptyPost(
                    own?.id ?? '',
                    own?.country ?? '',
                    own?.currency ?? 'USD',
                    dayOf(now() + MONTH_MS),
                  )}
                  post={null}
                  templates={known.templates}
                />
              )}
            </Ask>
          )}
        </Ask>
      ) : (
        <section className="card mt-5">
          <Empty title="You may not write job posts">People operations write them.</Empty>
        </section>
      )}
    </>
  )
}

/** One job: how does it stand, and what does it say? */
export function PostPage() {
  const { id = '' } = useParams({ strict: false })
  const query = useQuery(postQuery(id))
  const templates = useQuery(templatesQuery)
  const mayWrite = useSession().permissions.includes('offer:write')
  useTitle(query.data?.title ?? 'Job post')
  return (
    <Ask query={query} height={600} label="the post">
      {(post) => (
        <>
          <PageHead
            title={post.title}
            question="How does it stand, and what does it say?"
            actions={mayWrite && <Turn post={post} />}
          />
          <Stands post={post} />
          {mayWrite && (
            <Ask query={templates} height={600} label="the form">
              {(known) => (
                <PostForm key={post.id} first={draftOf(post)} post={post} templates={known.templates} />
              )}
            </Ask>
          )}
        </>
      )}
    </Ask>
  )
}

function Turn({ post }: { post: Post }) {
  const queries = useQueryClient()
  const turn = useMutation({
    mutationFn: (to: 'open' | 'close') => write<Post>('POST', `${postPath(post.id)}/${to}`, {}),
    onSuccess: async (next) => {
      queries.setQueryData(['post', post.id], next)
      await queries.invalidateQueries({ queryKey: ['posts'] })
    },
  })
  return (
    <>
      {turn.error && <Refused>{turn.error.message}</Refused>}
      {post.status === 'open' ? (
        <Button disabled={turn.isPending} onClick={() => turn.mutate('close')}>
          Close
        </Button>
      ) : (
        <Button look="primary" disabled={turn.isPending} onClick={() => turn.mutate('open')}>
          {post.status === 'closed' ? 'Open again' : 'Open to everybody'}
        </Button>
      )}
    </>
  )
}

function Stands({ post }: { post: Post }) {
  const { says, tone } = standingOf(post)
  return (
    <div className="mt-5">
      <Card
        title="Where it stands"
        note={says}
        actions={
          post.public && (
            <a href={post.urls.page} target="_blank" rel="noreferrer" className={buttonClass()}>
              See the page <ExternalLink size={14} aria-hidden />
            </a>
          )
        }
      >
        <Badge tone={tone}>{post.public ? 'open' : post.status === 'open' ? 'over' : post.status}</Badge>
        {post.public && (
          <div className="mt-4 flex flex-col gap-3">
            <img
              src={`/careers/${post.id}/badge.svg?${encodeURIComponent(post.changed_at)}`}
              alt={`AI compute: ${post.lines.map(({ quantity }) => quantity).join(', ') || 'ask us'}`}
              className="h-7 max-w-full self-start object-contain object-left"
            />
            <div className="flex flex-wrap items-start gap-2">
              <code className="min-w-0 flex-1 basis-60 rounded-lg bg-sunken p-2 text-xs break-all">
                {post.embed}
              </code>
              <Copy text={post.embed} label="Copy the badge" />
            </div>
          </div>
        )}
      </Card>
    </div>
  )
}
