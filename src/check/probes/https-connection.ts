/**
 * A TCP connection and a TLS handshake with the policy host, as a sender makes them, except that a
 * certificate with faults is looked at rather than refused. What a certificate says is left to tls.ts,
 * what is asked over the connection to https-request.ts.
 */
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { NotMeasured, SocketProblem, TlsObservation } from '../observation.ts';
import { type Endpoint, isWithoutRoute } from './network.ts';
import { type HandshakeProblem, observeTls, tlsContext, tlsProblemOf } from './tls.ts';

/** A packet that is lost is sent again after 1, 3 and 7 seconds. */
export const connectMs = 10_000;
/** The same, for a handshake of one or two turns. */
export const handshakeMs = 10_000;

/** `older` includes those that senders must not use, to tell what a server that refuses the others would take. */
export type Versions = 'usual' | 'at-most-1.2' | 'older';

export interface Secured {
  readonly kind: 'secured';
  readonly socket: TLSSocket;
  readonly tls: TlsObservation;
  readonly connectMs: number;
  readonly tlsMs: number;
}

export interface Unsecured {
  readonly kind: 'failed';
  readonly at: 'connect' | 'tls';
  readonly problem: SocketProblem;
  readonly alert?: string;
  readonly connectMs?: number;
}

export interface ToSecure {
  readonly endpoint: Endpoint;
  /** For SNI, and what the certificate is held against. */
  readonly host: string;
  readonly versions: Versions;
  readonly signal: AbortSignal;
}

/** Whoever gets the socket destroys it. Times count from the call, in milliseconds. */
export function connectSecurely({
  endpoint,
  host,
  versions,
  signal,
}: ToSecure): Promise<Secured | Unsecured | NotMeasured> {
  const startedMs = performance.now();
  const passedMs = () => performance.now() - startedMs;
  if (signal.aborted) return Promise.resolve({ kind: 'not-measured', because: 'time-is-over' });
  return new Promise((resolve, reject) => {
    let connectedMs: number | undefined;
    let settled = false;
    const socket = connect({
      host: endpoint.address,
      port: endpoint.port,
      servername: host,
      ALPNProtocols: ['http/1.1'],
      secureContext: contextFor(versions),
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    let timer = setTimeout(() => failed('timeout'), connectMs);
    const onAbort = () => settle({ kind: 'not-measured', because: 'time-is-over' });
    signal.addEventListener('abort', onAbort);

    function settle(outcome: Secured | Unsecured | NotMeasured): void {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (outcome.kind !== 'secured') socket.destroy();
      resolve(outcome);
    }

    function failed(problem: SocketProblem, alert?: string): void {
      settle({
        kind: 'failed',
        at: connectedMs === undefined ? 'connect' : 'tls',
        problem,
        ...(alert !== undefined && { alert }),
        ...(connectedMs !== undefined && { connectMs: connectedMs }),
      });
    }

    socket.once('connect', () => {
      connectedMs = passedMs();
      clearTimeout(timer);
      timer = setTimeout(() => failed('timeout'), handshakeMs);
    });
    socket.once('secureConnect', () => {
      const tlsMs = passedMs();
      const tls = observeTls(socket, host);
      // Without a certificate nobody has shown who it is.
      if (tls === undefined) failed('tls');
      else settle({ kind: 'secured', socket, tls, connectMs: connectedMs ?? tlsMs, tlsMs });
    });
    socket.on('error', (error) => {
      if (settled) return;
      const seen = problemOf(error);
      if (seen === undefined) {
        settled = true;
        reject(error);
      } else if ('kind' in seen) settle(seen);
      else failed(seen.problem, seen.alert);
    });
    socket.once('close', () => failed('closed'));
  });
}

let atMost12: SecureContext | undefined;

function contextFor(versions: Versions): SecureContext {
  if (versions !== 'at-most-1.2') return tlsContext(versions);
  atMost12 ??= createSecureContext({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
  return atMost12;
}

/** Also for what breaks after the handshake; undefined for what is no remote's doing. */
export function problemOf(error: NodeJS.ErrnoException): HandshakeProblem | NotMeasured | undefined {
  return isWithoutRoute(error) ? { kind: 'not-measured', because: 'no-route' } : tlsProblemOf(error);
}
