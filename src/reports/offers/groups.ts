/** Of fewer people nothing is told that could be one person's own. */
export const LEAST_PEOPLE = 5
