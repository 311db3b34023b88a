import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { isAsset } from '#base/asset.ts'
import { Fault, messageOf } from '#base/fault.ts'
import { formatUsd } from '#base/money.ts'
import { formatQuantity } from '#base/quantity.ts'
import type { Environment } from '../config.ts'
import {
  withSource,
  type BalancesAnswer,
  type JobsAnswer,
  type Priced,
  type QuoteAnswer,
  type Refused,
  type SourceOptions,
} from './gpu-source.ts'
import { print, say, table } from './output.ts'
import { askedOf, readArguments, readScript } from './sbatch.ts'

type SubmitOptions = SourceOptions & {
  readonly dryRun?: boolean
  readonly cluster?: string
  readonly sbatch: string
}

/** `perq gpu submit|jobs|balance`: a person's GPU jobs, and what the next one costs before it runs. */
export function gpuCommand(program: Command, env: Environment): void {
  const group = program.command('gpu').description('your GPU jobs and hours, and what the next job will cost')
  const shared = (command: Command): Command =>
    command
      .option('--person <email>', 'of that person, from the database; as an administrator')
      .option('--url <address>', 'of Perq; PERQ_URL when absent')
      .option('--json', 'one JSON document, amounts in GPU-seconds as text')
      .option('--data <folder>', 'data folder of the embedded database, with --person')

  shared(group.command('jobs'))
    .description('what runs and waits, what is held for it, and why it waits')
    .action(async (options: SourceOptions) => {
      const answer = await withSource(env, options, (source) => source.jobs())
      print(options.json ?? false, answer, () => jobLines(answer))
    })

  shared(group.command('balance'))
    .description('GPU-hours by accelerator and tier')
    .action(async (options: SourceOptions) => {
      const answer = await withSource(env, options, (source) => source.balances())
      print(options.json ?? false, answer, () => balanceLines(answer))
    })

  shared(group.command('submit'))
    .argument('<sbatch...>', 'behind "--": the options and the script, as sbatch takes them')
    .description('says what a job will cost, and hands it to sbatch when there is enough')
    .option('--dry-run', 'only says it: exit 0 when the job could run, 1 when not')
    .option('--cluster <name>', 'where there are several')
    .option('--sbatch <program>', 'the sbatch to use', 'sbatch')
    .action(async (args: readonly string[], options: SubmitOptions) => {
      const { options: command, script } = readArguments(args)
      const asked = askedOf(script === null ? new Map() : readScript(textOf(script)), command)
      const quote = await withSource(env, options, (source) =>
        source.quote({ ...asked, cluster: options.cluster }),
      )
      const json = options.json ?? false
      if (quote.kind === 'refused' || quote.kind === 'short') {
        if (json) print(true, { quote, submitted: false }, () => [])
        throw new Fault(quote.kind === 'short' ? 'budget_exhausted' : 'conflict', refusalOf(quote))
      }
      const told = quoteLines(quote)
      if (options.dryRun === true) return print(json, { quote, submitted: false }, () => told)
      told.forEach(say)
      const said = await runSbatch(options.sbatch, args, env)
      const job = /(\d+)(?:;\S+)?\s*$/.exec(said.trim())?.[1] ?? null
      print(json, { quote, submitted: true, job, sbatch: said.trim() }, () => [said.trim()])
    })
}

/** A script that cannot be read is sbatch's to refuse, in its own words. */
function textOf(script: string): string {
  try {
    return readFileSync(script, 'utf8')
  } catch {
    return ''
  }
}

const hours = (seconds: string, asset: string): string =>
  isAsset(asset) ? formatQuantity(asset, BigInt(seconds)) : `${seconds} GPU-seconds`
const bare = (seconds: string, asset: string): string => hours(seconds, asset).split(' ')[0] ?? ''

function refusalOf(quote: Refused | Priced): string {
  if (quote.kind === 'refused') return quote.reason
  const there = BigInt(quote.available) + BigInt(quote.exchangeable)
  const short = BigInt(quote.hold) - there
  const others =
    quote.held === '0' ? '' : `, ${bare(quote.held, quote.asset)} more are held by your other jobs`
  return (
    `the job holds ${hours(quote.hold, quote.asset)} and you have ${bare(String(there), quote.asset)}: ` +
    `${bare(String(short), quote.asset)} too few${others}; ask for fewer GPUs or a shorter time limit`
  )
}

function quoteLines(quote: Exclude<QuoteAnswer, Refused>): readonly string[] {
  if (quote.kind === 'free') return ['It uses no GPU and costs nothing.']
  const { asset } = quote
  const worth = quote.most_worth === null ? '' : `, worth ${formatUsd(BigInt(quote.most_worth))}`
  const there = String(BigInt(quote.available) + BigInt(quote.exchangeable))
  const of = quote.tasks === 1 ? '' : ` (${quote.tasks} tasks)`
  return [
    `It costs at most ${hours(quote.most, asset)}${of}${worth}.`,
    `It holds ${bare(quote.hold, asset)} of the ${bare(there, asset)} you can spend until it ends; what it does not use comes back.`,
  ]
}

const jobLines = ({ jobs }: JobsAnswer): readonly string[] =>
  jobs.length === 0
    ? ['Nothing runs and nothing waits.']
    : [
        ...table([
          ['job', 'name', 'state', 'GPUs', 'used', 'held', 'preempted', 'starts'],
          ...jobs.map((job) => [
            job.job,
            job.name,
            job.verdict === 'refused' ? 'refused' : job.state,
            job.tasks === 1 ? String(job.gpus) : `${job.tasks} × ${job.gpus}`,
            job.asset === null ? '' : bare(job.so_far, job.asset),
            job.asset === null ? '' : bare(job.held, job.asset),
            String(job.preempted),
            job.started_at?.slice(0, 16).replace('T', ' ') ??
              job.expected_at?.slice(0, 16).replace('T', ' ') ??
              '?',
          ]),
        ]),
        ...jobs.flatMap(({ job, reason }) => (reason === null ? [] : [`${job}: ${reason}`])),
      ]

const balanceLines = ({ balances }: BalancesAnswer): readonly string[] =>
  balances.length === 0
    ? ['No GPU-hours were granted.']
    : table([
        ['GPU-hours of', 'available', 'held', 'spent', 'to vest', 'running', 'preemptions'],
        ...balances.map(({ asset, promise, ...one }) => [
          asset.split('/').slice(1).join(', '),
          bare(one.available, asset),
          bare(one.held, asset),
          bare(one.spent, asset),
          bare(one.unvested, asset),
          `${one.running_gpus} GPUs`,
          promise?.preemptions ? `${promise.preemptions.used} of ${promise.preemptions.allowed}` : '',
        ]),
      ])

/** What sbatch printed; what it complains of goes to the person as it comes. */
function runSbatch(program: string, args: readonly string[], env: Environment): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['inherit', 'pipe', 'inherit'], env: { ...env } })
    let said = ''
    child.stdout.on('data', (piece: Buffer) => (said += piece.toString()))
    child.once('error', (error) =>
      reject(new Fault('unavailable', `${program} cannot be started: ${messageOf(error)}`, { cause: error })),
    )
    child.once('close', (code) => {
      if (code === 0) resolve(said)
      else
        reject(
          new Fault(
            'conflict',
            `${program} refused the job and ended with ${code ?? 'a signal'}; nothing is held`,
          ),
        )
    })
  })
}
