import type { Letter, LetterSection, LetterTable } from './letter.ts'

export type LetterPart =
  | { readonly kind: 'section'; readonly level: 1 | 2; readonly section: LetterSection }
  | { readonly kind: 'table'; readonly table: LetterTable }

const groupOf = (id: string): string => id.split('.', 1)[0] ?? id

/** A letter from top to bottom: each table stands behind the sections that it belongs to. */
export function ordered({ sections, tables }: Pick<Letter, 'sections' | 'tables'>): readonly LetterPart[] {
  const groups = [...new Set(sections.map(({ id }) => groupOf(id)))]
  const of = <Part extends { readonly id: string }>(parts: readonly Part[], group: string): Part[] =>
    parts.filter(({ id }) => groupOf(id) === group)
  return groups.flatMap((group) => [
    ...of(sections, group).map((section): LetterPart => ({
      kind: 'section',
      level: section.id.includes('.') ? 2 : 1,
      section,
    })),
    ...of(tables, group).map((table): LetterPart => ({ kind: 'table', table })),
  ])
}
