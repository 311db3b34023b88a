import type { Asset } from '#base/asset.ts'
import type { Millis } from '#base/time.ts'
import type { Db } from '#db/sql.ts'
import { snapshot } from '../snapshot.ts'
import { balances, type BalancesView } from './balances.ts'
import { evidence, type Evidence } from './evidence.ts'
import { endedRuns, jobs, type JobsView, type RunFilter, type RunsView } from './jobs.ts'
import { thisMonth, type MonthText } from './month.ts'
import { overview, type OverviewView } from './overview.ts'
import { audit, companySla, sla, type CompanySlaView, type SlaView } from './sla.ts'
import type { StatementView } from './views.ts'

export type ClusterReports = ReturnType<typeof clusterReports>

/** What runs on the clusters, what was promised of them, and whether it was kept. Each view is one snapshot. */
export const clusterReports = (db: Db) => ({
  /** What a person's jobs do now. */
  jobs: (person: string, now: Millis): Promise<JobsView> => snapshot(db, (sql) => jobs(sql, person, now)),

  /** What a person's jobs did. */
  runs: (
    person: string,
    filter: RunFilter,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<RunsView> => snapshot(db, (sql) => endedRuns(sql, person, filter, page)),

  balances: (person: string, now: Millis): Promise<BalancesView> =>
    snapshot(db, (sql) => balances(sql, person, now)),

  /** A month of one person, this one when absent. */
  sla: (person: string, now: Millis, month: MonthText = thisMonth(now)): Promise<SlaView> =>
    snapshot(db, (sql) => sla(sql, person, month, now)),

  /** A month of everybody. */
  companySla: (now: Millis, month: MonthText = thisMonth(now)): Promise<CompanySlaView> =>
    snapshot(db, (sql) => companySla(sql, month, now)),

  /** One statement; null when nothing was promised. */
  statement: (
    lane: { readonly person: string; readonly asset: Asset },
    month: MonthText,
    now: Millis,
  ): Promise<StatementView | null> =>
    snapshot(db, async (sql) => (await audit(sql, lane, month, now))?.view ?? null),

  /** One statement with every row that it rests on. */
  evidence: (
    lane: { readonly person: string; readonly asset: Asset },
    month: MonthText,
    now: Millis,
  ): Promise<Evidence | null> => snapshot(db, (sql) => evidence(sql, lane, month, now)),

  overview: (now: Millis, month: MonthText = thisMonth(now)): Promise<OverviewView> =>
    snapshot(db, (sql) => overview(sql, month, now)),
})
