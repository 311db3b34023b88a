// The one door of every npm script and of ./perq: makes everything ready, then runs the job. Plain JavaScript that
// an old Node can read, because it is what finds the right one.
const major = Number(process.versions.node.split('.')[0])
if (major < 20) {
  process.stderr.write(
    `Perq needs Node 20 or newer to set itself up; this is ${process.versions.node}. Install a newer one from nodejs.org.\n`,
  )
  process.exit(1)
}
const { main } = await import('./main.mjs')
await main(process.argv.slice(2))
