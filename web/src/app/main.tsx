import { QueryCache, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { ApiError, forget } from '../lib/api.ts'
import { createQueries } from '../lib/queries.ts'
import { createPages } from './router.tsx'
import './styles.css'

const pages = createPages()
const queries = createQueries(
  new QueryCache({
    // A session that ended ends every page at once, and leaves nothing behind for the next person.
    onError: (error) => {
      if (!(error instanceof ApiError) || error.status !== 401) return
      forget()
      if (pages.state.location.pathname !== '/signed-out') pages.history.replace('/signed-out')
    },
  }),
)

const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={pages} />
      </QueryClientProvider>
    </StrictMode>,
  )
