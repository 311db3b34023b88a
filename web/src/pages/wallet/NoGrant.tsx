import { useSubject } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { buttonClass } from '../../ui/Button.tsx'
import { Empty } from '../../ui/States.tsx'

export function NoGrant() {
  const { readOnly } = useSubject()
  return (
    <section className="card" aria-label="Wallet">
      <Empty
        title={readOnly ? 'No compute was granted yet' : 'You have no grant yet'}
        action={
          !readOnly && (
            <A href="/keys" className={buttonClass('primary')}>
              Set up your tools meanwhile
            </A>
          )
        }
      >
        {readOnly
          ? 'Once a grant is issued to this person, its tranches, balance and calls stand here.'
          : 'When your company grants you compute, it vests into this wallet tranche by tranche, and every tool you set up can spend it. The people team issues grants.'}
      </Empty>
    </section>
  )
}
