import type { Post } from '../../lib/contract.ts'

type Standing = { readonly says: string; readonly tone: 'plain' | 'good' | 'warn' }

/** How a post stands, in a sentence. */
export function standingOf({
  status,
  public: seen,
  until,
}: Pick<Post, 'status' | 'public' | 'until'>): Standing {
  if (seen) return { says: `Everybody can read it, and apply until ${until}.`, tone: 'good' }
  if (status === 'open')
    return { says: `Its last day was ${until}: nobody sees it any more. Give it another day.`, tone: 'warn' }
  if (status === 'closed') return { says: 'It was closed: nobody outside sees it.', tone: 'plain' }
  return { says: 'A draft: nobody outside sees it.', tone: 'plain' }
}
