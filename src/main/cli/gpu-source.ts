import type { Asset } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import { floor, mul, rational } from '#base/rational.ts'
import { setting, type Environment } from '../config.ts'
import type { Rooms } from '../rooms.ts'
import { personByEmail, withRooms, type Shared } from './context.ts'
import type { Asked } from './sbatch.ts'

/** What the API answers, as far as a command prints it; amounts are GPU-seconds as text. */
export type JobsAnswer = {
  readonly as_of: string
  readonly jobs: readonly {
    readonly cluster: string
    readonly job: string
    readonly name: string
    readonly state: string
    readonly verdict: string
    readonly reason: string | null
    readonly waits_for: string
    readonly asset: string | null
    readonly gpus: number
    readonly tasks: number
    readonly started_at: string | null
    readonly expected_at: string | null
    readonly held: string
    readonly so_far: string
    readonly preempted: number
  }[]
}
export type BalancesAnswer = {
  readonly balances: readonly {
    readonly asset: Asset
    readonly available: string
    readonly held: string
    readonly spent: string
    readonly unvested: string
    readonly running_gpus: number
    readonly promise: {
      readonly preemptions: { readonly used: number; readonly allowed: number } | null
    } | null
  }[]
}
export type Refused = { readonly kind: 'refused'; readonly cluster: string | null; readonly reason: string }
export type QuoteAnswer = { readonly kind: 'free'; readonly cluster: string } | Refused | Priced
export type Priced = {
  readonly kind: 'fits' | 'short'
  readonly cluster: string
  readonly asset: Asset
  readonly allowance: string
  readonly gpus: number
  readonly tasks: number
  readonly hold: string
  readonly most: string
  readonly available: string
  readonly exchangeable: string
  readonly held: string
  readonly most_worth: string | null
}

/** Where a person's GPU figures come from. */
export type Source = {
  jobs(): Promise<JobsAnswer>
  balances(): Promise<BalancesAnswer>
  quote(ask: Asked & { readonly cluster?: string | undefined }): Promise<QuoteAnswer>
}

export type SourceOptions = Shared & { readonly person?: string; readonly url?: string }

/**
 * The server at PERQ_URL, asked with the key of whoever runs the command (PERQ_KEY), as on a login node; or, with --person, the
 * database itself, as an administrator does.
 */
export function withSource<T>(
  env: Environment,
  options: SourceOptions,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const { person } = options
  if (person !== undefined)
    return withRooms(env, options, async (rooms) =>
      work(ofRooms(rooms, (await personByEmail(rooms, person)).id)),
    )
  const url = options.url ?? setting(env, 'PERQ_URL')
  const key = setting(env, 'PERQ_KEY')
  if (url === '' || key === '')
    throw new Fault(
      'invalid',
      'set PERQ_URL to the address of Perq and PERQ_KEY to a key of your own, which its page "Keys & setup" makes; or say --person EMAIL where the database is',
      { param: '--person' },
    )
  return work(ofServer(url.replace(/\/+$/, ''), key))
}

const queryOf = (ask: Asked & { readonly cluster?: string | undefined }): string => {
  const query = new URLSearchParams()
  const said: Readonly<Record<string, string | number | null | undefined>> = {
    cluster: ask.cluster,
    type: ask.type,
    gpus: ask.gpus,
    tasks: ask.tasks,
    time_limit_seconds: ask.timeLimitSeconds,
    allowance: ask.allowance,
    purpose: ask.purpose,
  }
  for (const [name, value] of Object.entries(said))
    if (value !== null && value !== undefined) query.set(name, String(value))
  return query.toString()
}

function ofServer(url: string, key: string): Source {
  /** A wire parser: what the server says is what its OpenAPI document says. */
  const read = async <T>(path: string): Promise<T> => {
    let response: Response
    try {
      response = await fetch(`${url}/api/v1/people/me/${path}`, {
        headers: { authorization: `Bearer ${key}`, accept: 'application/json' },
        signal: AbortSignal.timeout(20_000),
      })
    } catch (cause) {
      throw new Fault('unavailable', `Perq cannot be reached at ${url}; look at PERQ_URL`, { cause })
    }
    const body: unknown = await response.json().catch(() => null)
    if (response.ok) return body as T
    throw new Fault(
      response.status === 401 ? 'unauthenticated' : 'conflict',
      messageIn(body) ?? `${url} answered ${response.status}`,
    )
  }
  return {
    jobs: () => read('gpu-jobs'),
    balances: () => read('gpu-balances'),
    quote: (ask) => read(`gpu-quote?${queryOf(ask)}`),
  }
}

function messageIn(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('error' in body)) return null
  const { error } = body
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : null
}

function ofRooms({ reports, quotes, exchange, world }: Rooms, person: string): Source {
  const text = (amount: bigint): string => String(amount)
  return {
    jobs: async () => {
      const view = await reports.cluster.jobs(person, world.now())
      return {
        ...view,
        jobs: view.jobs.map((job) => ({ ...job, held: text(job.held), so_far: text(job.so_far) })),
      }
    },
    balances: async () => {
      const { balances } = await reports.cluster.balances(person, world.now())
      return {
        balances: balances.map((one) => ({
          ...one,
          available: text(one.available),
          held: text(one.held),
          spent: text(one.spent),
          unvested: text(one.unvested),
        })),
      }
    },
    quote: async ({ type, gpus, allowance, ...ask }) => {
      const quote = await quotes(person, {
        ...ask,
        gpus: { type, count: BigInt(gpus) },
        allowance: allowance ?? undefined,
      })
      if (quote.kind === 'free' || quote.kind === 'refused') return quote
      const rate = exchange.rate(quote.asset, 'USD', world.now())
      return {
        ...quote,
        gpus: Number(quote.gpus),
        hold: text(quote.hold),
        most: text(quote.most),
        available: text(quote.available),
        exchangeable: text(quote.exchangeable),
        held: text(quote.held),
        most_worth: rate && text(floor(mul(rational(quote.most), rate.rate))),
      }
    },
  }
}
