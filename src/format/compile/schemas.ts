import { writeFileSync } from 'node:fs'
import { DOCUMENT_TYPES } from '../documents.ts'
import { schemaFile, schemaText } from '../schemas.ts'

/** Writes the published schemas; run by hand after a change of the format. */
for (const type of DOCUMENT_TYPES) {
  writeFileSync(new URL(`../../../docs/format/${schemaFile(type)}`, import.meta.url), schemaText(type))
}
