import type { Setup } from '../../lib/contract.ts'

export type Tool = 'claude-code' | 'codex' | 'openai' | 'anthropic' | 'curl'
export type Snippet = { readonly title: string; readonly text: string }
export type Guide = {
  readonly tool: Tool
  readonly name: string
  readonly note: string
  readonly snippets: readonly Snippet[]
}

export const PLACEHOLDER = 'pq_YOUR_KEY'

/** What to paste where. The key stands in the environment, so that no file under version control carries it. */
export function guides(setup: Setup, secret: string = PLACEHOLDER): readonly Guide[] {
  const { openai_base_url: openai, anthropic_base_url: anthropic, suggested } = setup
  return [
    {
      tool: 'claude-code',
      name: 'Claude Code',
      note: 'Check with /status inside Claude Code. Every Claude Code call then spends from your wallet.',
      snippets: [
        {
          title: 'In your shell',
          text: [
            `export ANTHROPIC_BASE_URL=${anthropic}`,
            `export ANTHROPIC_AUTH_TOKEN=${secret}`,
            'claude',
          ].join('\n'),
        },
        {
          title: 'Or for good, in ~/.claude/settings.json',
          text: JSON.stringify(
            { env: { ANTHROPIC_BASE_URL: anthropic, ANTHROPIC_AUTH_TOKEN: secret } },
            null,
            2,
          ),
        },
      ],
    },
    {
      tool: 'codex',
      name: 'Codex',
      note: 'Codex speaks the Responses API; the key is read from the environment.',
      snippets: [
        {
          title: '~/.codex/config.toml',
          text: [
            `model = "${suggested.openai}"`,
            'model_provider = "perq"',
            '',
            '[model_providers.perq]',
            'name = "Perq"',
            `base_url = "${openai}"`,
            'env_key = "PERQ_KEY"',
            'wire_api = "responses"',
          ].join('\n'),
        },
        { title: 'In your shell', text: `export PERQ_KEY=${secret}\ncodex` },
      ],
    },
    {
      tool: 'openai',
      name: 'OpenAI SDK',
      note: 'Only the base URL and the key change; your code stays as it is.',
      snippets: [
        {
          title: 'Environment, read by every OpenAI SDK',
          text: `export OPENAI_BASE_URL=${openai}\nexport OPENAI_API_KEY=${secret}`,
        },
        {
          title: 'TypeScript',
          text: [
            "import OpenAI from 'openai'",
            '',
            'const client = new OpenAI({',
            `  baseURL: '${openai}',`,
            '  apiKey: process.env.OPENAI_API_KEY,',
            '})',
            'const answer = await client.responses.create({',
            `  model: '${suggested.openai}',`,
            "  input: 'Say hello.',",
            '})',
            'console.log(answer.output_text)',
          ].join('\n'),
        },
        {
          title: 'Python',
          text: [
            'import os',
            'from openai import OpenAI',
            '',
            `client = OpenAI(base_url="${openai}", api_key=os.environ["OPENAI_API_KEY"])`,
            `answer = client.responses.create(model="${suggested.openai}", input="Say hello.")`,
            'print(answer.output_text)',
          ].join('\n'),
        },
      ],
    },
    {
      tool: 'anthropic',
      name: 'Anthropic SDK',
      note: 'The base URL has no /v1: the SDK adds it.',
      snippets: [
        {
          title: 'Environment, read by every Anthropic SDK',
          text: `export ANTHROPIC_BASE_URL=${anthropic}\nexport ANTHROPIC_API_KEY=${secret}`,
        },
        {
          title: 'TypeScript',
          text: [
            "import Anthropic from '@anthropic-ai/sdk'",
            '',
            'const client = new Anthropic({',
            `  baseURL: '${anthropic}',`,
            '  apiKey: process.env.ANTHROPIC_API_KEY,',
            '})',
            'const answer = await client.messages.create({',
            `  model: '${suggested.anthropic}',`,
            '  max_tokens: 256,',
            "  messages: [{ role: 'user', content: 'Say hello.' }],",
            '})',
            'console.log(answer.content)',
          ].join('\n'),
        },
        {
          title: 'Python',
          text: [
            'import os',
            'import anthropic',
            '',
            `client = anthropic.Anthropic(base_url="${anthropic}", api_key=os.environ["ANTHROPIC_API_KEY"])`,
            'answer = client.messages.create(',
            `    model="${suggested.anthropic}", max_tokens=256,`,
            '    messages=[{"role": "user", "content": "Say hello."}],',
            ')',
            'print(answer.content)',
          ].join('\n'),
        },
      ],
    },
    {
      tool: 'curl',
      name: 'curl',
      note: 'The quickest first call: it costs a fraction of a cent.',
      snippets: [
        {
          title: 'OpenAI protocol',
          text: [
            `curl ${openai}/chat/completions \\`,
            `  -H 'Authorization: Bearer ${secret}' \\`,
            "  -H 'Content-Type: application/json' \\",
            `  -d '${JSON.stringify({ model: suggested.openai, max_completion_tokens: 64, messages: [{ role: 'user', content: 'Say hello.' }] })}'`,
          ].join('\n'),
        },
        {
          title: 'Anthropic protocol',
          text: [
            `curl ${anthropic}/v1/messages \\`,
            `  -H 'x-api-key: ${secret}' \\`,
            "  -H 'anthropic-version: 2023-06-01' \\",
            "  -H 'Content-Type: application/json' \\",
            `  -d '${JSON.stringify({ model: suggested.anthropic, max_tokens: 64, messages: [{ role: 'user', content: 'Say hello.' }] })}'`,
          ].join('\n'),
        },
      ],
    },
  ]
}
