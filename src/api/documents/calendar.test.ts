import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calendarText } from './calendar.ts'

const event = (day: string) => ({
  id: 'vest-1-2',
  day,
  title: 'Compute vests: $500.00, at last',
  words: 'From “Compute 2026”; it can be spent until 2026-06-30.',
  link: 'https://perq.example/vesting',
})
const feed = (day: string) =>
  calendarText({ name: 'Perq: Ada', events: [event(day)], now: Date.UTC(2026, 1, 3) })

test('a calendar reads whole days at month ends and leap days, the same text for the same dates', () => {
  for (const [day, start, end] of [
    ['2028-02-29', '20280229', '20280301'],
    ['2026-12-31', '20261231', '20270101'],
  ] as const) {
    const text = feed(day)
    assert.equal(text, feed(day))
    assert.ok(text.includes(`DTSTART;VALUE=DATE:${start}\r\n`), text)
    assert.ok(text.includes(`DTEND;VALUE=DATE:${end}\r\n`), text)
    assert.ok(text.includes('UID:vest-1-2\r\n'))
    assert.ok(text.includes('SUMMARY:Compute vests: $500.00\\, at last\r\n'), 'a comma is escaped')
  }
})
