// The server that Portkey is installed with changes headers of what fetch answered, which fetch forbids: without this
// each stream is a 500. Nothing else is changed.
const original = globalThis.fetch
globalThis.fetch = async (...args) => {
  const { body, status, statusText, headers } = await original(...args)
  return new Response(body, { status, statusText, headers: new Headers(headers) })
}
