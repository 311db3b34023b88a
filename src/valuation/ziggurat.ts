import { exponential } from './exponentials.ts'
import { normalCdf } from './normal.ts'
import { nextWord, type Stream, uniform } from './random.ts'

/**
 * Normals by the ziggurat of Marsaglia and Tsang (2000): 256 layers of equal area under e^(-x²/2). A draw takes its layer from 8 bits of a
 * word and its place from the other 24, so that neither tells anything of the other.
 */
const LAYERS = 256
/** Where the tail begins, so that 256 layers close at the top. */
const TAIL = 3.654152885361009
const PLACES = 2 ** 24

const height = (x: number): number => Math.exp(-(x * x) / 2)
const AREA = TAIL * height(TAIL) + Math.sqrt(2 * Math.PI) * normalCdf(-TAIL)

/** Right ends of the layers, from the base (as wide as if its tail were laid beside it) to the top. */
export const EDGES = new Float64Array(LAYERS + 1)
EDGES[0] = AREA / height(TAIL)
EDGES[1] = TAIL
for (let i = 2; i < LAYERS; i += 1)
  EDGES[i] = Math.sqrt(-2 * Math.log(height(EDGES[i - 1]!) + AREA / EDGES[i - 1]!))

const HEIGHTS = EDGES.map(height)
const WIDTHS = EDGES.map((edge) => edge / PLACES)
/** Below it a place lies under the curve whatever its height. */
const SURE = Int32Array.from({ length: LAYERS }, (_, i) => Math.floor((PLACES * EDGES[i + 1]!) / EDGES[i]!))

/** Writes `count` normals with this standard deviation to the start of `out`. */
export function fillNormals(stream: Stream, out: Float64Array, count: number, deviation: number): void {
  let done = fillSure(stream, out, 0, count, deviation)
  while (done < count) {
    out[done] = deviation * normal(stream)
    done = fillSure(stream, out, done + 1, count, deviation)
  }
}

/**
 * Writes normals as long as each lies under the curve for sure, 99 of 100 do, and says where it stopped: before the word that does not.
 * The generator stands here once more, with its words in variables and no call in the loop, because this is where a simulation
 * spends its time.
 */
function fillSure(stream: Stream, out: Float64Array, from: number, count: number, deviation: number): number {
  let a = stream[0]!
  let b = stream[1]!
  let c = stream[2]!
  let d = stream[3]!
  let i = from
  for (; i < count; i += 1) {
    const sum = (a + d) | 0
    const word = (((sum << 7) | (sum >>> 25)) + a) | 0
    const layer = word & 255
    const place = placeOf(word)
    if (Math.abs(place) >= SURE[layer]!) break
    out[i] = deviation * (place * WIDTHS[layer]!)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
  }
  stream[0] = a
  stream[1] = b
  stream[2] = c
  stream[3] = d
  return i
}

/** Odd, so that both sides have the same places and none is 0. */
const placeOf = (word: number): number => (word >> 7) | 1

/** One normal; draws more words when the first lies at the edge of its layer. */
export function normal(stream: Stream): number {
  for (;;) {
    const word = nextWord(stream)
    const layer = word & 255
    const place = placeOf(word)
    const x = place * WIDTHS[layer]!
    if (Math.abs(place) < SURE[layer]!) return x
    if (layer === 0) return place < 0 ? -tail(stream) : tail(stream)
    const low = HEIGHTS[layer]!
    if (low + uniform(stream) * (HEIGHTS[layer + 1]! - low) < exponential(-(x * x) / 2)) return x
  }
}

/** A normal beyond TAIL: exponentials thinned to the curve (Marsaglia 1964). Three of four are taken. */
function tail(stream: Stream): number {
  for (;;) {
    const beyond = -Math.log(uniform(stream)) / TAIL
    if (-2 * Math.log(uniform(stream)) > beyond * beyond) return TAIL + beyond
  }
}
