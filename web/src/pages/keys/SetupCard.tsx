import { Tabs } from '@base-ui/react/tabs'
import { useQuery } from '@tanstack/react-query'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import type { Setup } from '../../lib/contract.ts'
import { setupQuery } from '../../lib/queries.ts'
import { Ask } from '../../ui/Ask.tsx'
import { Card } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { PLACEHOLDER, guides } from './snippets.ts'
import type { Snippet } from './snippets.ts'

/** One tab a tool, each ready to paste. */
export function SetupCard({ secret }: { secret: string | undefined }) {
  const query = useQuery(setupQuery)
  return (
    <Card
      title="Set up a tool"
      note={
        secret
          ? 'Your new key is filled in. It leaves this page when you do.'
          : `Replace ${PLACEHOLDER} by your key, or create one and it is filled in.`
      }
    >
      <Ask query={query} height={320} label="set-up">
        {(setup) => <Guides setup={setup} secret={secret} />}
      </Ask>
    </Card>
  )
}

function Guides({ setup, secret }: { setup: Setup; secret: string | undefined }) {
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const all = guides(setup, secret)
  const current = all.find((guide) => guide.tool === search.tool)?.tool ?? 'claude-code'
  return (
    <Tabs.Root
      value={current}
      onValueChange={(tool: unknown) =>
        setSearch({ tool: tool === 'claude-code' ? undefined : String(tool) }, 'replace')
      }
    >
      <Tabs.List className="-mx-4 flex gap-1 overflow-x-auto border-b border-line px-4 sm:-mx-5 sm:px-5">
        {all.map((guide) => (
          <Tabs.Tab
            key={guide.tool}
            value={guide.tool}
            className="h-9 shrink-0 border-b-2 border-transparent px-2.5 text-sm font-medium whitespace-nowrap text-ink-2 hover:text-ink focus-visible:outline-offset-[-2px] data-[active]:border-accent data-[active]:text-ink"
          >
            {guide.name}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {all.map((guide) => (
        <Tabs.Panel key={guide.tool} value={guide.tool} className="flex flex-col gap-4 pt-4 outline-offset-4">
          <p className="text-sm text-ink-2">{guide.note}</p>
          {guide.snippets.map((snippet) => (
            <Code key={snippet.title} snippet={snippet} />
          ))}
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  )
}

const Code = ({ snippet }: { snippet: Snippet }) => (
  <figure className="overflow-hidden rounded-xl border border-line bg-sunken">
    <figcaption className="flex items-center justify-between gap-3 border-b border-line py-1.5 pr-1.5 pl-4 text-sm text-ink-2">
      <span className="min-w-0 truncate">{snippet.title}</span>
      <Copy text={snippet.text} look="quiet" />
    </figcaption>
    <pre
      tabIndex={0}
      aria-label={snippet.title}
      className="overflow-x-auto px-4 py-3 font-mono text-[12.5px] leading-5 focus-visible:outline-2 focus-visible:outline-offset-[-2px] focus-visible:outline-accent"
    >
      {snippet.text}
    </pre>
  </figure>
)
