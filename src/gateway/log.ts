/** Where the gateway tells what an operator should know. Fields never hold prompts, replies or keys. */
export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, string | number | boolean | null>>,
) => void
