import { isIP } from 'node:net'
import { Fault } from '#base/fault.ts'

/** Where an upstream listens: origin for the connection, prefix for every path. */
export type Address = { readonly origin: string; readonly prefix: string }

const isLoopback = (host: string): boolean =>
  host === 'localhost' ||
  host.endsWith('.localhost') ||
  host === '[::1]' ||
  (isIP(host) === 4 && host.startsWith('127.'))

/**
 * Reads a base URL as SDKs take it. Provider keys travel to it, so it must be https, except to this machine itself or
 * when plain http is allowed on purpose (a model server in the same private network).
 */
export function addressOf(baseUrl: string, { plainHttp }: { plainHttp: boolean }): Address {
  const url = URL.parse(baseUrl)
  const invalid = (why: string): Fault =>
    new Fault('invalid', `base_url ${JSON.stringify(baseUrl)} ${why}`, { param: 'base_url' })
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw invalid('is no http or https URL')
  if (url.username !== '' || url.password !== '')
    throw invalid('must not carry credentials; give the key apart')
  if (url.search !== '' || url.hash !== '') throw invalid('must end with its path')
  if (url.protocol === 'http:' && !plainHttp && !isLoopback(url.hostname))
    throw invalid('would send the provider key in clear; use https')
  return { origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') }
}
