/**
 * The workspace's HTTP server on 127.0.0.1: Web API, uploads, response URLs and Socket Mode for the bot; state,
 * actions and files for the page. It refuses what comes by another name or from another site.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConsentAnswer } from './consent-page.ts';
import { parseJson } from './json.ts';
import type { ActionAnswer, PersonAction } from './page/protocol.ts';
import type { PageFiles } from './page-files.ts';
import { parsePersonAction } from './person-action.ts';
import type { ApiRequest, ApiResponse } from './web-api.ts';

/** A view of 250 KB grows when it is form-encoded; nothing real is longer. */
const bodyBytesMax = 1024 * 1024;
/** The page's event stream says that it lives about this often. */
const beatMs = 15_000;

export interface Routes {
  api(request: ApiRequest): Promise<ApiResponse>;
  /** False when the bytes are not what was announced. */
  upload(token: string, body: Buffer): boolean;
  respond(token: string, body: unknown): { readonly status: number; readonly body: string };
  /** True when the connection was taken over. */
  connect(request: IncomingMessage, socket: Duplex, head: Buffer, ticket: string): boolean;
  /** `team` as the page names it, empty for the first. */
  act(action: PersonAction, team: string): Promise<ActionAnswer>;
  /** The state for a user as JSON, with the wire or without; undefined for a user who does not exist. */
  state(userId: string, team: string, withWire: boolean): string | undefined;
  subscribe(listener: () => void): () => void;
  file(id: string): Buffer | undefined;
  /** The page that asks whether the app may be installed, and what its buttons send. */
  consent(request: { readonly method: 'GET' | 'POST'; readonly params: URLSearchParams }): ConsentAnswer;
  /** Where the app may send a browser back to. */
  readonly botOrigin: string;
}

export interface WorkspaceServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const baseHeaders = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** Listens on the port, or on any free one when it is 0; throws EADDRINUSE when it is taken. */
export async function serve(port: number, routes: Routes, files: PageFiles): Promise<WorkspaceServer> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const tooLong = error instanceof TooLong;
      if (!response.headersSent)
        send(response, tooLong ? 413 : 500, 'text/plain', tooLong ? 'Too long.' : 'Failed.');
      else response.destroy();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  const names = new Set([`127.0.0.1:${bound}`, `localhost:${bound}`]);
  const isOwn = (request: IncomingMessage) => comesFromHere(request, names);

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { pathname, searchParams } = addressOf(request);
    const ticket = searchParams.get('ticket') ?? '';
    if (isOwn(request) && pathname === '/link/' && routes.connect(request, socket, head, ticket)) return;
    socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(baseHeaders)) response.setHeader(name, value);
    response.setHeader('content-security-policy', files.csp);
    if (!isOwn(request)) return send(response, 403, 'text/plain', 'Only this page on this machine may ask.');
    const { pathname, searchParams } = addressOf(request);
    const [, area = '', name = '', rest = ''] = pathname.split('/');
    if (request.method === 'GET' && pathname === '/local/state')
      return stream(response, routes, searchParams);
    if (request.method === 'GET' && area === 'local' && name === 'files')
      return download(response, routes.file(rest));
    if (request.method === 'POST' && pathname === '/local/act') return takeAction(request, response, routes);
    if (area === 'api') return callApi(request, response, routes, name);
    if (pathname === '/oauth/v2/authorize') return askConsent(request, response, routes);
    // Slack's own way into an app, from anywhere.
    if (request.method === 'GET' && pathname === '/app_redirect') {
      const team = encodeURIComponent(searchParams.get('team') ?? '');
      response.writeHead(302, { location: `/?team=${team}#home` }).end();
      return;
    }
    if (request.method === 'POST' && area === 'upload') {
      const ok = routes.upload(name, await uploaded(request));
      return send(
        response,
        ok ? 200 : 400,
        'text/plain',
        ok ? 'OK' : 'The upload does not fit what was announced.',
      );
    }
    if (request.method === 'POST' && area === 'response') {
      const { status, body } = routes.respond(name, parseJson((await bodyOf(request)).toString('utf8')));
      return send(response, status, body === 'ok' ? 'text/plain' : 'application/json', body);
    }
    const file = request.method === 'GET' ? await files.get(pathname) : undefined;
    if (file === undefined) return send(response, 404, 'text/plain', 'There is nothing here.');
    send(response, 200, file.contentType, file.body);
  };

  return { url: `http://127.0.0.1:${bound}`, stop: () => stop(server) };
}

/**
 * A page of another site can name this server by a host name of its own (DNS rebinding) or post to it blindly:
 * both show in Host, Origin and Sec-Fetch-Site.
 */
function comesFromHere({ headers }: IncomingMessage, names: ReadonlySet<string>): boolean {
  if (!names.has(headers.host ?? '')) return false;
  const { origin } = headers;
  if (origin !== undefined && ![...names].some((name) => origin === `http://${name}`)) return false;
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return true;
  // Following a link to the page is fine; anything else from elsewhere is not.
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

async function callApi(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Routes,
  method: string,
): Promise<void> {
  const { authorization, 'content-type': contentType = '' } = request.headers;
  const query = addressOf(request).search.slice(1);
  const body = request.method === 'POST' ? await bodyOf(request) : Buffer.from(query);
  const answer = await routes.api({ method, authorization, contentType, body });
  response.writeHead(answer.status, answer.headers).end(answer.body);
}

async function askConsent(request: IncomingMessage, response: ServerResponse, routes: Routes): Promise<void> {
  const { method } = request;
  if (method !== 'GET' && method !== 'POST') return send(response, 405, 'text/plain', 'Only GET and POST.');
  const params =
    method === 'GET'
      ? addressOf(request).searchParams
      : new URLSearchParams((await bodyOf(request)).toString('utf8'));
  const answer = routes.consent({ method, params });
  // Its form is answered with a way back to the bot, and the browser is to say where it was sent from.
  response.setHeader(
    'content-security-policy',
    `default-src 'none'; style-src 'self'; form-action 'self' ${routes.botOrigin}; base-uri 'none'; frame-ancestors 'none'`,
  );
  response.setHeader('referrer-policy', 'same-origin');
  if ('location' in answer) response.writeHead(answer.status, { location: answer.location }).end();
  else send(response, answer.status, 'text/html', answer.html);
}

async function takeAction(request: IncomingMessage, response: ServerResponse, routes: Routes): Promise<void> {
  // A form of another site cannot send this type without asking first.
  if (!/^application\/json\s*(;|$)/.test(request.headers['content-type'] ?? ''))
    return send(response, 415, 'text/plain', 'Send application/json.');
  const action = parsePersonAction((await bodyOf(request)).toString('utf8'));
  if (action === undefined) return send(response, 400, 'text/plain', 'This is no action.');
  send(
    response,
    200,
    'application/json',
    JSON.stringify(await routes.act(action, addressOf(request).searchParams.get('team') ?? '')),
  );
}

/** Server-Sent Events: the state now, and again after each change. */
function stream(response: ServerResponse, routes: Routes, asked: URLSearchParams): void {
  const now = () =>
    routes.state(asked.get('user') ?? '', asked.get('team') ?? '', asked.get('wire') !== 'no');
  let last = now();
  if (last === undefined) {
    send(response, 404, 'text/plain', 'There is no such user.');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.write(`retry: 1000\n\ndata: ${last}\n\n`);
  let planned = false;
  const push = (): void => {
    planned = false;
    const state = now();
    if (state === undefined || state === last || response.writableEnded) return;
    last = state;
    response.write(`data: ${state}\n\n`);
  };
  const unsubscribe = routes.subscribe(() => {
    // Changes that come together are told once.
    if (!planned) setImmediate(push);
    planned = true;
  });
  const beat = setInterval(() => response.write(': still here\n\n'), beatMs).unref();
  response.on('close', () => {
    clearInterval(beat);
    unsubscribe();
  });
}

/** Always as a download: nothing that the bot uploads may run as a page of ours. */
function download(response: ServerResponse, body: Buffer | undefined): void {
  if (body === undefined) {
    send(response, 404, 'text/plain', 'There is no such file.');
    return;
  }
  response.setHeader('content-disposition', 'attachment');
  send(response, 200, 'application/octet-stream', body);
}

function send(response: ServerResponse, status: number, contentType: string, body: string | Buffer): void {
  const charset = ['text/plain', 'text/html', 'application/json'].includes(contentType)
    ? '; charset=utf-8'
    : '';
  response.writeHead(status, { 'content-type': contentType + charset }).end(body);
}

/** A path such as `//` would be read as a host, and is no URL then. */
function addressOf({ url = '/' }: IncomingMessage): URL {
  const base = 'http://127.0.0.1';
  return URL.parse(url.startsWith('//') ? '/' : url, base) ?? new URL(base);
}

class TooLong extends Error {}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).byteLength;
    if (size > bodyBytesMax) throw new TooLong();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** The bytes themselves, or the one file of a multipart form: Slack takes both. */
async function uploaded(request: IncomingMessage): Promise<Buffer> {
  const body = await bodyOf(request);
  const contentType = request.headers['content-type'] ?? '';
  if (!contentType.startsWith('multipart/form-data')) return body;
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': contentType },
  }).formData();
  const file = form.values().find((value) => typeof value !== 'string');
  return file === undefined ? Buffer.alloc(0) : Buffer.from(await file.arrayBuffer());
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // Event streams and kept connections would hold it for ever.
  server.closeAllConnections();
  await closed;
}
