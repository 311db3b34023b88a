/**
 * opencode sends a call six times whose refusal looks like that of a busy provider to it, and it looks for the digits
 * of such a status anywhere: in an amount, in the port of a link, in an id of the body.
 */
export const takesFright = (userAgent: string): boolean => userAgent.startsWith('opencode/')

const ALARMS = '429|500|502|503|504|524'
const ALARM = new RegExp(ALARMS)
/** The first digit of each alarm, also where two overlap. */
const FIRST = new RegExp(`(?=${ALARMS})\\d`, 'g')
/** The first two; no alarm begins with the second digit of another. */
const TWO = new RegExp(`(?=${ALARMS})(\\d)(\\d)`, 'g')
const LINK = /https?:\/\/[^\s,;]*[^\s,;.]/g

/** No width, no break: people see the number as it is. */
const JOINER = '\u2060'

/** The same words without an alarm; a link cannot be written in another way and gives way to what it leads to. */
export const calmWords = (message: string): string =>
  message
    .replaceAll(LINK, (link) => (ALARM.test(link) ? 'the pages of Perq' : link))
    .replaceAll(FIRST, (digit) => `${digit}${JOINER}`)

/** The same JSON without an alarm in its text: the second digit is written as an escape. */
export const calmJson = (json: string): string =>
  json.replaceAll(TWO, (_, first: string, second: string) => `${first}\\u003${second}`)
