/**
 * Node's modules for TLS and HTTP, for the files that open connections. An import would read every export of
 * theirs at once, among them all authorities and Node's own fetch, which takes 30 ms that nobody needs.
 */

export const nodeHttp = process.getBuiltinModule('node:http');
export const nodeTls = process.getBuiltinModule('node:tls');
