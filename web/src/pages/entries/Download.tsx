import { useMutation } from '@tanstack/react-query'
import { Download as Icon } from 'lucide-react'

import { entriesCsv } from '../../lib/csv.ts'
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
      save(entriesCsv(entries), complete ? 'perq-entries.csv' : 'perq-entries-first-part.csv'),
  })
  return (
    <Button disabled={download.isPending} onClick={() => download.mutate()}>
      <Icon size={14} aria-hidden />
      {download.isPending ? 'Collecting…' : download.isError ? 'Failed, try again' : 'Download CSV'}
    </Button>
  )
}

function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1_000)
}
