import type { Asset } from '../../lib/base.ts'
import type { Contract, GrantVersion } from '../../lib/grants.ts'
import { nano } from '../../lib/money.ts'
import { Amount } from '../../ui/Amount.tsx'
import { Card } from '../../ui/Card.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { DateOf, Time } from '../../ui/Time.tsx'

/** Every state that the terms ever had. One that holds is never changed: an amendment makes the next. */
export function VersionsCard({
  versions,
  acceptances,
  asset,
}: {
  versions: readonly GrantVersion[]
  acceptances: Contract['acceptances']
  asset: Asset
}) {
  if (versions.length === 0) return null
  return (
    <Card
      flush
      title="Versions"
      note="An amendment makes a new version and leaves the old one as it was. The hash is of the whole text that was agreed to."
    >
      <Table label="Versions">
        <thead>
          <tr>
            <Th>Version</Th>
            <Th>Holds from</Th>
            <Th right>Quantity</Th>
            <Th wide>Why</Th>
            <Th wide>Accepted</Th>
            <Th wide>SHA-256</Th>
          </tr>
        </thead>
        <tbody>
          {versions.map((version) => {
            const accepted = acceptances.find((one) => one.version === version.n)
            return (
              <Tr key={version.n}>
                <Td className="num font-medium">{version.n}</Td>
                <Td className="whitespace-nowrap">
                  <DateOf date={version.effective_on} />
                </Td>
                <Td right>
                  <Amount value={nano(version.quantity)} asset={asset} />
                </Td>
                <Td wide className="text-ink-2">
                  {version.reason}
                </Td>
                <Td wide className="whitespace-nowrap text-ink-2">
                  {accepted ? (
                    <>
                      {accepted.typed_name}, <Time at={accepted.at} look="day" />
                    </>
                  ) : (
                    '–'
                  )}
                </Td>
                <Td wide>
                  <code className="text-xs text-ink-3" title={version.content_hash}>
                    {version.content_hash.slice(0, 12)}…
                  </code>
                </Td>
              </Tr>
            )
          })}
        </tbody>
      </Table>
    </Card>
  )
}
