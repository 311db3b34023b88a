import type { App } from './routes/route.ts'

/** Headers that the middleware reads, so that no route describes them itself. */
const IDEMPOTENCY_KEY = {
  name: 'idempotency-key',
  in: 'header' as const,
  required: false,
  schema: { type: 'string' as const, minLength: 1, maxLength: 255 },
  description:
    'The same key and body give the first answer again; another body is a conflict. Kept for 7 days.',
}
const CSRF = {
  name: 'x-perq-csrf',
  in: 'header' as const,
  required: true,
  schema: { type: 'string' as const, enum: ['1'] },
  description: 'Every write with a session carries it, because no foreign page can.',
}

/** The OpenAPI 3.1 document of everything registered before, made once. */
export function document(app: App): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'perq_session',
    description: 'From a sign-in link.',
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'A key (pq_…) reads the wallet of its own person.',
  })
  let text: string | null = null
  app.get('/api/openapi.json', (c) => {
    text ??= JSON.stringify(made(app))
    return c.body(text, 200, { 'content-type': 'application/json' })
  })
}

function made(app: App): ReturnType<App['getOpenAPI31Document']> {
  const whole = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Perq',
      version: '1',
      description:
        'AI compute as a part of pay. Amounts are nano-dollars as decimal strings; every POST takes an ' +
        'Idempotency-Key; every refusal has one envelope, see /docs/errors.',
    },
  })
  for (const { post, delete: gone } of Object.values(whole.paths ?? {})) {
    if (post) post.parameters = [...(post.parameters ?? []), IDEMPOTENCY_KEY, CSRF]
    if (gone) gone.parameters = [...(gone.parameters ?? []), CSRF]
  }
  return whole
}
