import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { useGo } from '../../lib/address.ts'
import { ApiError, write } from '../../lib/api.ts'
import type { Post, PostPreview } from '../../lib/contract.ts'
import { postPath, postPreviewPath, postsPath } from '../../lib/posts.ts'
import { saidAtField } from '../../lib/refusals.ts'
import { usePreview, type TemplateInUse } from '../../lib/templates.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { NotesProvider, Refused, type Note } from '../../ui/Field.tsx'
import { askOf, missing, type PostDraft } from './draft.ts'
import { JobFields, PayFields } from './PostFields.tsx'
import { PostLines } from './PostLines.tsx'
import { PostLive } from './PostLive.tsx'

/** A job is written beside what it will say, and what the law of its place wants it to say. */
export function PostForm({
  first,
  post,
  templates,
}: {
  first: PostDraft
  /** Null: a new one. */
  post: Post | null
  templates: readonly TemplateInUse[]
}) {
  const go = useGo()
  const queries = useQueryClient()
  const [draft, setDraft] = useState(first)
  const [saved, setSaved] = useState(first)
  const [refused, setRefused] = useState<ApiError | null>(null)
  const change = (part: Partial<PostDraft>): void => {
    setRefused(null)
    setDraft((old) => ({ ...old, ...part }))
  }
  const ask = askOf(draft, templates)
  const wants = missing(draft)
  const asked = usePreview<PostPreview>(postPreviewPath, wants === null ? ask : null)
  const save = useMutation({
    mutationFn: () =>
      post === null ? write<Post>('POST', postsPath, ask) : write<Post>('PATCH', postPath(post.id), ask),
    onError: (error) => setRefused(error instanceof ApiError ? error : null),
    onSuccess: async (made) => {
      setSaved(draft)
      await queries.invalidateQueries({ queryKey: ['posts'] })
      if (post === null) go(`/posts/${made!.id}`)
      else queries.setQueryData(['post', post.id], made)
    },
  })
  const error = refused ?? asked.error
  const notes: readonly Note[] = error?.param
    ? [{ param: error.param, message: error.message, tone: 'bad' }]
    : []
  return (
    <NotesProvider value={notes}>
      <div className="mt-5 grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,440px)]">
        <div className="flex min-w-0 flex-col gap-4">
          <JobFields draft={draft} change={change} />
          <PayFields draft={draft} change={change} />
          <div data-param="compute">
            <Card title="Compute" note="What people of this job are granted, each from its template.">
              <PostLines lines={draft.compute} templates={templates} set={(compute) => change({ compute })} />
            </Card>
          </div>
          {save.error && <Refused>{saidAtField(save.error.message)}</Refused>}
          <div className="flex flex-wrap items-center justify-end gap-2">
            <p className="min-w-0 flex-1 basis-60 text-sm text-pretty text-ink-2">
              {wants ??
                (draft === saved && post !== null
                  ? 'Saved.'
                  : post?.public
                    ? 'Everybody sees it as soon as it is saved.'
                    : 'Nobody outside sees it before it is opened.')}
            </p>
            <Button
              look="primary"
              disabled={wants !== null || save.isPending || (draft === saved && post !== null)}
              onClick={() => save.mutate()}
            >
              {save.isPending ? 'Saving…' : post === null ? 'Save draft' : 'Save'}
            </Button>
          </div>
        </div>
        <div className="min-w-0 lg:sticky lg:top-4 lg:max-h-[calc(100dvh-32px)] lg:overflow-y-auto">
          <PostLive asked={asked} wants={wants} />
        </div>
      </div>
    </NotesProvider>
  )
}
