/**
 * One GET over a connection that stands, as octets: nothing is followed, decompressed or kept for the next
 * request, and whatever the server does, it ends within named limits. Connecting is left to
 * https-connection.ts, what is asked and where to https.ts.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type HttpResponse, octetsOf, type SocketProblem } from '../observation.ts';
import { nodeHttp } from './node-modules.ts';

/** A policy of more is none that senders have to take (RFC 8461 §3.3). */
export const longestBody = 65_536;
/** All header fields together; what common servers and clients allow. */
const longestHeaders = 16_384;
/** Early hints and the like (RFC 9110 §15.2); no server needs more than two before its answer. */
const mostInformal = 8;
/** The longest body in chunks of one octet, with room for all else: what exceeds it never becomes an answer. */
const longestAnswer = 1_048_576;
/** A URL of use is shorter, and what is longer says nothing more. */
const longestValue = 500;

/** Header fields that a rule reads, and what tells which server stands in the way. */
const keptHeaders = [
  'content-type',
  'content-encoding',
  'content-length',
  'transfer-encoding',
  'location',
  'server',
  'age',
  'cache-control',
  'cf-mitigated',
  'retry-after',
] as const;

export interface Get {
  readonly host: string;
  readonly path: string;
  /** Besides Host and Connection. */
  readonly headers: Readonly<Record<string, string>>;
}

export type Answered =
  | { readonly kind: 'response'; readonly response: HttpResponse; readonly firstByteMs: number }
  | { readonly kind: 'failed'; readonly problem: SocketProblem }
  /** The connection broke before the answer. */
  | { readonly kind: 'broken'; readonly error: NodeJS.ErrnoException }
  /** The signal fired before the answer. */
  | { readonly kind: 'time-is-over' };

export interface GetLimits {
  /** From the request to the last octet. */
  readonly answerMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks, and ends the connection. The problem is `timeout` after `answerMs`, `garbage` for what is not HTTP,
 * `too-much` beyond a limit; an answer whose body exceeds one of them is given as far as it came, with
 * `cut`. `firstByteMs` counts from the request.
 */
export function get(
  socket: Socket,
  { host, path, headers }: Get,
  { answerMs, signal }: GetLimits,
): Promise<Answered> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    let firstByteMs: number | undefined;
    let octets = 0;
    let informal = 0;
    let message: IncomingMessage | undefined;
    const body: Buffer[] = [];
    let bodyLength = 0;
    let settled = false;

    const request = nodeHttp.request({
      createConnection: () => socket,
      method: 'GET',
      path,
      headers: { Host: host, ...headers, Connection: 'close' },
      maxHeaderSize: longestHeaders,
      // As lenient as what senders use (a line may end without CR); nothing can be smuggled into a
      // connection that carries one request.
      insecureHTTPParser: true,
    });
    const timer = setTimeout(() => stop('timeout'), answerMs);
    const onAbort = () => (message === undefined ? settle({ kind: 'time-is-over' }) : stop('timeout'));
    signal.addEventListener('abort', onAbort);

    function settle(outcome: Answered): void {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      request.destroy();
      socket.destroy();
      resolve(outcome);
    }

    function answer(cut?: HttpResponse['cut']): void {
      if (message === undefined) return;
      const response = {
        status: message.statusCode ?? 0,
        headers: headersOf(message),
        body: octetsOf(Buffer.concat(body).subarray(0, longestBody)),
        ...(cut !== undefined && { cut }),
      };
      settle({ kind: 'response', response, firstByteMs: firstByteMs ?? performance.now() - startedMs });
    }

    /** A limit is reached. */
    function stop(limit: 'timeout' | 'too-much'): void {
      if (message === undefined) settle({ kind: 'failed', problem: limit });
      else answer(limit === 'timeout' ? 'timeout' : 'too-long');
    }

    request.on('socket', () => {
      socket.on('data', (chunk: Buffer) => {
        firstByteMs ??= performance.now() - startedMs;
        octets += chunk.length;
        if (octets > longestAnswer) stop('too-much');
      });
    });
    request.on('information', () => {
      informal += 1;
      if (informal > mostInformal) stop('too-much');
    });
    // 101, which nobody asked for.
    request.on('upgrade', (response) => {
      message = response;
      answer();
    });
    request.on('response', (response) => {
      // RFC 9110 §15: the first digit is from 1 on.
      if ((response.statusCode ?? 0) < 100) return settle({ kind: 'failed', problem: 'garbage' });
      message = response;
      response.on('data', (chunk: Buffer) => {
        body.push(chunk);
        bodyLength += chunk.length;
        if (bodyLength > longestBody) answer('too-long');
      });
      response.on('end', () => answer());
      response.on('error', () => answer('closed'));
      response.on('close', () => answer(response.complete ? undefined : 'closed'));
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      // What comes after a whole answer is no part of it; its end is still to be read.
      if (message?.complete) return;
      const problem = parserProblemOf(error);
      if (problem !== undefined) settle({ kind: 'failed', problem });
      else if (message === undefined) settle({ kind: 'broken', error });
      else answer('closed');
    });
    request.on('close', () => {
      if (message === undefined) settle({ kind: 'failed', problem: 'closed' });
    });
    if (signal.aborted) onAbort();
    else request.end();
  });
}

/** Those that are kept, their octets as ISO 8859-1 without control characters, shortened. */
function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const kept = keptHeaders.flatMap((name) => {
    const value = headers[name];
    if (value === undefined) return [];
    const text = [value]
      .flat()
      .join(', ')
      .replace(/[^\x20-\x7e\xa0-\xff]/g, '?');
    return [[name, text.length > longestValue ? `${text.slice(0, longestValue)}…` : text] as const];
  });
  return Object.fromEntries(kept);
}

/** What the codes of Node's HTTP parser mean; undefined for those of a socket. */
function parserProblemOf({ code = '' }: NodeJS.ErrnoException): SocketProblem | undefined {
  if (code === 'HPE_HEADER_OVERFLOW' || code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 'too-much';
  // Of what is no HTTP, every octet may be the first wrong one: the parser has a code for each.
  return code.startsWith('HPE_') ? 'garbage' : undefined;
}
