import { useEffect, useEffectEvent, useRef } from 'react'

import { LEADER_MS, commandOf } from '../lib/keys.ts'
import type { Command } from '../lib/keys.ts'

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

const inDialog = (): boolean => document.querySelector('[role="dialog"],[role="alertdialog"]') !== null

/** Listens for the product's strokes; rows and the filter are found in the page by their marks. */
export function useShortcuts(obey: (command: Command) => void): void {
  const leader = useRef(0)
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.altKey) return
    const mod = event.metaKey || event.ctrlKey
    const leading = Date.now() - leader.current < LEADER_MS
    const command = commandOf({ key: event.key, mod, typing: isTyping(event.target) }, leading)
    leader.current = command === 'lead' ? Date.now() : 0
    if (!command || command === 'lead' || (inDialog() && command !== 'palette')) return
    event.preventDefault()
    if (command === 'filter') document.querySelector<HTMLElement>('[data-filter]')?.focus()
    else if (command === 'next-row') focusRow(1)
    else if (command === 'previous-row') focusRow(-1)
    else obey(command)
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event)
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
}

function focusRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')].filter((row) =>
    row.checkVisibility(),
  )
  const active = document.activeElement
  const current = rows.findIndex((row) => row === active)
  const next = rows[current < 0 ? (step === 1 ? 0 : rows.length - 1) : current + step]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}
