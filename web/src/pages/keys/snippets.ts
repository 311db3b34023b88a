import type { Setup } from '../../lib/contract.ts'

export type Tool =
  | 'claude-code'
  | 'claude-seat'
  | 'codex'
  | 'gemini-cli'
  | 'opencode'
  | 'openai'
  | 'anthropic'
  | 'gemini'
  | 'curl'
export type Snippet = { readonly title: string; readonly text: string }
export type Guide = {
  readonly tool: Tool
  readonly name: string
  readonly note: string
  readonly snippets: readonly Snippet[]
}

const quoted = (value: string): string => (/[^\w:/.-]/.test(value) ? `"${value}"` : value)

export const PLACEHOLDER = 'pq_YOUR_KEY'

/** What to paste where. The key stands in the environment, so that no file under version control carries it. */
export function guides(setup: Setup, secret: string = PLACEHOLDER): readonly Guide[] {
  const { openai_base_url: openai, anthropic_base_url: anthropic, gemini_base_url: gemini, suggested } = setup
  const telemetry = {
    CLAUDE_CODE_ENABLE_TELEMETRY: '1',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_ENDPOINT: anthropic.replace(/\/anthropic$/, '/otlp'),
    OTEL_EXPORTER_OTLP_HEADERS: `x-perq-key=${secret}`,
  }
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
      tool: 'claude-seat',
      name: 'Claude seat',
      note: 'For Claude Code on a company subscription: it keeps its own account and tells Perq what it used. By default it sends no prompts and no replies. The first use in a month spends one month of your seat.',
      snippets: [
        {
          title: 'In your shell',
          text: [
            ...Object.entries(telemetry).map(([name, value]) => `export ${name}=${quoted(value)}`),
            'claude',
          ].join('\n'),
        },
        {
          title: 'Or for good, in ~/.claude/settings.json',
          text: JSON.stringify({ env: telemetry }, null, 2),
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
      tool: 'gemini-cli',
      name: 'Gemini CLI',
      note: 'Both are needed: the settings choose the kind of key. Name a model with -m: without it, Gemini CLI first asks a small model which one should answer, and that call spends, too.',
      snippets: [
        {
          title: '~/.gemini/settings.json',
          text: JSON.stringify({ security: { auth: { selectedType: 'gemini-api-key' } } }, null, 2),
        },
        {
          title: 'In your shell',
          text: [
            `export GOOGLE_GEMINI_BASE_URL=${gemini}`,
            `export GEMINI_API_KEY=${secret}`,
            `gemini -m ${suggested.gemini}`,
          ].join('\n'),
        },
      ],
    },
    {
      tool: 'opencode',
      name: 'opencode',
      note: 'Each conversation also asks a small model for its title; that call spends, too.',
      snippets: [
        {
          title: '~/.config/opencode/opencode.json',
          text: JSON.stringify(
            {
              $schema: 'https://opencode.ai/config.json',
              model: `anthropic/${suggested.anthropic}`,
              provider: {
                anthropic: { options: { baseURL: `${anthropic}/v1`, apiKey: '{env:PERQ_KEY}' } },
                openai: { options: { baseURL: openai, apiKey: '{env:PERQ_KEY}' } },
              },
            },
            null,
            2,
          ),
        },
        { title: 'In your shell', text: `export PERQ_KEY=${secret}\nopencode` },
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
      tool: 'gemini',
      name: 'Gemini SDK',
      note: 'The base URL has no /v1beta: the SDK adds it.',
      snippets: [
        {
          title: 'Environment, read by the TypeScript SDK',
          text: `export GOOGLE_GEMINI_BASE_URL=${gemini}\nexport GEMINI_API_KEY=${secret}`,
        },
        {
          title: 'TypeScript',
          text: [
            "import { GoogleGenAI } from '@google/genai'",
            '',
            'const client = new GoogleGenAI({',
            '  apiKey: process.env.GEMINI_API_KEY,',
            `  httpOptions: { baseUrl: '${gemini}' },`,
            '})',
            'const answer = await client.models.generateContent({',
            `  model: '${suggested.gemini}',`,
            "  contents: 'Say hello.',",
            '})',
            'console.log(answer.text)',
          ].join('\n'),
        },
        {
          title: 'Python',
          text: [
            'import os',
            'from google import genai',
            'from google.genai import types',
            '',
            'client = genai.Client(',
            '    api_key=os.environ["GEMINI_API_KEY"],',
            `    http_options=types.HttpOptions(base_url="${gemini}"),`,
            ')',
            `answer = client.models.generate_content(model="${suggested.gemini}", contents="Say hello.")`,
            'print(answer.text)',
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
        {
          title: 'Gemini protocol',
          text: [
            `curl ${gemini}/v1beta/models/${suggested.gemini}:generateContent \\`,
            `  -H 'x-goog-api-key: ${secret}' \\`,
            "  -H 'Content-Type: application/json' \\",
            `  -d '${JSON.stringify({ generationConfig: { maxOutputTokens: 64 }, contents: [{ role: 'user', parts: [{ text: 'Say hello.' }] }] })}'`,
          ].join('\n'),
        },
      ],
    },
  ]
}
