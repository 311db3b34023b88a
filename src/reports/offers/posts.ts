import { assetOf, type Asset } from '#base/asset.ts'
import type { Json } from '#base/json.ts'
import { formatQuantity, quantityName } from '#base/quantity.ts'
import { dayOf, type DateText, type Millis } from '#base/time.ts'
import type { Db, Sql } from '#db/sql.ts'
import type { Grants } from '#grants/grants.ts'
import type { Template } from '#grants/grant.ts'
import { totalQuantity } from '#grants/terms.ts'
import { jobPosting } from '#offers/post-ld.ts'
import { checkPost, type Post, type PostAsk, type PostLine } from '#offers/post.ts'
import * as store from '#offers/post-store.ts'
import { transparency, type Finding } from '#offers/transparency.ts'
import type { People } from '#people/people.ts'
import { snapshot } from '../snapshot.ts'
import { clauseWords } from '../words/clauses.ts'
import { expiryWords } from '../words/expiry.ts'
import { vestingWords } from '../words/vesting.ts'

/** One line of a post's compute, with its terms in words. */
export type PostLineView = PostLine & {
  readonly name: string
  readonly asset: Asset
  /** Of the whole grant: "$20,000.00 to $30,000.00". */
  readonly quantity: string
  /** All of it in a sentence, for a reader who knows nothing of Perq. */
  readonly says: string
  readonly words: readonly string[]
  readonly terms: Template
}

export type PostView = {
  readonly post: Post
  readonly entityName: string
  readonly lines: readonly PostLineView[]
  readonly findings: readonly Finding[]
  /** Seen by everybody: open, and its last day has not passed. */
  readonly isPublic: boolean
}

type Rooms = {
  readonly db: Db
  readonly grants: Pick<Grants, 'template'>
  readonly people: Pick<People, 'entity'>
}

export type PostReports = ReturnType<typeof openPostReports>

/** Advertised jobs as they are told. */
export function openPostReports(rooms: Rooms) {
  const { db } = rooms
  return {
    /** Newest first; `open`: only those that one can apply for on that day. */
    posts: (ask: { readonly open: DateText | null; readonly limit: number }, now: Millis) =>
      snapshot(db, async (sql): Promise<readonly PostView[]> => {
        const views: PostView[] = []
        for (const post of await store.posts(sql, ask)) views.push(await view(sql, rooms, post, now))
        return views
      }),

    post: (id: string, now: Millis): Promise<PostView | null> =>
      snapshot(db, async (sql) => {
        const post = await store.post(sql, id)
        return post && view(sql, rooms, post, now)
      }),

    /** What a text would be told as, if it were opened now. Throws as writing it would. */
    previewPost: (ask: PostAsk, by: { readonly id: string; readonly now: Millis }): Promise<PostView> =>
      snapshot(db, (sql) => {
        const at = { createdAt: by.now, changedAt: by.now, openedAt: null }
        const post = { ...checkPost(ask), id: by.id, status: 'draft', createdBy: by.id, ...at } as const
        return view(sql, rooms, post, by.now)
      }),
  }
}

async function view(sql: Sql, rooms: Rooms, post: Post, now: Millis): Promise<PostView> {
  const lines: PostLineView[] = []
  for (const line of post.compute) lines.push(lineView(line, await rooms.grants.template(sql, line.template)))
  return {
    post,
    entityName: (await rooms.people.entity(post.entity, sql))?.name ?? '',
    lines,
    findings: transparency(post),
    isPublic: post.status === 'open' && post.until >= dayOf(now),
  }
}

function lineView(line: PostLine, terms: Template): PostLineView {
  const asset = assetOf(terms.denomination, terms.unit)
  const amount = (quantity: bigint): string => formatQuantity(asset, quantity)
  const [least, most] = [totalQuantity(terms, line.least), totalQuantity(terms, line.most)]
  const quantity = rangeOf(asset, least, most)
  const vesting = vestingWords(statementsJson(terms))
  const clauses = clauseWords(terms.clauses, (text) => amount(BigInt(text)))
  return {
    ...line,
    name: terms.name,
    asset,
    quantity,
    says: `AI compute as pay: ${quantity} (${terms.name}). ${vesting.join(' ')}`,
    words: [...vesting, expiryWords(terms.expiry), ...clauses.flatMap((section) => section.lines)],
    terms,
  }
}

/** "$20,000 to $30,000", "1,000 to 2,000 H100-SXM GPU-hours, guaranteed": the unit once, and no cents where there are none. */
function rangeOf(asset: Asset, least: bigint, most: bigint): string {
  const [one, two] = [least, most].map((quantity) => formatQuantity(asset, quantity).replace(/\.00$/, ''))
  if (one === two) return two!
  const unit = ` ${quantityName(asset)}`
  return `${one!.endsWith(unit) ? one!.slice(0, -unit.length) : one} to ${two}`
}

const statementsJson = ({ statements }: Template): Json =>
  Array.isArray(statements) ? statements : { ...statements }

/** What search engines read, and what a preview shows. */
export const postLd = (
  view: { readonly post: PostAsk; readonly lines: readonly PostLineView[] },
  facts: {
    readonly id: string
    readonly company: string
    readonly postedOn: DateText
    readonly url: string
    readonly document: { readonly url: string; readonly sha256: string } | null
  },
): { readonly [key: string]: Json } =>
  jobPosting({ ...view.post, ...facts, compute: view.lines.map(({ says }) => says) })
