import type { PostPreview } from '../../lib/contract.ts'
import type { Previewed } from '../../lib/templates.ts'
import { Card } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Findings } from './Findings.tsx'

/** What the post would be: the compute in words, what search engines read, and what the law wants. */
export function PostLive({ asked, wants }: { asked: Previewed<PostPreview>; wants: string | null }) {
  const { data } = asked
  if (!data)
    return (
      <Card title="What it will say">
        <p className="text-sm text-pretty text-ink-2">{wants ?? 'As soon as it can be told.'}</p>
      </Card>
    )
  const ld = JSON.stringify(data.json_ld, null, 2)
  return (
    <div className={asked.old ? 'flex flex-col gap-4 opacity-60' : 'flex flex-col gap-4'}>
      <Card title="Pay transparency">
        <Findings findings={data.findings} />
      </Card>
      <Card title="The compute">
        {data.lines.length === 0 ? (
          <p className="text-sm text-ink-2">Nothing is said of it.</p>
        ) : (
          <ul className="flex flex-col gap-4">
            {data.lines.map((line, at) => (
              // The same template may stand twice.
              <li key={`${at} ${line.template_id}`}>
                <p className="text-sm font-medium">{line.name}</p>
                <p className="text-xl font-semibold text-balance tabular-nums">{line.quantity}</p>
                <ul className="mt-1 list-disc pl-5 text-sm text-pretty text-ink-2">
                  {line.words.map((one) => (
                    <li key={one}>{one}</li>
                  ))}
                </ul>
              </li>
            ))}
          </ul>
        )}
      </Card>
      <Card title="What search engines read" actions={<Copy look="quiet" text={ld} />}>
        <pre
          // A part that scrolls is reached by keyboard.
          tabIndex={0}
          aria-label="JSON-LD"
          className="max-h-80 overflow-auto rounded-lg bg-sunken p-3 text-xs"
        >
          {ld}
        </pre>
      </Card>
    </div>
  )
}
