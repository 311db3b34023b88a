/** Nodes and weights of Gauss and Legendre's rule on [-1, 1], from Newton's steps on the polynomial itself. */
function legendre(order: number): { readonly node: number; readonly weight: number }[] {
  return Array.from({ length: order }, (_, i) => {
    let node = Math.cos((Math.PI * (i + 0.75)) / (order + 0.5))
    let slope = 1
    for (let step = 0; step < 50; step += 1) {
      let [before, value] = [1, node]
      for (let k = 2; k <= order; k += 1)
        [before, value] = [value, ((2 * k - 1) * node * value - (k - 1) * before) / k]
      slope = (order * (node * value - before)) / (node * node - 1)
      const next = node - value / slope
      if (next === node) break
      node = next
    }
    return { node, weight: 2 / ((1 - node * node) * slope * slope) }
  })
}

const RULE = legendre(12)

/** ∫ f from `from` to `to`, in panels: near all digits where f is smooth. Give the places where it is not as ends. */
export function integral(f: (x: number) => number, from: number, to: number, panels = 64): number {
  const half = (to - from) / panels / 2
  let sum = 0
  for (let panel = 0; panel < panels; panel += 1) {
    const middle = from + (2 * panel + 1) * half
    for (const { node, weight } of RULE) sum += weight * f(middle + half * node)
  }
  return sum * half
}

const REACH = 14

/** E f(Z) for a standard normal Z. `kinks`: where f is not smooth. */
export function normalMean(f: (z: number) => number, kinks: readonly number[] = []): number {
  const ends = [-REACH, ...kinks.filter((z) => Math.abs(z) < REACH).sort((a, b) => a - b), REACH]
  return ends
    .slice(1)
    .reduce(
      (sum, to, i) =>
        sum + integral((z) => (f(z) * Math.exp(-(z * z) / 2)) / Math.sqrt(2 * Math.PI), ends[i]!, to),
      0,
    )
}
