import type { Command } from 'commander'
import { proveCluster } from '#cluster/proof.ts'
import { verify } from '#ledger/verify.ts'
import type { Environment } from '../config.ts'
import { withRooms, type Shared } from './context.ts'
import { print, say } from './output.ts'

/** `perq ledger verify`: proves the ledger; exits 1 and names the rows when something does not hold. */
export function ledgerCommand(program: Command, env: Environment): void {
  const ledger = program.command('ledger').description('the ledger itself')
  ledger
    .command('verify')
    .description('prove the hash chain, every transfer, every lot, every grant')
    .option('--archive <folder>', 'read the calls of archived months from their files there')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (options: Shared & { readonly archive?: string }) => {
      const verdict = await withRooms(env, options, async ({ ledger: open, db }) => {
        await open.seal()
        const onCheck = (check: string): void => say(`checking ${check}`)
        const own = await verify(db, onCheck, options)
        const findings = [...own.findings, ...(await proveCluster(db, onCheck))]
        return { ...own, ok: findings.length === 0, findings }
      })
      print(options.json ?? false, verdict, () => [
        ...verdict.findings.map((finding) => `${finding.row} ${finding.detail} (${finding.check})`),
        verdict.ok
          ? `The ledger holds: ${verdict.entries} entries, ${verdict.sealed} sealed, ${verdict.grants} grants, ${verdict.lots} lots, ${verdict.openHolds} holds in flight.`
          : `The ledger does not hold: ${verdict.findings.length} findings.`,
        ...(verdict.unread.length === 0
          ? []
          : [
              `Not looked at: the calls of ${verdict.unread.map((month) => month.slice(0, 7)).join(', ')}, which are archived. ` +
                'With --archive FOLDER they are read back and proved too.',
            ]),
        `Newest seal ${verdict.head}`,
      ])
      if (!verdict.ok) {
        for (const finding of verdict.findings) say(`perq: ${finding.row} ${finding.detail}`)
        process.exitCode = 1
      }
    })
}
