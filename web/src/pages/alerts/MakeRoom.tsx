import type { Guard } from '../../lib/contract.ts'
import { crowdWords } from '../../lib/guard.ts'
import { useResume } from '../../lib/resume.ts'
import { useSubject } from '../../lib/viewer.tsx'
import { ApiError } from '../../lib/api.ts'
import { Button } from '../../ui/Button.tsx'

/** Running calls leave little of the day: what that means for the next one, and the click that ends it. */
export function MakeRoom({ guard }: { guard: Guard }) {
  const { readOnly } = useSubject()
  const resume = useResume()
  return (
    <div className="mb-5 flex flex-wrap items-center justify-between gap-x-4 gap-y-2 rounded-lg bg-held-soft px-3 py-2 text-sm">
      <p className="min-w-0 flex-1 basis-60 text-pretty">
        {crowdWords(guard)} A call that does not fit beside them waits until some end
        {readOnly ? '.' : ', or until you say that this is you.'}
        {resume.isError && (
          <span role="alert" className="block font-medium text-danger">
            That did not get through{resume.error instanceof ApiError && `: ${resume.error.message}`} Try
            again.
          </span>
        )}
      </p>
      {!readOnly && (
        <Button disabled={resume.isPending} onClick={() => resume.mutate()}>
          {resume.isPending ? 'Making room…' : 'Make room'}
        </Button>
      )}
    </div>
  )
}
