/** Small changes of lists, each a new list. */
export const replaced = <T>(list: readonly T[], at: number, item: T): T[] =>
  list.map((old, index) => (index === at ? item : old))

export const without = <T>(list: readonly T[], at: number): T[] => list.filter((_, index) => index !== at)
