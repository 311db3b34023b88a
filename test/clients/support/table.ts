import type { Client } from '../clients.ts'
import type { Turn } from './run.ts'

export type Row = {
  readonly case: string
  readonly client: string
  readonly requests: string
  readonly forwarded: number
  readonly exit: string
  readonly shown: string
}

/** How the demo models begin to speak. */
const WORDS =
  /Short answer:|Here is what I would do\.|Good question\.|In brief:|Let us take it step by step\./

/** What the person sees, without what differs from run to run. */
export function shownBy(client: Client, turn: Turn): string {
  const text = client.shown(turn)
  if (WORDS.test(text)) return "the model's words"
  return (
    text
      .replaceAll('\u2060', '')
      .replaceAll(/\$[\d,.]+\d/g, '$…')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, '…')
      // Some ports make opencode get words in the place of a link.
      .replaceAll(/http:\/\/127\.0\.0\.1:\d+\/\w*|the pages of Perq/g, '(link)')
      .replaceAll(/\s+/g, ' ')
      .replaceAll('|', '\\|')
      .trim()
  )
}

/** A table of Markdown for each case. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [
    '# What the real clients do',
    '',
    'Requests that reached Perq for one prompt, those that went on to the provider, the exit code, and what the person sees.',
    'Written by `PERQ_GOLDEN=write npm run test:clients`; the test fails when a client does anything else.',
  ]
  for (const name of new Set(rows.map((row) => row.case))) {
    lines.push(
      '',
      `## ${name}`,
      '',
      '| client | requests | to the provider | exit | shown |',
      '|---|---|---|---|---|',
    )
    for (const row of rows.filter((row) => row.case === name))
      lines.push(
        `| ${row.client} | ${row.requests} | ${row.forwarded} | ${row.exit} | ${row.shown || '(nothing)'} |`,
      )
  }
  return `${lines.join('\n')}\n`
}
