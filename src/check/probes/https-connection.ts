/**
 * A TCP connection and a TLS handshake with a web host, as a sender makes them, except that a certificate
 * with faults is looked at rather than refused. What a certificate says is left to tls.ts, what is asked
 * over the connection to https-request.ts.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { NotMeasured, SocketProblem, TlsObservation } from '../observation.ts';
import { type Endpoint, isWithoutRoute } from './network.ts';
import { nodeTls } from './node-modules.ts';
import {
  connectOpenly,
  type HandshakeProblem,
  observeTls,
  tlsContext,
  tlsProblemOf,
  withoutRenegotiation,
} from './tls.ts';

/** How long each phase of a fetch may take, in milliseconds. */
export interface PhaseLimits {
  readonly connectMs: number;
  readonly handshakeMs: number;
  /** From the request to the last octet. */
  readonly answerMs: number;
}

export const phaseLimits: PhaseLimits = {
  // A packet that is lost is sent again after 1, 3 and 7 seconds.
  connectMs: 10_000,
  handshakeMs: 10_000,
  // Senders may wait a minute in all (RFC 8461 §3.3), and most give up within five seconds.
  answerMs: 20_000,
};

/** `older` includes those that senders must not use, to tell what a server that refuses the others would take. */
export type Versions = 'usual' | 'at-most-1.2' | 'older';

/** Times count from the call, in milliseconds. */
export interface Secured {
  readonly kind: 'secured';
  readonly socket: TLSSocket;
  readonly tls: TlsObservation;
  readonly connectMs: number;
  readonly tlsMs: number;
}

export interface Unreached {
  readonly kind: 'failed';
  readonly at: 'connect' | 'tls';
  readonly problem: SocketProblem;
  readonly alert?: string;
  readonly connectMs?: number;
}

export interface Reached<S> {
  readonly kind: 'reached';
  readonly socket: S;
  readonly connectMs: number;
  readonly readyMs: number;
}

export interface Connecting {
  readonly endpoint: Endpoint;
  readonly signal: AbortSignal;
  readonly limits: PhaseLimits;
}

/** Without TLS. Whoever gets the socket destroys it. */
export function connectPlainly(to: Connecting): Promise<Reached<Socket> | Unreached | NotMeasured> {
  const { address, port } = to.endpoint;
  return reach(() => connectTcp({ host: address, port }), 'connect', to);
}

/** With a handshake and a look at what it shows. Whoever gets the socket destroys it. */
export async function connectSecurely(
  to: Connecting,
  host: string,
): Promise<Secured | Unreached | NotMeasured> {
  const reached = await handshake(to, host, 'usual');
  if (reached.kind !== 'reached') return reached;
  const { socket, connectMs, readyMs } = reached;
  const tls = observeTls(socket, host);
  if (tls !== undefined) return { kind: 'secured', socket, tls, connectMs, tlsMs: readyMs };
  // Without a certificate nobody has shown who it is.
  socket.destroy();
  return { kind: 'failed', at: 'tls', problem: 'tls', connectMs };
}

/** A handshake alone, `host` for its SNI. Whoever gets the socket destroys it. */
export function handshake(
  to: Connecting,
  host: string,
  versions: Versions,
): Promise<Reached<TLSSocket> | Unreached | NotMeasured> {
  const { address, port } = to.endpoint;
  const dial = () =>
    connectOpenly({
      host: address,
      port,
      servername: host,
      ALPNProtocols: ['http/1.1'],
      secureContext: contextFor(versions),
    });
  return reach(dial, 'secureConnect', to);
}

function reach<S extends Socket>(
  dial: () => S,
  ready: 'connect' | 'secureConnect',
  { signal, limits }: Connecting,
): Promise<Reached<S> | Unreached | NotMeasured> {
  const startedMs = performance.now();
  if (signal.aborted) return Promise.resolve(timeIsOver);
  return new Promise((resolve, reject) => {
    let connectMs: number | undefined;
    let settled = false;
    const socket = dial();
    let timer = setTimeout(() => failed('timeout'), limits.connectMs);
    const onAbort = () => settle(timeIsOver);
    signal.addEventListener('abort', onAbort);

    function settle(outcome: Reached<S> | Unreached | NotMeasured): void {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (outcome.kind !== 'reached') socket.destroy();
      resolve(outcome);
    }

    function failed(problem: SocketProblem, alert?: string): void {
      settle({
        kind: 'failed',
        at: connectMs === undefined ? 'connect' : 'tls',
        problem,
        ...(alert !== undefined && { alert }),
        ...(connectMs !== undefined && { connectMs }),
      });
    }

    socket.once('connect', () => {
      connectMs = performance.now() - startedMs;
      clearTimeout(timer);
      timer = setTimeout(() => failed('timeout'), limits.handshakeMs);
    });
    socket.once(ready, () => {
      const readyMs = performance.now() - startedMs;
      settle({ kind: 'reached', socket, connectMs: connectMs ?? readyMs, readyMs });
    });
    socket.on('error', (error) => {
      // Once it is handed over, whoever has it listens too.
      if (settled) return;
      const seen = problemOf(error);
      if (seen === undefined) reject(error);
      else if ('kind' in seen) settle(seen);
      else failed(seen.problem, seen.alert);
    });
    socket.once('close', () => failed('closed'));
  });
}

const timeIsOver: NotMeasured = { kind: 'not-measured', because: 'time-is-over' };

function contextFor(versions: Versions): SecureContext {
  if (versions !== 'at-most-1.2') return tlsContext(versions);
  atMost12 ??= nodeTls.createSecureContext({
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    secureOptions: withoutRenegotiation,
  });
  return atMost12;
}

let atMost12: SecureContext | undefined;

/** Also for what breaks after the handshake; undefined for what is no remote's doing. */
export function problemOf(error: NodeJS.ErrnoException): HandshakeProblem | NotMeasured | undefined {
  return isWithoutRoute(error) ? { kind: 'not-measured', because: 'no-route' } : tlsProblemOf(error);
}
