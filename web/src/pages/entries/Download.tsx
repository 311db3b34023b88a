import { useMutation } from '@tanstack/react-query'
import { Download as Icon } from 'lucide-react'

import { entriesCsv } from '../../lib/csv.ts'
import { save } from '../../lib/save.ts'
import type { EntryFilter } from '../../lib/links.ts'
import { allEntries } from '../../lib/queries.ts'
import { useSubject } from '../../lib/viewer.tsx'
import { Button } from '../../ui/Button.tsx'

/** Every entry that the filters meet, as a file made in the browser. */
export function Download({ filter }: { filter: EntryFilter }) {
  const { id } = useSubject()
  const download = useMutation({
    mutationFn: () => allEntries(id, filter),
    onSuccess: ({ entries, complete }) =>
      save(entriesCsv(entries, filter.asset), complete ? 'perq-entries.csv' : 'perq-entries-first-part.csv'),
  })
  return (
    <Button disabled={download.isPending} onClick={() => download.mutate()}>
      <Icon size={14} aria-hidden />
      {download.isPending ? 'Collecting…' : download.isError ? 'Failed, try again' : 'Download CSV'}
    </Button>
  )
}
