// Perq as it is, but for two modules: the ledger's hot operations and the trail stay in memory. It is how the bench tells what
// Perq costs without what makes it durable; nothing outside the bench can switch it on.
import { registerHooks } from 'node:module'

const swapped = new Map(
  [
    ['../../../src/ledger/ledger.ts', './ledger.ts'],
    ['../../../src/gateway/trail/trail.ts', './trail.ts'],
  ].map(([from, to]) => [new URL(from, import.meta.url).href, new URL(to, import.meta.url).href]),
)

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    const url = swapped.get(found.url)
    // What stands in for a module is built on the real one.
    return url === undefined || context.parentURL === url ? found : { ...found, url }
  },
})
