import { invariant } from '#base/invariant.ts'

/** Series of one metric; a further set of label values is counted under `other`, so a stranger cannot fill the memory. */
const SERIES_MAX = 500

type Labels = Readonly<Record<string, string>>
type Kind = 'counter' | 'gauge' | 'histogram'

export type Counter = { add(labels?: Labels, by?: number): void; to(value: number, labels?: Labels): void }
export type Gauge = { set(value: number, labels?: Labels): void; add(by: number, labels?: Labels): void }
export type Histogram = {
  observe(value: number, labels?: Labels): void
  /** One series for good: what is counted on every call looks its labels up once. */
  of(labels: Labels): (value: number) => void
}

export type Metrics = {
  counter(name: string, help: string, labels?: readonly string[]): Counter
  gauge(name: string, help: string, labels?: readonly string[]): Gauge
  histogram(name: string, help: string, labels?: readonly string[], buckets?: readonly number[]): Histogram
  /** Runs before every rendering: for gauges that are read from somewhere. */
  collect(read: () => Promise<void>): void
  /** The Prometheus text format, version 0.0.4. */
  render(): Promise<string>
}

/** Seconds; from a cached page to a slow query. */
export const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

type Series = { readonly labels: string; value: number; readonly counts: number[]; sum: number }

type Metric = {
  readonly name: string
  readonly help: string
  readonly kind: Kind
  readonly buckets: readonly number[]
  at(labels: Labels): Series
  all(): Iterable<Series>
}

/** Counters, gauges and histograms of this process. A name is registered once; asking again gives the same metric. */
export function createMetrics(): Metrics {
  const metrics = new Map<string, Metric>()
  const readers: (() => Promise<void>)[] = []

  const metric = (
    kind: Kind,
    name: string,
    help: string,
    labels: readonly string[],
    buckets: readonly number[],
  ): Metric => {
    const known = metrics.get(name)
    if (known) {
      invariant(known.kind === kind, `metric ${name} has one kind`)
      return known
    }
    invariant(/^[a-z][a-z0-9_]*$/.test(name), `${name} is a metric name`)
    const made = createMetric(kind, name, help, labels, buckets)
    metrics.set(name, made)
    return made
  }

  return {
    counter(name, help, labels = []) {
      const own = metric('counter', name, help, labels, [])
      return {
        add: (values = {}, by = 1) => void (own.at(values).value += by),
        // Counted elsewhere.
        to: (value, values = {}) => void (own.at(values).value = value),
      }
    },
    gauge(name, help, labels = []) {
      const own = metric('gauge', name, help, labels, [])
      return {
        set: (value, values = {}) => void (own.at(values).value = value),
        add: (by, values = {}) => void (own.at(values).value += by),
      }
    },
    histogram(name, help, labels = [], buckets = SECONDS) {
      const own = metric('histogram', name, help, labels, buckets)
      const record = (series: Series, value: number): void => {
        series.value += 1
        series.sum += value
        for (let index = 0; index < buckets.length; index += 1) {
          if (value > buckets[index]!) continue
          series.counts[index]! += 1
          return
        }
      }
      return {
        observe: (value, values = {}) => record(own.at(values), value),
        of: (values) => record.bind(null, own.at(values)),
      }
    },
    collect: (read) => void readers.push(read),
    async render() {
      // Of a process whose database is away the rest should be seen all the more.
      await Promise.allSettled(readers.map((read) => read()))
      return [...metrics.values()].flatMap(lines).join('\n') + '\n'
    },
  }
}

function createMetric(
  kind: Kind,
  name: string,
  help: string,
  labels: readonly string[],
  buckets: readonly number[],
): Metric {
  const series = new Map<string, Series>()
  const fresh = (text: string): Series => {
    const made = { labels: text, value: 0, counts: buckets.map(() => 0), sum: 0 }
    series.set(text, made)
    return made
  }
  if (labels.length === 0) fresh('')
  return {
    name,
    help,
    kind,
    buckets,
    at(values) {
      const text = labels.map((label) => `${label}="${escape(values[label] ?? '')}"`).join(',')
      const known = series.get(text)
      if (known) return known
      if (series.size < SERIES_MAX) return fresh(text)
      const other = labels.map((label) => `${label}="other"`).join(',')
      return series.get(other) ?? fresh(other)
    },
    all: () => series.values(),
  }
}

const escape = (value: string): string =>
  value.slice(0, 100).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

function lines(metric: Metric): string[] {
  const head = [`# HELP ${metric.name} ${metric.help}`, `# TYPE ${metric.name} ${metric.kind}`]
  const body = [...metric.all()].flatMap((one) => {
    if (metric.kind !== 'histogram') return [`${metric.name}${braces(one.labels)} ${one.value}`]
    let sum = 0
    const buckets = metric.buckets.map((bound, index) => {
      sum += one.counts[index]!
      return `${metric.name}_bucket${braces(join(one.labels, `le="${bound}"`))} ${sum}`
    })
    return [
      ...buckets,
      `${metric.name}_bucket${braces(join(one.labels, 'le="+Inf"'))} ${one.value}`,
      `${metric.name}_sum${braces(one.labels)} ${one.sum}`,
      `${metric.name}_count${braces(one.labels)} ${one.value}`,
    ]
  })
  return [...head, ...body]
}

const braces = (labels: string): string => (labels === '' ? '' : `{${labels}}`)
const join = (labels: string, more: string): string => (labels === '' ? more : `${labels},${more}`)
