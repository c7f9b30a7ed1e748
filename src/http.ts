/**
 * The HTTP server of both transports: whether the process lives, whether it is ready, its metrics, and over
 * signed HTTP the way in for Slack. Checking what Slack signed is left to slack/app.ts.
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLoopback } from './check/probes/network.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** What does not answer, by name, and why; empty when all is well. */
export type Unready = Readonly<Record<string, string>>;

export interface HttpServer {
  /** Resolves with the port once it listens; rejects with Node's error when it cannot. */
  start(): Promise<number>;
  /** Takes no more connections; those that are busy go on. */
  close(): void;
  /** Ends those that are left. */
  end(): void;
}

/** Slack gives up after 3 s; a request that takes longer to arrive is not one of Slack's. */
const requestTimeoutMs = 10_000;
/** Longer than the 60 s after which most load balancers drop an idle connection themselves. */
const keepAliveTimeoutMs = 65_000;

export function createHttp(options: {
  readonly host: string;
  readonly port: number;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly metricsToken: string | undefined;
  readonly unready: () => Promise<Unready>;
  /** Takes `POST /slack/events`; absent in Socket Mode. */
  readonly slackEvents: RequestListener | undefined;
  /** Where a browser is sent on to it, with GET: the paths of an installation over OAuth. */
  readonly installPaths?: readonly string[];
}): HttpServer {
  const { metrics, metricsToken, unready, slackEvents, installPaths = [] } = options;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?', 1)[0];
    if (path !== undefined && installPaths.includes(path) && slackEvents !== undefined) {
      return request.method === 'GET' ? slackEvents(request, response) : refuse(response, 405, 'GET');
    }
    if (path === '/slack/events' && slackEvents !== undefined) return refuse(response, 405, 'POST');
    if (path !== '/healthz' && path !== '/readyz' && path !== '/metrics')
      return send(response, 404, 'Not found\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'GET, HEAD');
    if (path === '/healthz') return send(response, 200, 'ok\n');
    if (path === '/readyz') {
      const problems = await unready();
      const ready = Object.keys(problems).length === 0;
      return sendJson(response, ready ? 200 : 503, { ready, ...problems });
    }
    if (!mayReadMetrics(request, metricsToken)) {
      response.setHeader('www-authenticate', 'Bearer realm="metrics"');
      return send(response, 401, 'Metrics need a bearer token from elsewhere than loopback.\n');
    }
    const { contentType, body } = await metrics.text();
    send(response, 200, body, contentType);
  }

  const server = createServer(
    { requestTimeout: requestTimeoutMs, keepAliveTimeout: keepAliveTimeoutMs },
    (request, response) => {
      // What Slack waits for takes the shortest way.
      if (slackEvents !== undefined && request.method === 'POST' && request.url === '/slack/events') {
        slackEvents(request, response);
        return;
      }
      answer(request, response).catch((error: unknown) => {
        options.log.error({ err: error, path: request.url?.split('?', 1)[0] }, 'an HTTP request failed');
        if (!response.headersSent) send(response, 500, 'Internal error\n');
      });
    },
  );

  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host: options.host, port: options.port }, () => {
          server.off('error', reject);
          resolve((server.address() as AddressInfo).port);
        });
      }),
    close: () => {
      server.close();
    },
    end: () => server.closeAllConnections(),
  };
}

/** From this machine itself, or with the token. Whatever a proxy passed on comes from elsewhere. */
function mayReadMetrics(request: IncomingMessage, token: string | undefined): boolean {
  const { headers, socket } = request;
  const passedOn = headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined;
  const from = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  if (isLoopback(from) && !passedOn) return true;
  const given = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  return token !== undefined && given !== undefined && isSame(given, token);
}

function isSame(given: string, token: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(token)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function refuse(response: ServerResponse, status: number, allow: string): void {
  response.setHeader('allow', allow);
  send(response, status, 'Method not allowed\n');
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, `${JSON.stringify(value)}\n`, 'application/json; charset=utf-8');
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
