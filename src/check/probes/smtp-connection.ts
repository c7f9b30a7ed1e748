/**
 * One connection to an SMTP server, each step bounded in time and octets: connect, one reply at a time, a
 * command, TLS, and going in peace. The order of the steps is left to smtp.ts.
 */
import { connect, isIPv6, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { fail, ok, type Result } from '../../protocol/result.ts';
import { type NotMeasured, type SmtpReply, timeIsOver } from '../observation.ts';
import type { Endpoint } from './network.ts';
import { createReplyReader } from './smtp-reply.ts';
import { connectOpenly, tlsContext } from './tls.ts';
import { type HandshakeProblem, tlsProblemOf } from './tls-problems.ts';

/** Why a step came to nothing: the other side, or our own time. */
export type StepProblem = HandshakeProblem | NotMeasured;

/** How long a step may take. The signal ends all of it besides. */
export interface StepLimit {
  readonly signal: AbortSignal;
  /** Absent: as long as the signal allows. */
  readonly ms?: number;
}

export interface SmtpConnection {
  /** The next reply. Never asked for twice at a time. */
  reply(limit: StepLimit): Promise<Result<SmtpReply, StepProblem>>;
  /** One command, without its CR LF. */
  send(command: string): void;
  /**
   * TLS from here on, with the name that is asked for (RFC 6066 §3). What the server said in the clear
   * after its last reply is `garbage`: whoever kept it would take a stranger's words for the server's
   * (RFC 3207 §4.2).
   */
  secure(host: string, which: 'usual' | 'older', limit: StepLimit): Promise<Result<TLSSocket, StepProblem>>;
  /** Says QUIT (RFC 5321 §4.1.1.10) and closes, which takes a second at most. */
  leave(): void;
  /** Closes at once. */
  destroy(): void;
  /** Settles when it is closed. */
  closed(): Promise<void>;
}

/** How long the other side has for its goodbye, in milliseconds. */
const goodbyeMs = 1000;
/** Octets of a goodbye. */
const longestGoodbye = 65_536;

/** Codes for an address of a family that this machine has no way to. */
const noRouteCodes: ReadonlySet<string | undefined> = new Set([
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
]);

/** Connects, and says nothing: the server speaks first. */
export async function connectSmtp(
  { address, port }: Endpoint,
  limit: StepLimit,
): Promise<Result<SmtpConnection, StepProblem>> {
  // Each write is one command, and is answered before the next.
  const socket = connect({ host: address, port, noDelay: true });
  // The first one takes milliseconds, which are nobody's now.
  tlsContext('usual');
  let code: string | undefined;
  socket.once('error', (error: NodeJS.ErrnoException) => {
    code = error.code;
  });
  const wait = createWait(socket);
  const connected = await wait<true>(limit, (settle) => socket.once('connect', () => settle(ok(true))));
  if (connected.ok) return ok(connectionOver(socket, wait, limit.signal));
  socket.destroy();
  // Many machines have no IPv6; an IPv4 address without a way to it is the domain's own.
  if (isIPv6(address) && noRouteCodes.has(code)) return fail({ kind: 'not-measured', because: 'no-route' });
  return connected;
}

function connectionOver(plain: Socket, waitPlain: Wait, signal: AbortSignal): SmtpConnection {
  let socket = plain;
  // A goodbye ends with the look as well.
  const onAbort = () => socket.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  plain.once('close', () => signal.removeEventListener('abort', onAbort));
  let unread: Uint8Array = Buffer.alloc(0);
  /** Whether somebody waits until it is closed. */
  let awaited = false;

  return {
    reply(limit) {
      const reader = createReplyReader();
      return waitPlain(limit, (settle) => {
        const take = (chunk: Uint8Array) => {
          const reading = reader.read(chunk);
          if (reading.kind === 'more') return plain.resume();
          plain.off('data', take);
          // What nobody asked for stays with the system, and holds the other side up.
          plain.pause();
          if (reading.kind === 'problem') return settle(fail({ problem: reading.problem }));
          unread = reading.rest;
          settle(ok(reading.reply));
        };
        plain.on('data', take);
        plain.once('end', () => settle(fail({ problem: 'closed' })));
        const early = unread;
        unread = Buffer.alloc(0);
        take(early);
      });
    },

    send(command) {
      plain.write(`${command}\r\n`);
    },

    async secure(host, which, limit) {
      if (unread.length > 0 || plain.readableLength > 0) return fail({ problem: 'garbage' });
      const secure = connectOpenly({ socket: plain, servername: host, secureContext: tlsContext(which) });
      socket = secure;
      return createWait(secure)(limit, (settle) => secure.once('secureConnect', () => settle(ok(secure))));
    },

    leave() {
      let octets = 0;
      const timer = setTimeout(() => socket.destroy(), goodbyeMs).unref();
      socket.once('close', () => clearTimeout(timer));
      socket.on('data', ({ length }: Buffer) => {
        octets += length;
        if (octets > longestGoodbye) socket.destroy();
      });
      socket.end('QUIT\r\n', () => {
        // The answer is nobody's: once this is said, a program that has nothing else to do may end.
        if (!awaited) socket.unref();
      });
      socket.resume();
    },

    destroy() {
      socket.destroy();
    },

    closed() {
      awaited = true;
      socket.ref();
      return new Promise((resolve) => {
        if (socket.closed) resolve();
        else socket.once('close', () => resolve());
      });
    },
  };
}

/**
 * Waits until `begin` settles it, the socket breaks, or the time is over. A wait that is settled hears
 * nothing any more.
 */
type Wait = <T>(
  limit: StepLimit,
  begin: (settle: (outcome: Result<T, StepProblem>) => void) => unknown,
) => Promise<Result<T, StepProblem>>;

/** Of one socket, which may break while nobody waits: the next wait is told. */
function createWait(socket: Socket): Wait {
  let broken: StepProblem | undefined;
  let bug: Error | undefined;
  let onBroken: (() => void) | undefined;
  socket.on('error', (error) => {
    broken ??= tlsProblemOf(error);
    if (broken === undefined) bug = error;
    onBroken?.();
  });
  socket.once('close', () => {
    broken ??= { problem: 'closed' };
    onBroken?.();
  });

  return ({ signal, ms }, begin) =>
    new Promise((resolve, reject) => {
      const settle: Parameters<typeof begin>[0] = (outcome) => {
        if (onBroken !== onMine) return;
        onBroken = undefined;
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        resolve(outcome);
      };
      const onMine = () => {
        if (bug !== undefined) reject(bug);
        else if (broken !== undefined) settle(fail(broken));
      };
      const onAbort = () => settle(fail(timeIsOver));
      const timer = ms === undefined ? undefined : setTimeout(() => settle(fail({ problem: 'timeout' })), ms);
      onBroken = onMine;
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      else if (broken === undefined && bug === undefined) begin(settle);
      else onMine();
    });
}
