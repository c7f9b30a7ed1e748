/** HTTPS and HTTP on loopback: pages by host and path, with what goes wrong on the way to them. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type Server } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Certificates, tlsOptions } from './certificates.ts';
import { createFaultyServer } from './listener.ts';
import type { Page, WebServer } from './scenario.ts';

/** A fatal alert, unrecognized_name (RFC 8446 §6), which node's own server cannot be made to send. */
const unrecognizedName = Buffer.of(21, 3, 3, 0, 2, 2, 112);

/** One server for hosts that differ only in name, certificate and pages. */
export function createWebServer(
  hosts: readonly [WebServer, ...WebServer[]],
  certificates: Certificates,
): Server {
  const [first] = hosts;
  if (first.fault !== undefined) return createFaultyServer(first.fault);
  if (first.unknownName === true)
    return createTcpServer((socket) => {
      socket.once('data', () => socket.end(unrecognizedName));
    });
  const byName = new Map(hosts.map((host) => [host.host, host]));
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const name = request.headers.host?.replace(/:[0-9]+$/, '').toLowerCase() ?? '';
    const page = byName.get(name)?.pages[request.url ?? ''] ?? notFound;
    void serve(page, request, response);
  };
  if (first.plain === true) return createServer(answer);
  const server = createTlsServer(
    {
      ...tlsOptions(first),
      SNICallback: (name, callback) => {
        const host = byName.get(name.toLowerCase());
        if (host === undefined) return callback(new Error(`No host of the name ${name}`));
        certificates.context(host).then((context) => callback(null, context), callback);
      },
    },
    answer,
  );
  // Clients break off handshakes on purpose.
  server.on('tlsClientError', () => undefined);
  return server;
}

const notFound: Page = {
  status: 404,
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html><title>404 Not Found</title><h1>Not Found</h1>',
};

/** What a content network shows whom it takes for a robot. */
const challenge: Page = {
  status: 403,
  headers: { 'content-type': 'text/html; charset=UTF-8' },
  body: '<!doctype html><title>Just a moment...</title><h1>Checking your browser</h1>',
};

async function serve(page: Page, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { onlyAgent } = page;
  if (onlyAgent !== undefined && request.headers['user-agent']?.includes(onlyAgent) !== true)
    return serve(challenge, request, response);
  const { status = 200, headers = { 'content-type': 'text/plain' }, delayMs, dripMs, missingOctets } = page;
  const plain = Buffer.from(page.body ?? '');
  const body = page.gzip === true ? gzipSync(plain) : plain;
  // The client may be gone by then; the timer does not keep the process alive.
  if (delayMs !== undefined) await setTimeout(delayMs, undefined, { ref: false });
  if (response.destroyed) return;
  response.writeHead(status, {
    ...headers,
    ...(page.gzip === true ? { 'content-encoding': 'gzip' } : {}),
    ...(dripMs === undefined ? { 'content-length': body.length + (missingOctets ?? 0) } : {}),
  });
  if (dripMs !== undefined) drip(response, body, dripMs);
  else if (missingOctets !== undefined) response.write(body, () => response.socket?.end());
  else response.end(request.method === 'HEAD' ? undefined : body);
}

function drip(response: ServerResponse, body: Buffer, everyMs: number): void {
  let sent = 0;
  const timer = setInterval(() => {
    response.write(body.subarray(sent % body.length, (sent % body.length) + 1));
    sent += 1;
  }, everyMs);
  response.once('close', () => clearInterval(timer));
}
