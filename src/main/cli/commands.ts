import type { Command } from 'commander'
import type { Environment } from '../config.ts'
import { archiveCommand } from './archive.ts'
import { backupCommands } from './backup.ts'
import { clusterCommand } from './cluster.ts'
import { doctorCommand } from './doctor.ts'
import { exchangeCommand } from './exchange.ts'
import { exportCommands } from './export.ts'
import { gpuCommand } from './gpu.ts'
import { grantCommand } from './grant.ts'
import { importCommand } from './import.ts'
import { ledgerCommand } from './ledger.ts'
import { lifeCommands } from './life.ts'
import { offerCommand } from './offer.ts'
import { personCommand } from './person.ts'
import { priceCommand } from './price.ts'
import { priceOverrideCommand } from './price-override.ts'
import { providerCommand } from './provider.ts'
import { sandboxCommand } from './sandbox.ts'
import { serveCommand } from './serve.ts'
import { valueCommand } from './value.ts'
import { vestCommand } from './vest.ts'
import { vestingCommand } from './vesting.ts'
import { walletCommand } from './wallet.ts'

/** All commands, in the order in which help tells them. */
export const COMMANDS: readonly ((program: Command, env: Environment) => void)[] = [
  serveCommand,
  walletCommand,
  grantCommand,
  offerCommand,
  exportCommands,
  importCommand,
  vestCommand,
  sandboxCommand,
  priceCommand,
  priceOverrideCommand,
  exchangeCommand,
  valueCommand,
  gpuCommand,
  clusterCommand,
  ledgerCommand,
  archiveCommand,
  backupCommands,
  personCommand,
  lifeCommands,
  providerCommand,
  doctorCommand,
  vestingCommand,
]
