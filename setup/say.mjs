/** Something a person can mend; its message is all they need to see. */
export class Trouble extends Error {}

/** What this machine does not have and nobody can give it here: told by an exit code of its own. */
export class Lacking extends Trouble {}

// Standard output belongs to the job.
export const say = (text) => process.stderr.write(`perq: ${text}\n`)
export const fail = (text) => process.stderr.write(`perq: ${text}\n`)

/** Turns the operating system's word for a failed write into a message with a remedy. */
export function writeTrouble(error, path) {
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    return new Trouble(`The disk is full: ${path} cannot be written. Free about 1 GB and start again.`)
  if (['EACCES', 'EPERM', 'EROFS'].includes(error.code))
    return new Trouble(
      `The checkout is not set up yet, and ${path} cannot be written (${error.code}). Run this once as the user that ` +
        'owns the checkout, or copy it to a folder of your own.',
    )
  return error
}
