import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'
import { Fault } from '#base/fault.ts'
import type { Grants } from '#grants/grants.ts'
import type { Post, PostAsk } from '#offers/post.ts'
import type { Posts } from '#offers/posts.ts'
import type { People } from '#people/people.ts'

export type PostParts = {
  readonly db: Db
  readonly world: World
  readonly people: Pick<People, 'entity'>
  readonly grants: Pick<Grants, 'template'>
  readonly posts: Posts
}

export type PostCommands = ReturnType<typeof openPostCommands>

/** Advertised jobs: what they name has to stand. Each is one transaction. */
export function openPostCommands({ db, world, people, grants, posts }: PostParts) {
  async function checkNamed(sql: Sql, { entity, compute }: PostAsk): Promise<void> {
    if (!(await people.entity(entity, sql)))
      throw new Fault('not_found', `there is no legal entity ${entity}`, { param: 'entity_id' })
    for (const [index, { template }] of compute.entries()) {
      try {
        await grants.template(sql, template)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        throw new Fault(error.code, error.message, { param: `compute[${index}].template_id` })
      }
    }
  }

  return {
    writePost: (ask: PostAsk & { readonly id: string; readonly by: string }): Promise<Post> =>
      db.tx(async (sql) => {
        const post = await posts.write(sql, ask, world.now())
        await checkNamed(sql, ask)
        return post
      }),
    changePost: (id: string, ask: PostAsk): Promise<Post> =>
      db.tx(async (sql) => {
        const post = await posts.change(sql, id, ask, world.now())
        await checkNamed(sql, ask)
        return post
      }),
    openPost: (id: string): Promise<Post> => db.tx((sql) => posts.open(sql, id, world.now())),
    closePost: (id: string): Promise<Post> => db.tx((sql) => posts.close(sql, id, world.now())),
  }
}
