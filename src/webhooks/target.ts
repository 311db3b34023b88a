import { BlockList, isIP } from 'node:net'
import { Fault } from '#base/fault.ts'

/**
 * Where Perq may send to. URLs come from people, so a sending must not reach what only this machine can: loopback,
 * private and link-local networks, and the metadata services of clouds among them.
 */

const closed = new BlockList()
const V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]
for (const [net, prefix] of V4) closed.addSubnet(net, prefix, 'ipv4')
// Tunnels and documentation inside the one part of IPv6 that is routed.
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  closed.addSubnet(net, prefix, 'ipv6')
const routed = new BlockList()
routed.addSubnet('2000::', 3, 'ipv6')

/** An address of the public internet, in the form that a resolver gives. */
export function isPublic(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !closed.check(address, 'ipv4')
  return family === 6 && routed.check(address, 'ipv6') && !closed.check(address, 'ipv6')
}

/**
 * Throws Fault `invalid` for a URL that nothing is sent to. Names are looked at again, by their addresses, whenever
 * something is sent. `anywhere` allows http and every address: for tests, and for receivers in the same network.
 */
export function targetOf(url: string, { anywhere }: { anywhere: boolean }): URL {
  const target = URL.parse(url)
  const invalid = (why: string): Fault =>
    new Fault('invalid', `url ${JSON.stringify(url.slice(0, 200))} ${why}`, { param: 'url' })
  if (!target || url.length > 2_000) throw invalid('is no URL; give one such as https://example.com/perq')
  if (target.protocol !== 'https:' && !(anywhere && target.protocol === 'http:'))
    throw invalid('must begin with https://')
  if (target.username !== '' || target.password !== '') throw invalid('must not carry credentials')
  const host = target.hostname.replace(/^\[|\]$/g, '')
  if (!anywhere && isIP(host) !== 0 && !isPublic(host)) throw invalid('is no address of the public internet')
  if (!anywhere && (host === 'localhost' || host.endsWith('.localhost'))) throw invalid('names this machine')
  return target
}
