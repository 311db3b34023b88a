import clsx from 'clsx'

import type { Model } from '../../lib/contract.ts'
import { perMillion } from '../../lib/money.ts'
import { providerName, titled } from '../../lib/words.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { whoWords } from './who.ts'

const rate = (pico: string): string => perMillion(BigInt(pico)).replace(' / M', '')

/** One row a model: price per million tokens, where it is from, who may use it. */
export function ModelTable({ models, open }: { models: readonly Model[]; open: (model: Model) => void }) {
  return (
    <Table label="Models, dollars per million tokens">
      <thead>
        <tr>
          <Th>Model</Th>
          <Th wide>Class</Th>
          <Th right>Input</Th>
          <Th wide="very" right>
            Cached
          </Th>
          <Th right>Output</Th>
          <Th wide>Who may use it</Th>
          <Th wide="very">Price since</Th>
        </tr>
      </thead>
      <tbody>
        {models.map((model) => (
          <Tr key={`${model.provider}/${model.model}`} onOpen={() => open(model)}>
            <Td>
              <button
                type="button"
                data-row
                onClick={() => open(model)}
                className="figure-link inline-flex min-h-6 items-center text-left font-medium break-all"
              >
                {model.model}
              </button>
              <span className="flex flex-wrap items-center gap-1.5 text-xs text-ink-3">
                {providerName(model.provider)}
                {model.tiers.length > 0 && <Badge>long context dearer</Badge>}
                {model.own_price && <Badge tone="accent">own price</Badge>}
                {!model.yours && <Badge tone="warn">not yours</Badge>}
              </span>
            </Td>
            <Td wide className="text-ink-2">
              <span className="inline-flex items-center gap-1.5">
                <svg width="10" height="10" aria-hidden>
                  <rect width="10" height="10" rx="2.5" fill={`var(--class-${model.class})`} />
                </svg>
                {titled(model.class)}
              </span>
            </Td>
            <Td right>{rate(model.rates.input)}</Td>
            <Td wide="very" right className="text-ink-2">
              {rate(model.rates.cache_read)}
            </Td>
            <Td right className="font-medium">
              {model.rates.output === '0' ? '–' : rate(model.rates.output)}
            </Td>
            <Td wide className={clsx('text-ink-2', whoWords(model.who) === 'Nobody' && 'text-danger')}>
              {whoWords(model.who)}
            </Td>
            <Td wide="very" className="whitespace-nowrap text-ink-2">
              {model.effective_from ? <Time at={model.effective_from} look="day" /> : 'No date given'}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}
