import type { CandidateOffer, CandidateTerms } from '../../lib/contract.ts'
import { nano } from '../../lib/money.ts'
import { dateWords, daysUntil, inDays } from '../../lib/time.ts'
import { useTitle } from '../../shell/useTitle.ts'
import { buttonClass } from '../../ui/Button.tsx'
import { AcceptedCard } from './AcceptedCard.tsx'
import { AnswerCard } from './AnswerCard.tsx'
import { ExamplesCard, GuaranteesCard, ScheduleCard } from './ComputeCards.tsx'
import { LetterCard } from './LetterCard.tsx'
import { saying } from './parts.ts'
import { PayCard } from './PayCard.tsx'
import { QuestionsCard } from './QuestionsCard.tsx'
import { StressCard } from './StressCard.tsx'

/** An offer to be answered, or one that was accepted. The first number says what it is worth over four years. */
export function OfferView({
  token,
  view,
  offer,
}: {
  token: string
  view: CandidateOffer
  offer: CandidateTerms
}) {
  const { position, worth } = offer
  const now = Date.parse(view.now)
  useTitle(`${position.title} at ${view.company}`)
  return (
    <main className="mx-auto flex max-w-[880px] flex-col gap-4 px-4 py-6 sm:gap-5 sm:px-6 sm:py-10">
      <Head view={view} offer={offer} />
      {view.accepted && <AcceptedCard token={token} offer={offer} accepted={view.accepted} />}
      <PayCard offer={offer} />
      <ExamplesCard offer={offer} />
      {worth.lines.map((line) => (
        <ScheduleCard key={line.n} line={line} offer={offer} now={now} />
      ))}
      <GuaranteesCard guarantees={offer.guarantees} />
      <StressCard offer={offer} />
      <LetterCard token={token} view={view} offer={offer} />
      <QuestionsCard token={token} view={view} offer={offer} />
      {view.status === 'open' && <AnswerCard token={token} offer={offer} />}
      <footer className="pt-2 text-center text-xs text-ink-2">
        {offer.letter.foot} · Whoever has this link can read and answer this offer: keep it to yourself.
      </footer>
    </main>
  )
}

function Head({ view, offer }: { view: CandidateOffer; offer: CandidateTerms }) {
  const { position, worth, candidate, expires_on: expires } = offer
  const say = saying(offer)
  const [expected, cap] = [nano(worth.total.total_expected), nano(worth.total.total_cap)]
  const left = daysUntil(expires, Date.parse(view.now))
  const message = offer.message.split(/\n+/).filter((line) => line.trim() !== '')
  return (
    <header className="flex flex-col gap-4">
      <div>
        <p className="text-ink-2">
          {view.company} · an offer to {candidate.name}
        </p>
        <h1 className="text-[26px] leading-8 font-semibold tracking-[-0.02em] text-pretty">
          {position.title}
        </h1>
      </div>
      <div>
        <p className="text-sm text-ink-2">Worth over four years</p>
        <p className="text-[32px] leading-10 font-semibold tracking-[-0.03em] tabular-nums sm:text-[40px] sm:leading-[48px]">
          {say(expected)}
        </p>
        {cap !== expected && (
          <p className="max-w-[70ch] text-pretty text-ink-2">
            with compute as it is expected to be used; <span className="num font-medium">{say(cap)}</span> if
            you use all of it. Prices of {dateWords(worth.day)}.
          </p>
        )}
      </div>
      <dl className="flex flex-wrap gap-x-8 gap-y-2 text-sm">
        <Fact name="First day">{dateWords(position.starts_on)}</Fact>
        {position.level !== '' && <Fact name="Level">{position.level}</Fact>}
        <Fact name="Offer">Version {offer.version}</Fact>
        {view.status === 'open' && (
          <Fact name="Answer by">
            {dateWords(expires)} ({inDays(left)})
          </Fact>
        )}
      </dl>
      {message.length > 0 && (
        <blockquote className="max-w-[70ch] border-l-2 border-accent pl-4 text-pretty">
          {message.map((line, at) => (
            <p key={at} className={at > 0 ? 'mt-2' : undefined}>
              {line}
            </p>
          ))}
        </blockquote>
      )}
      {view.status === 'open' && (
        <div className="flex flex-wrap gap-2">
          <a href="#answer" className={buttonClass('primary')}>
            Answer the offer
          </a>
        </div>
      )}
    </header>
  )
}

const Fact = ({ name, children }: { name: string; children: React.ReactNode }) => (
  <div>
    <dt className="text-ink-2">{name}</dt>
    <dd className="font-medium">{children}</dd>
  </div>
)
