import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

/**
 * Makes `skimmer.wasm` of its source: `node src/gateway/relay/compile/skimmer.ts`. A development tool: what runs in
 * production reads the compiled file only.
 */
const SOURCE = new URL('../skim/skimmer.as', import.meta.url)
const COMPILED = new URL('../skim/skimmer.wasm', import.meta.url)

/** Eight pages hold everything; they never grow. */
const OPTIONS = [
  '--outFile',
  'out.wasm',
  '-O3',
  '--noAssert',
  '--runtime',
  'stub',
  '--enable',
  'simd',
].concat('--initialMemory', '8', '--maximumMemory', '8')

export async function compileSkimmer(): Promise<Uint8Array> {
  let made: Uint8Array | null = null
  const { error, stderr } = await asc.main(['skimmer.ts', ...OPTIONS], {
    readFile: (name) => (name === 'skimmer.ts' ? readFileSync(SOURCE, 'utf8') : null),
    writeFile(name, contents) {
      if (name === 'out.wasm' && typeof contents !== 'string') made = contents
    },
    listFiles: () => [],
  })
  if (error || made === null) throw new Error(`skimmer.as does not compile: ${stderr.toString()}`)
  return made
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(COMPILED, await compileSkimmer())
