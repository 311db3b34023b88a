import ical, { ICalCalendarMethod, ICalEventTransparency } from 'ical-generator'
import { addDays, type DateText, type Millis } from '#base/time.ts'

export type CalendarEvent = {
  /** Stays the same when the date moves, so that a calendar moves its entry. */
  readonly id: string
  readonly day: DateText
  readonly title: string
  readonly words: string
  readonly link: string
}

/** Whole days, which take nobody's time: a feed that a calendar reads again twice a day. */
export function calendarText(ask: {
  readonly name: string
  readonly events: readonly CalendarEvent[]
  readonly now: Millis
}): string {
  const calendar = ical({
    name: ask.name,
    prodId: { company: 'Perq', product: 'Perq', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    ttl: 12 * 60 * 60,
  })
  for (const { id, day, title, words, link } of ask.events)
    calendar.createEvent({
      id,
      start: day,
      end: addDays(day, 1),
      allDay: true,
      stamp: new Date(ask.now),
      summary: title,
      description: words,
      url: link,
      transparency: ICalEventTransparency.TRANSPARENT,
    })
  return calendar.toString()
}
