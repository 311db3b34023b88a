import type { Metrics } from './metrics.ts'

/** How the people's door is counted: told from the start, whether somebody has come to it or not. */
export const watchRequests = (metrics: Metrics) => ({
  requests: metrics.counter('perq_http_requests_total', 'Requests at the people’s door.', [
    'method',
    'route',
    'status',
  ]),
  seconds: metrics.histogram('perq_http_request_seconds', 'Time to answer.', ['route']),
})
