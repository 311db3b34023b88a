import { z } from 'zod'
import { DOCUMENTS, type DocumentType } from './documents.ts'

/** The published JSON Schema (2020-12) of a document, as text that ends with a newline. */
export function schemaText(type: DocumentType): string {
  const { $schema, ...rest } = z.toJSONSchema(DOCUMENTS[type], { target: 'draft-2020-12', io: 'input' })
  return `${JSON.stringify({ $schema, $id: `urn:open-compute-grant:1:${type}`, ...rest }, null, 2)}\n`
}

export const schemaFile = (type: DocumentType): string => `${type.replace('_', '-')}.schema.json`
