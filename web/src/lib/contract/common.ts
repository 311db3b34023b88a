/** An amount on the wire: nano-dollars as a decimal string. It becomes a bigint where it is used. */
export type Nano = string
/** An instant on the wire, ISO 8601 UTC. */
export type Instant = string

export type Role = 'employee' | 'people' | 'finance' | 'admin'
