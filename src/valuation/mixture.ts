import { need } from './check.ts'

/** Expected value when a glut comes with `probability` and leaves the share `factor` of it: (1 - p)·E0 + p·f·E0. */
export function glutValue(
  value: number,
  { probability, factor }: { readonly probability: number; readonly factor: number },
): number {
  need('finite', { value })
  need('share', { probability })
  need('notNegative', { factor })
  return value * (1 - probability + probability * factor)
}
