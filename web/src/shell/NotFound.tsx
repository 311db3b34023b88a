import { A } from '../ui/A.tsx'
import { buttonClass } from '../ui/Button.tsx'
import { Empty } from '../ui/States.tsx'
import { useTitle } from './useTitle.ts'

export function NotFound() {
  useTitle('No such page')
  return (
    <main className="mx-auto max-w-xl p-6">
      <h1 className="sr-only">No such page</h1>
      <div className="card">
        <Empty
          title="There is no page at this address"
          action={
            <A href="/" className={buttonClass('primary')}>
              Open the wallet
            </A>
          }
        >
          The link may be old, or a letter went missing.
        </Empty>
      </div>
    </main>
  )
}
