import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ChevronLeft, FileUp } from 'lucide-react'
import { useEffect, useState } from 'react'

import { ApiError } from '../../lib/api.ts'
import { commitBulk, previewBulk } from '../../lib/agreements.ts'
import type { BulkAs, BulkReport } from '../../lib/agreements.ts'
import { count } from '../../lib/money.ts'
import { useSession } from '../../lib/viewer.tsx'
import { saidAtField } from '../../lib/refusals.ts'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { Card, PageHead } from '../../ui/Card.tsx'
import { Refused, SelectField } from '../../ui/Field.tsx'
import type { Option } from '../../ui/Field.tsx'
import { Empty, Skeleton } from '../../ui/States.tsx'
import { BulkErrors, BulkGrants, bulkSays } from './BulkReport.tsx'

const AS: readonly Option<BulkAs>[] = [
  { value: 'draft', text: 'Drafts, to be looked at' },
  { value: 'submitted', text: 'Submitted for approval' },
  { value: 'active', text: 'Promised at once' },
]
const TYPING_MS = 400
const MAX_BYTES = 5_000_000
const EXAMPLE = 'email,template,quantity,start_date,grant_date,name\n'

/** What would a file of grants do? All of it or nothing. */
export function BulkPage() {
  useTitle('Grants from a file')
  const mayWrite = useSession().permissions.includes('grant:write')
  const [csv, setCsv] = useState('')
  const [as, setAs] = useState<BulkAs>('draft')
  const [tooLarge, setTooLarge] = useState(false)
  const asked = useSettled(csv, TYPING_MS)
  const query = useQuery({
    queryKey: ['bulk', as, asked],
    queryFn: () => previewBulk(asked, as),
    enabled: asked.trim() !== '' && mayWrite,
    staleTime: 0,
    gcTime: 30_000,
  })
  const fresh = asked === csv && !query.isFetching
  const load = async (file: File | undefined): Promise<void> => {
    if (!file) return
    setTooLarge(file.size > MAX_BYTES)
    if (file.size <= MAX_BYTES) setCsv(await file.text())
  }
  return (
    <>
      <A
        href="/grants"
        className="inline-flex min-h-6 items-center gap-1 text-sm text-ink-2 hover:text-ink print:hidden"
      >
        <ChevronLeft size={14} aria-hidden /> Grants
      </A>
      <div className="mt-1">
        <PageHead title="Grants from a file" question="What would this file do? All of it or nothing." />
      </div>
      {mayWrite ? (
        <div className="mt-5 flex flex-col gap-4">
          <Card
            title="The file"
            note="Columns in any order: email, template, start_date; where they are needed quantity, grant_date, name. At most 10,000 rows."
            actions={
              <label className={buttonClass()}>
                <FileUp size={14} aria-hidden /> Choose a file
                <input
                  type="file"
                  accept=".csv,text/csv"
                  className="sr-only"
                  onChange={(event) => void load(event.target.files?.[0])}
                />
              </label>
            }
          >
            <div
              className="flex flex-col gap-4"
              onDragOver={(event) => event.preventDefault()}
              onDrop={(event) => {
                event.preventDefault()
                void load(event.dataTransfer.files[0])
              }}
            >
              <textarea
                aria-label="The file as text"
                data-focus
                spellCheck={false}
                rows={8}
                className="field h-auto w-full py-2 font-mono text-xs leading-5 whitespace-pre"
                placeholder={`${EXAMPLE}maya@example.com,Monthly,200,2026-01-31,,`}
                value={csv}
                onChange={(event) => setCsv(event.target.value)}
              />
              {tooLarge && <Refused>The file is larger than 5 MB. Split it.</Refused>}
              <div className="flex flex-wrap items-end justify-between gap-3">
                <SelectField
                  label="The grants become"
                  className="w-64"
                  value={as}
                  options={AS}
                  onChange={setAs}
                />
                {csv === '' && (
                  <Button look="quiet" onClick={() => setCsv(EXAMPLE)}>
                    Begin with the column names
                  </Button>
                )}
              </div>
            </div>
          </Card>
          {asked.trim() !== '' && (
            <Outcome csv={csv} as={as} report={query.data} error={query.error} fresh={fresh} />
          )}
        </div>
      ) : (
        <section className="card mt-5">
          <Empty title="You may not write grants">People operations write them.</Empty>
        </section>
      )}
    </>
  )
}

function Outcome({
  csv,
  as,
  report,
  error,
  fresh,
}: {
  csv: string
  as: BulkAs
  report: BulkReport | undefined
  error: Error | null
  fresh: boolean
}) {
  const queries = useQueryClient()
  const commit = useMutation({
    mutationFn: () => commitBulk(csv, as),
    onSuccess: (done) =>
      done.committed || done.replayed
        ? Promise.all(
            ['contracts', 'templates', 'wallet'].map((key) => queries.invalidateQueries({ queryKey: [key] })),
          )
        : undefined,
  })
  const shown = commit.data && fresh ? commit.data : report
  if (error && !report)
    return (
      <section className="card p-4 sm:p-5">
        <Refused>
          {error instanceof ApiError ? saidAtField(error.message) : 'This file cannot be read.'}
        </Refused>
      </section>
    )
  if (!shown) return <Skeleton height={260} label="Reading the file" />
  const done = shown.committed || shown.replayed
  const ready = fresh && shown.errors.length === 0 && shown.grants.length > 0 && !done
  return (
    <Card
      flush
      title={done ? 'Done' : shown.errors.length > 0 ? 'Nothing would be done' : 'This would be done'}
      note={<span aria-live="polite">{bulkSays(shown)}</span>}
      actions={
        done ? (
          <A
            href={`/grants${as === 'active' ? '?show=active' : as === 'draft' ? '?show=draft' : '?show=waiting'}`}
            className={buttonClass('primary')}
          >
            Show the grants
          </A>
        ) : (
          <Button look="primary" disabled={!ready || commit.isPending} onClick={() => commit.mutate()}>
            {commit.isPending
              ? 'Writing…'
              : shown.errors.length > 0
                ? 'Write the grants'
                : `Write ${count(shown.grants.length)} ${shown.grants.length === 1 ? 'grant' : 'grants'}`}
          </Button>
        )
      }
    >
      {commit.isPending && (
        <div
          role="progressbar"
          aria-label={`Writing ${count(shown.grants.length)} grants, all or none`}
          className="mx-5 mb-3 h-1.5 overflow-hidden rounded-full"
        >
          <div className="bone h-full w-full" />
        </div>
      )}
      {commit.error && (
        <div className="px-4 pb-3 sm:px-5">
          <Refused>{saidAtField(commit.error.message)}</Refused>
        </div>
      )}
      {shown.errors.length > 0 && <BulkErrors errors={shown.errors} />}
      {shown.errors.length > 0 && shown.grants.length > 0 && (
        <h3 className="border-t border-line px-4 pt-4 pb-1 text-sm font-medium sm:px-5">
          The other rows are right
        </h3>
      )}
      {shown.grants.length > 0 && <BulkGrants grants={shown.grants} linked={shown.committed} />}
    </Card>
  )
}

/** A value once it has rested. */
function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return settled
}
