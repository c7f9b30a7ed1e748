/**
 * Asks resolvers over the wire, because node's own resolver hides response codes, extended errors and
 * the chain of aliases. UDP first, TCP for what was cut off or looks forged, one resolver after the
 * other. Nothing a remote does is thrown. What the bytes say is left to dns-message.ts.
 */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { fail, type Result } from '../../protocol/result.ts';
import type { DnsProblem } from '../observation.ts';
import { type DnsAnswer, encodeQuestion, type Question, type RecordType, readAnswer } from './dns-message.ts';
import { type Endpoint, type Network, route } from './network.ts';

/**
 * How long one resolver may be silent before the next question goes out beside it, in milliseconds: a
 * lost datagram is made up for well within the second after which a form stops waiting, and a resolver
 * that is merely slow still answers the first question.
 */
const patienceMs = 400;
/** Questions for one look-up, over all resolvers and rounds; more would be a nuisance to a resolver in trouble. */
const mostQuestions = 6;
/** One resolver is asked so often, for datagrams that are lost. */
const leastQuestions = 3;
/** Beyond what any path carries for a question with 1232 octets of EDNS; decoding costs time per octet. */
const longestDatagram = 4096;
/** Room for 500 MX hosts; reading blocks the process for some milliseconds at most. */
const longestMessage = 16_384;
/** Datagrams that do not fit the question, before it is asked over TCP, where nobody can send forged ones. */
const mostStrays = 8;

type Outcome<T extends RecordType> = Result<DnsAnswer<T>, DnsProblem>;

/**
 * The answer of the first resolver that gives one (a name without records, or that does not exist, is an
 * answer), else the most telling problem. The signal is the time limit; when it fires the problem is `timeout`,
 * unless a resolver had said something more telling. Throws nothing but what is wrong with this machine.
 */
export async function query<T extends RecordType>(
  name: string,
  type: T,
  network: Network,
  limit: AbortSignal,
): Promise<Outcome<T>> {
  const answered = new AbortController();
  const signal = AbortSignal.any([limit, answered.signal]);
  const turns = turnsOf(network.resolvers);
  const problems: DnsProblem[] = [];
  const open = new Set<Promise<Outcome<T>>>();
  try {
    while (!limit.aborted && (turns.length > 0 || open.size > 0)) {
      const resolver = turns.shift();
      if (resolver !== undefined) {
        const { address, port } = resolver;
        const asked = ask(route(network, address, port), name, type, signal).finally(() =>
          open.delete(asked),
        );
        open.add(asked);
      }
      const first = await Promise.race(turns.length > 0 ? [...open, silence(signal)] : open);
      if (first?.ok) return first;
      if (first !== undefined) problems.push(first.problem);
    }
    return fail(mostTelling(problems) ?? (limit.aborted ? 'timeout' : 'unreachable'));
  } finally {
    answered.abort();
  }
}

/** Each resolver in its order, then all of them again. */
function turnsOf(resolvers: readonly Endpoint[]): Endpoint[] {
  if (resolvers.length === 0) return [];
  const count = Math.min(mostQuestions, Math.max(leastQuestions, 2 * resolvers.length));
  return Array.from({ length: count }, (_, turn) => resolvers[turn % resolvers.length]).filter(
    (resolver) => resolver !== undefined,
  );
}

/** What one resolver said weighs more than the silence of another. */
function mostTelling(problems: readonly DnsProblem[]): DnsProblem | undefined {
  const telling: readonly DnsProblem[] = ['servfail', 'refused', 'malformed', 'unreachable', 'timeout'];
  return telling.find((problem) => problems.includes(problem));
}

async function silence(signal: AbortSignal): Promise<undefined> {
  // Ended early only because nobody waits for it any more.
  await setTimeout(patienceMs, undefined, { signal }).catch(() => undefined);
  return undefined;
}

async function ask<T extends RecordType>(
  resolver: Endpoint,
  name: string,
  type: T,
  signal: AbortSignal,
): Promise<Outcome<T>> {
  // An id that cannot be guessed, from a socket of its own and so a port that cannot either (RFC 5452 §9.2).
  const question: Question<T> = { id: randomInt(0x1_0000), name, type };
  return (await askUdp(resolver, question, signal)) ?? (await askTcp(resolver, question, signal));
}

/** Undefined: to be asked over TCP. */
function askUdp<T extends RecordType>(
  { address, port }: Endpoint,
  question: Question<T>,
  signal: AbortSignal,
): Promise<Outcome<T> | undefined> {
  if (signal.aborted) return Promise.resolve(fail('timeout'));
  return new Promise((resolve, reject) => {
    // When the signal fires the socket closes.
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', signal });
    let outcome: Outcome<T> | undefined = fail('timeout');
    let settled = false;
    let strays = 0;
    const settle = (reached: Outcome<T> | undefined) => {
      if (settled) return;
      settled = true;
      outcome = reached;
      socket.close();
    };
    socket.once('close', () => {
      settled = true;
      resolve(outcome);
    });
    socket.on('error', (error) => {
      const problem = problemOf(error);
      if (problem === undefined) reject(error);
      settle(fail(problem ?? 'unreachable'));
    });
    // Connected, so that the system drops what others than the resolver send, and reports a closed port.
    socket.once('connect', () => socket.send(encodeQuestion(question)));
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
): Promise<Outcome<T>> {
  if (signal.aborted) return Promise.resolve(fail('timeout'));
  return new Promise((resolve, reject) => {
    // When the signal fires the socket ends with an error.
    const socket = connect({ host: address, port, signal });
    let received = Buffer.alloc(0);
    // Closed without an answer.
    let outcome: Outcome<T> = fail('unreachable');
    const settle = (reached: Outcome<T>) => {
      outcome = reached;
      socket.destroy();
    };
    socket.once('close', () => resolve(outcome));
    socket.on('error', (error) => {
      const problem = problemOf(error);
      if (problem === undefined) reject(error);
      else outcome = fail(problem);
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
      if (length > longestMessage) return settle(fail('malformed'));
      if (received.length < 2 + length) return;
      const reading = readAnswer(received.subarray(2, 2 + length), question);
      settle(reading.kind === 'answer' ? reading.answer : fail('malformed'));
    });
  });
}

/** What the codes of node and of the system mean for a question; undefined for what is no remote's doing. */
function problemOf(error: NodeJS.ErrnoException): DnsProblem | undefined {
  return problemsByCode.get(error.code ?? '');
}

const problemsByCode: ReadonlyMap<string, DnsProblem> = new Map([
  ['ABORT_ERR', 'timeout'],
  ['ETIMEDOUT', 'timeout'],
  ['ECONNREFUSED', 'unreachable'],
  ['ECONNRESET', 'unreachable'],
  ['EPIPE', 'unreachable'],
  ['EHOSTUNREACH', 'unreachable'],
  ['EHOSTDOWN', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['ENETDOWN', 'unreachable'],
  ['EADDRNOTAVAIL', 'unreachable'],
  ['EAFNOSUPPORT', 'unreachable'],
  // A firewall on this machine, and a zone of a link that is not there.
  ['EACCES', 'unreachable'],
  ['EPERM', 'unreachable'],
  ['EINVAL', 'unreachable'],
]);
