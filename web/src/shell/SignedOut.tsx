import { useAddress } from '../lib/address.ts'
import { Mark } from './Brand.tsx'
import { useTitle } from './useTitle.ts'

type Words = { readonly title: string; readonly why: string }
const WORDS: Readonly<Record<string, Words>> = {
  link: {
    title: 'This sign-in link no longer works',
    why: 'A link opens one session, once, and only for a while. Ask for a fresh one: whoever sent you this link can make it in a moment.',
  },
  unsure: {
    title: 'Signing out did not get through',
    why: 'The server did not answer, so your session may still be open. Open Perq again and sign out once more.',
  },
  bye: { title: 'You are signed out', why: 'Your session has ended on this browser and on the server.' },
}
const ENDED: Words = {
  title: 'Please sign in',
  why: 'There is no session on this browser, or it has ended. Open your sign-in link; an administrator of your company can send you a new one.',
}

/** The door: who stands before it learns why, and how to get in. */
export function SignedOut() {
  const { search } = useAddress()
  const words = WORDS[search.reason ?? ''] ?? ENDED
  useTitle(words.title)
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center px-6">
      <div className="card w-full max-w-md p-8 text-center">
        <div className="mb-5 flex justify-center">
          <Mark size={40} />
        </div>
        <h1 className="text-xl font-semibold tracking-[-0.015em]">{words.title}</h1>
        <p className="mt-2 text-base text-pretty text-ink-2">{words.why}</p>
        <p className="mt-5 border-t border-line pt-5 text-sm text-ink-3">
          On a server of your own, the links are printed where Perq was started. Your keys keep working,
          whether you are signed in or not.
        </p>
      </div>
    </main>
  )
}
