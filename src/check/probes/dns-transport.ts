/**
 * One question to one server: over UDP, and over TCP for what was cut off or looks forged. Nothing a remote
 * does is thrown. Which server is asked how often is left to dns-client.ts, what the octets say to
 * dns-message.ts.
 */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { DnsProblem } from '../observation.ts';
import type { RecordType } from './dns-data.ts';
import { encodeQuestion, type Outcome, type Question, readAnswer } from './dns-message.ts';
import type { Endpoint } from './network.ts';

/** Beyond what any path carries for a question with 1232 octets of EDNS; decoding costs time per octet. */
const longestDatagram = 4096;
/** Room for 500 MX hosts; reading blocks the process for two milliseconds at most. */
const longestMessage = 16_384;
/** Datagrams that do not fit the question, before it is asked over TCP, where nobody can send forged ones. */
const mostStrays = 8;

/** This machine has no way to addresses of that family. */
export interface NoRoute {
  readonly kind: 'no-route';
}

export type Reached<T extends RecordType> = Outcome<T> | NoRoute;

/** When the signal fires the problem is `timeout`. Throws nothing but what is wrong with this machine. */
export async function ask<T extends RecordType>(
  server: Endpoint,
  asked: Omit<Question<T>, 'id'>,
  signal: AbortSignal,
): Promise<Reached<T>> {
  // An id that cannot be guessed, from a socket of its own and so a port that cannot either (RFC 5452 §9.2).
  const question: Question<T> = { id: randomInt(0x1_0000), ...asked };
  return (await askUdp(server, question, signal)) ?? (await askTcp(server, question, signal));
}

/** Undefined: to be asked over TCP. */
function askUdp<T extends RecordType>(
  { address, port }: Endpoint,
  question: Question<T>,
  signal: AbortSignal,
): Promise<Reached<T> | undefined> {
  if (signal.aborted) return Promise.resolve(failed(question, 'timeout'));
  return new Promise((resolve, reject) => {
    // When the signal fires the socket closes.
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', signal });
    let outcome: Reached<T> | undefined = failed(question, 'timeout');
    let settled = false;
    let strays = 0;
    const settle = (reached: Reached<T> | undefined) => {
      if (settled) return;
      settled = true;
      outcome = reached;
      // The signal closes it, too, and nothing may be done to it afterwards.
      if (!signal.aborted) socket.close();
    };
    socket.once('close', () => {
      settled = true;
      resolve(outcome);
    });
    socket.on('error', (error) => {
      const problem = problemOf(error);
      if (problem === undefined) reject(error);
      settle(failed(question, problem ?? 'unreachable'));
    });
    // Connected, so that the system drops what others than the server send, and reports a closed port.
    socket.once('connect', () => {
      if (!settled && !signal.aborted) socket.send(encodeQuestion(question));
    });
    socket.on('message', (bytes) => {
      if (bytes.length > longestDatagram) return settle(undefined);
      const reading = readAnswer(bytes, question);
      if (reading.kind === 'answer') return settle(reading.answer);
      if (reading.kind === 'stray') strays += 1;
      if (reading.kind === 'unusable' || strays >= mostStrays) settle(undefined);
    });
    socket.connect(port, address);
  });
}

/** RFC 1035 §4.2.2: two octets of length, then the message. */
function askTcp<T extends RecordType>(
  { address, port }: Endpoint,
  question: Question<T>,
  signal: AbortSignal,
): Promise<Reached<T>> {
  if (signal.aborted) return Promise.resolve(failed(question, 'timeout'));
  return new Promise((resolve, reject) => {
    // When the signal fires the socket ends with an error.
    const socket = connect({ host: address, port, signal });
    let received = Buffer.alloc(0);
    // Closed without an answer.
    let outcome: Reached<T> = failed(question, 'unreachable');
    const settle = (reached: Reached<T>) => {
      outcome = reached;
      socket.destroy();
    };
    socket.once('close', () => resolve(outcome));
    socket.on('error', (error) => {
      const problem = problemOf(error);
      if (problem === undefined) reject(error);
      else outcome = failed(question, problem);
    });
    socket.once('connect', () => {
      const bytes = encodeQuestion(question);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      socket.write(Buffer.concat([length, bytes]));
    });
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2) return;
      const length = received.readUInt16BE(0);
      if (length > longestMessage) return settle(failed(question, 'malformed'));
      if (received.length < 2 + length) return;
      const reading = readAnswer(received.subarray(2, 2 + length), question);
      settle(reading.kind === 'answer' ? reading.answer : failed(question, 'malformed'));
    });
  });
}

function failed<T extends RecordType>({ name }: Question<T>, problem: DnsProblem | 'no-route'): Reached<T> {
  return problem === 'no-route' ? { kind: 'no-route' } : { kind: 'failed', name, problem };
}

/** What the codes of node and of the system mean for a question; undefined for what is no remote's doing. */
function problemOf(error: NodeJS.ErrnoException): DnsProblem | 'no-route' | undefined {
  return problemsByCode.get(error.code ?? '');
}

const problemsByCode: ReadonlyMap<string, DnsProblem | 'no-route'> = new Map([
  ['ABORT_ERR', 'timeout'],
  ['ETIMEDOUT', 'timeout'],
  ['ECONNREFUSED', 'unreachable'],
  ['ECONNRESET', 'unreachable'],
  ['ECONNABORTED', 'unreachable'],
  ['EPIPE', 'unreachable'],
  ['EHOSTUNREACH', 'unreachable'],
  ['EHOSTDOWN', 'unreachable'],
  // What else routers on the way can say by ICMP.
  ['ENOPROTOOPT', 'unreachable'],
  ['EOPNOTSUPP', 'unreachable'],
  ['ENOTSUP', 'unreachable'],
  ['ENONET', 'unreachable'],
  ['EPROTO', 'unreachable'],
  ['EMSGSIZE', 'unreachable'],
  ['ENETUNREACH', 'no-route'],
  ['ENETDOWN', 'no-route'],
  ['EADDRNOTAVAIL', 'no-route'],
  ['EAFNOSUPPORT', 'no-route'],
  // A firewall on this machine, and a zone of a link that is not there.
  ['EACCES', 'unreachable'],
  ['EPERM', 'unreachable'],
  ['EINVAL', 'unreachable'],
]);
