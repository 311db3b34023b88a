import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'

import { useGo } from '../../lib/address.ts'
import type { Post } from '../../lib/contract.ts'
import { curlOf } from '../../lib/links.ts'
import { count } from '../../lib/money.ts'
import { postsPath, postsQuery } from '../../lib/posts.ts'
import { useSession } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { buttonClass } from '../../ui/Button.tsx'
import { PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/States.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { standingOf } from './words.ts'

const NEW = '/posts/new'

/** Which jobs are advertised, and with which compute? */
export function PostsPage() {
  useTitle('Job posts')
  const query = useQuery(postsQuery)
  const mayWrite = useSession().permissions.includes('offer:write')
  return (
    <>
      <PageHead
        title="Job posts"
        question="Which jobs are advertised, and with which compute?"
        actions={
          <>
            <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, postsPath)} />
            <a href="/careers" target="_blank" rel="noreferrer" className={buttonClass()}>
              As everybody sees them
            </a>
            {mayWrite && (
              <A href={NEW} className={buttonClass('primary')}>
                <Plus size={14} aria-hidden /> New post
              </A>
            )}
          </>
        }
      />
      <div className="mt-5">
        <Ask query={query} height={420} label="job posts">
          {({ posts }) => <List posts={posts} mayWrite={mayWrite} />}
        </Ask>
      </div>
    </>
  )
}

function List({ posts, mayWrite }: { posts: readonly Post[]; mayWrite: boolean }) {
  const go = useGo()
  if (posts.length === 0)
    return (
      <section className="card">
        <Empty
          title="No job posts yet"
          action={
            mayWrite && (
              <A href={NEW} className={buttonClass('primary')}>
                Write the first one
              </A>
            )
          }
        >
          A post tells the salary range and the compute of a job, to people and to search engines.
        </Empty>
      </section>
    )
  const open = posts.filter((post) => post.public).length
  return (
    <section aria-label="Job posts" className="card">
      <div className="px-4 pt-4 pb-3 sm:px-5">
        <p className="num text-3xl font-semibold tracking-[-0.02em]">{count(open)}</p>
        <p className="text-sm text-pretty text-ink-2">
          {open === 1 ? 'job is' : 'jobs are'} open to everybody.
        </p>
      </div>
      <Table label="Job posts">
        <thead>
          <tr>
            <Th>Job</Th>
            <Th wide>Where</Th>
            <Th wide>Compute</Th>
            <Th>Stands</Th>
          </tr>
        </thead>
        <tbody>
          {posts.map((post) => (
            <Tr key={post.id} onOpen={() => go(`/posts/${post.id}`)}>
              <Td className="min-w-40">
                <A
                  data-row
                  href={`/posts/${post.id}`}
                  className="figure-link inline-flex min-h-6 items-center font-medium"
                >
                  {post.title}
                </A>
              </Td>
              <Td wide>
                {[post.place.locality, post.place.region, post.place.country]
                  .filter((one) => one !== '')
                  .join(', ')}
              </Td>
              <Td wide>{post.lines.map(({ quantity }) => quantity).join(' + ') || 'None said'}</Td>
              <Td>
                <Badge tone={standingOf(post).tone}>
                  {post.public ? 'open' : post.status === 'open' ? 'over' : post.status}
                </Badge>
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </section>
  )
}
