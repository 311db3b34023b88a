/**
 * node:http as it is. An import of it would make a list of all its exports; one of them is a WebSocket, for which Node reads all of
 * undici: fourteen megabytes in every process.
 */
export const http = process.getBuiltinModule('node:http')

/** node:https and node:tls, for whoever speaks TLS; four megabytes that nobody else needs. */
export const https = () => process.getBuiltinModule('node:https')
export const tls = () => process.getBuiltinModule('node:tls')
