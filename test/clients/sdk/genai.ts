// An employee's own program with the official Gemini SDK: everything it knows of Perq stands in the environment.
import { GoogleGenAI, type Content } from '@google/genai'
import { endWith, noteReader, readFor } from './program.ts'

await endWith(async (prompt, model) => {
  const client = new GoogleGenAI({ apiKey: process.env['GEMINI_API_KEY'] ?? '' })
  const { name, description, parameters } = noteReader
  const tools = [{ functionDeclarations: [{ name, description, parametersJsonSchema: parameters }] }]
  const contents: Content[] = [{ role: 'user', parts: [{ text: prompt }] }]
  for (;;) {
    const ask = { model: model ?? 'gemini-3.5-flash-lite', contents, config: { tools } }
    let text = ''
    let made: Content | undefined
    for await (const chunk of await client.models.generateContentStream(ask)) {
      if (chunk.functionCalls?.length) made = chunk.candidates?.[0]?.content
      else text += chunk.text ?? ''
    }
    const call = made?.parts?.find((part) => part.functionCall)?.functionCall
    if (!made || !call) return text
    const answer = { name: call.name ?? '', response: { output: readFor(call.args) } }
    contents.push(made, { role: 'user', parts: [{ functionResponse: answer }] })
  }
})
