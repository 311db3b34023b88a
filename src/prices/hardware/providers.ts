/** One provider, one name: sources spell them as they like, and n counts providers. */
const SAME: Readonly<Record<string, string>> = {
  'runpod-io': 'runpod',
  'lambda-labs': 'lambda',
  lambdalabs: 'lambda',
  vast: 'vast-ai',
  vastai: 'vast-ai',
  datacrunch: 'verda',
  'datacrunch-io': 'verda',
  oracle: 'oracle-cloud',
  oci: 'oracle-cloud',
  gcp: 'google-cloud',
  google: 'google-cloud',
  'amazon-web-services': 'aws',
  amazon: 'aws',
  'microsoft-azure': 'azure',
  jarvislabs: 'jarvis-labs',
  'jarvislabs-ai': 'jarvis-labs',
  'digital-ocean': 'digitalocean',
  do: 'digitalocean',
  'latitude-sh': 'latitude',
}

/** "Vast.ai" → "vast-ai"; null when nothing is left to name one by. */
export function providerNamed(text: string): string | null {
  const plain = text
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60)
  return (SAME[plain] ?? plain) || null
}

/** Whose posted prices are the list price of a chip. */
export const HYPERSCALERS: ReadonlySet<string> = new Set(['aws', 'azure', 'google-cloud', 'oracle-cloud'])
