import type { Json } from '#base/json.ts'
import { formatMoney } from '#base/money.ts'
import { paragraphs } from '#offers/post-ld.ts'
import type { PostView } from '#reports/offers/posts.ts'
import { dated } from '#reports/words/text.ts'
import { escaped } from '#base/html.ts'

export type PostPage = {
  readonly view: PostView
  readonly company: string
  readonly ld: { readonly [key: string]: Json }
  readonly documentUrl: string
  readonly sha256: string
}

const KINDS: Readonly<Record<string, string>> = {
  FULL_TIME: 'Full time',
  PART_TIME: 'Part time',
  CONTRACTOR: 'Contractor',
  TEMPORARY: 'For a time',
  INTERN: 'Internship',
}

/** A job as everybody sees it, and as search engines read it: no script runs, and it is whole without style. */
export function postPage({ view, company, ld, documentUrl, sha256 }: PostPage): string {
  const { post, lines } = view
  const facts: readonly (readonly [string, string])[] = [
    ['Company', view.entityName === '' ? company : view.entityName],
    ['Where', whereOf(view)],
    ['Kind', KINDS[post.employment] ?? post.employment],
    ...(post.salary ? [['Salary', `${salaryOf(view)} a year`] as const] : []),
    ...(post.incentives === '' ? [] : [['Bonus and equity', post.incentives] as const]),
    ['Apply by', dated(post.until)],
  ]
  const compute = lines.map(
    (line) =>
      `<section class="line"><h3>${escaped(line.name)}</h3><p class="figure">${escaped(line.quantity)}</p><ul>${list(line.words)}</ul></section>`,
  )
  const apply =
    post.applyAt === null ? '' : `<p><a class="apply" href="${escaped(post.applyAt)}">Apply</a></p>`
  return page(
    `${post.title} at ${company}`,
    [
      `<header><p>${escaped(company)}</p><h1>${escaped(post.title)}</h1></header>`,
      `<dl>${facts.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`).join('')}</dl>`,
      ...(compute.length === 0
        ? []
        : [
            '<h2>Compute that is yours</h2>',
            '<p>Beside salary, bonus and equity this job comes with compute: granted in a contract, vested, spent with the tools that you use.</p>',
            ...compute,
            `<p class="soft"><a href="${escaped(documentUrl)}">The same for machines</a>, SHA-256 <code>${sha256}</code></p>`,
          ]),
      '<h2>The job</h2>',
      ...paragraphs(post.description).map((one) => `<p>${escaped(one)}</p>`),
      ...(post.benefits.length === 0
        ? []
        : ['<h2>What else there is</h2>', `<ul>${list(post.benefits)}</ul>`]),
      apply,
    ],
    ld,
  )
}

/** All jobs that one can apply for. */
export function postsPage(views: readonly PostView[], company: string): string {
  const items = views.map(
    (view) =>
      `<li><a href="/careers/${view.post.id}">${escaped(view.post.title)}</a><span>${escaped(whereOf(view))}</span>` +
      `<span>${escaped([view.post.salary ? salaryOf(view) : '', ...view.lines.map(({ quantity }) => quantity)].filter((one) => one !== '').join(' + '))}</span></li>`,
  )
  return page(`Jobs at ${company}`, [
    `<header><p>${escaped(company)}</p><h1>Jobs</h1></header>`,
    items.length === 0 ? '<p>There is no open job now.</p>' : `<ul class="jobs">${items.join('')}</ul>`,
  ])
}

function page(
  title: string,
  body: readonly string[],
  ld: { readonly [key: string]: Json } | null = null,
): string {
  // Within a script a closing tag would end it, whatever it is a part of.
  const data = ld && JSON.stringify(ld).replaceAll('<', String.raw`\u003c`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="icon" href="/favicon.svg">
<link rel="stylesheet" href="/careers.css">
${data === null ? '' : `<script type="application/ld+json">${data}</script>`}
</head>
<body>
<main>
${body.filter((part) => part !== '').join('\n')}
</main>
</body>
</html>
`
}

const list = (items: readonly string[]): string => items.map((one) => `<li>${escaped(one)}</li>`).join('')

function whereOf({ post: { place } }: PostView): string {
  const parts = [place.locality, place.region, place.country].filter((one) => one !== '').join(', ')
  return place.remote ? `${parts}, or remote in ${place.country}` : parts
}

function salaryOf({ post: { salary } }: PostView): string {
  if (!salary) return ''
  const money = (amount: bigint): string => formatMoney(amount, salary.currency).replace(/\.00$/, '')
  return salary.least === salary.most
    ? money(salary.least)
    : `${money(salary.least)} to ${money(salary.most)}`
}
