import { type AverageOption, geometricAsianCall } from './asian.ts'
import { need } from './check.ts'
import { controlledBy, type Estimate } from './estimate.ts'
import { BLOCK } from './paths.ts'
import { streamOf } from './random.ts'
import { fillNormals } from './ziggurat.ts'

const MOST_FIXINGS = 600
const MOST_BLOCKS = 100

/**
 * A cap on the average of monthly prices (a call on their arithmetic mean), dollars. It has no closed form; the call on the geometric mean
 * has, and follows it so closely that as a control it takes all but a few hundredths of the noise. Kemna and Vorst 1990.
 */
export function averageCap(
  option: AverageOption,
  run: { readonly seed: number; readonly blocks: number },
): Estimate {
  const { spot, strike, volatility, years, rate, fixings } = option
  const known = geometricAsianCall(option)
  need('count', { blocks: run.blocks })
  need('notNegative', {
    [`${MOST_FIXINGS} - fixings`]: MOST_FIXINGS - fixings,
    [`${MOST_BLOCKS} - blocks`]: MOST_BLOCKS - run.blocks,
  })
  const step = years / fixings
  const drift = (rate - volatility ** 2 / 2) * step
  const [noise, discount] = [new Float64Array(fixings), Math.exp(-rate * years)]
  const [caps, controls] = [new Float64Array(run.blocks * BLOCK), new Float64Array(run.blocks * BLOCK)]
  for (let block = 0, path = 0; block < run.blocks; block += 1) {
    const stream = streamOf(run.seed, block, 'short')
    for (const end = path + BLOCK; path < end; path += 1) {
      fillNormals(stream, noise, fixings, volatility * Math.sqrt(step))
      let [log, sum, logs] = [Math.log(spot), 0, 0]
      for (let i = 0; i < fixings; i += 1) {
        log += drift + noise[i]!
        sum += Math.exp(log)
        logs += log
      }
      caps[path] = discount * Math.max(sum / fixings - strike, 0)
      controls[path] = discount * Math.max(Math.exp(logs / fixings) - strike, 0)
    }
  }
  return controlledBy(caps, controls, known)
}
