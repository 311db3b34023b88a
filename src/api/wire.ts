import { toJson } from '#base/json.ts'

/** A view as it goes over the wire: amounts are decimal strings. */
export type Wire<T> = T extends bigint
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { -readonly [Key in keyof T]: Wire<T[Key]> }
      : T

/** One of the two places where a shape is asserted: JSON with bigints as text is exactly what Wire says. */
export const wire = <T>(view: T): Wire<T> => JSON.parse(toJson(view)) as Wire<T>
