import type { Webhook } from '../../lib/contract.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Time } from '../../ui/Time.tsx'

/** Whether alerts go there, and since when they do not arrive. */
export function WebhookState({ webhook }: { webhook: Webhook }) {
  if (webhook.disabled_at)
    return (
      <span className="inline-flex flex-wrap items-center gap-x-2">
        <Badge tone="bad">off</Badge>
        <span className="text-xs text-ink-2">{webhook.disabled_why}</span>
      </span>
    )
  if (webhook.failing_since)
    return (
      <span className="inline-flex flex-wrap items-center gap-x-2">
        <Badge tone="warn">failing</Badge>
        <span className="text-xs text-ink-2">
          since <Time at={webhook.failing_since} look="row" />
        </span>
      </span>
    )
  return <Badge tone="good">on</Badge>
}
