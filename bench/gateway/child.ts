import { fork } from 'node:child_process'

/** A process of the bench's own that answers what it is asked, one thing after the other. */
export type Child = {
  readonly pid: number
  /** `told` hears what the child says before it answers. */
  ask<Answer>(ask: object, told?: (word: string) => void): Promise<Answer>
  stop(): Promise<void>
}

type Word = { readonly word: string } | { readonly answer: object } | { readonly failed: string }

export function startChild(file: URL): Child {
  const child = fork(file, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let last: Promise<unknown> = Promise.resolve()

  const once = <Answer>(ask: object, told: (word: string) => void): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const end = (): void => void child.off('message', hear).off('exit', ended)
      const hear = (message: unknown): void => {
        const said = message as Word
        if ('word' in said) return told(said.word)
        end()
        if ('answer' in said) resolve(said.answer as Answer)
        else reject(new Error(`${file.pathname}: ${said.failed}`))
      }
      const ended = (code: number | null): void => {
        end()
        reject(new Error(`${file.pathname} ended with ${code}`))
      }
      child.on('message', hear).on('exit', ended)
      child.send(ask)
    })

  return {
    pid: child.pid!,
    ask: <Answer>(ask: object, told: (word: string) => void = () => {}) => {
      const asked = last.then(() => once<Answer>(ask, told))
      last = asked.catch(() => {})
      return asked
    },
    stop: async () => {
      child.kill('SIGTERM')
      await gone
    },
  }
}

/** In the child: how it answers. It ends with its parent. */
export function answerParent(answer: (ask: never, tell: (word: string) => void) => Promise<object>): void {
  const say = (word: Word): void => void process.send?.(word)
  process.on('disconnect', () => process.exit(0))
  process.on('message', (ask) => {
    answer(ask as never, (word) => say({ word })).then(
      (answered) => say({ answer: answered }),
      (error: unknown) => say({ failed: String((error as Error)?.stack ?? error) }),
    )
  })
}
