/**
 * What a sender meets at an MX host: greeting, EHLO, STARTTLS, handshake, and nothing further. No mail is
 * sent. Which addresses a host has is left to the caller, where they may lead to the door.
 */
import type { HostName } from '../../protocol/domain.ts';
import type { Result } from '../../protocol/result.ts';
import {
  type NotMeasured,
  type SmtpReply,
  type SmtpSession,
  type TlsaRecord,
  timeIsOver,
} from '../observation.ts';
import type { Door } from './door.ts';
import { connectSmtp, type SmtpConnection, type StepLimit, type StepProblem } from './smtp-connection.ts';
import { observeTls, servedChain } from './tls.ts';
import { matchesTlsa } from './tlsa.ts';

const smtpPort = 25;
/** Addresses of one host that are tried, one after the other; hardly any has more than two of each family. */
export const mostAddresses = 8;

/** How long the steps of a dialogue may take, in milliseconds. The greeting takes what is left of the look. */
export interface SmtpPatience {
  readonly connectMs: number;
  readonly replyMs: number;
  readonly handshakeMs: number;
}

/**
 * A lost SYN is sent again after 1, 3 and 7 seconds. RFC 5321 §4.5.3.2 gives minutes for every reply, and
 * a server that is slow on purpose is slow with its greeting; whoever takes ten seconds for EHLO as well
 * has lost its senders' patience in any case.
 */
const usualPatience: SmtpPatience = { connectMs: 8000, replyMs: 10_000, handshakeMs: 10_000 };

export interface SmtpHostRequest {
  readonly host: HostName;
  readonly door: Door;
  /** What this machine calls itself (EHLO_NAME). */
  readonly ehloName: string;
  /** Of `_25._tcp.<host>`; asked for only when the handshake is done, so that it may still be on its way. */
  readonly tlsa: readonly TlsaRecord[] | Promise<readonly TlsaRecord[]>;
  /** Ends all of it. */
  readonly signal: AbortSignal;
  readonly patience?: Partial<SmtpPatience>;
}

export interface SmtpSessionRequest extends SmtpHostRequest {
  readonly address: string;
}

/**
 * One session for each address, in their order and one after the other: a host is never connected to
 * twice at a time.
 */
export async function observeHost(
  request: SmtpHostRequest & { readonly addresses: readonly string[]; readonly mostAddresses?: number },
): Promise<SmtpSession[]> {
  const sessions: SmtpSession[] = [];
  let before: Conversation | undefined;
  const addresses = [...new Set(request.addresses)];
  const most = Math.min(mostAddresses, request.mostAddresses ?? mostAddresses);
  for (const address of addresses.slice(0, most)) {
    await before?.closed();
    before = await converseAndAgain({ ...request, address });
    sessions.push(before.session);
  }
  const others = addresses.slice(most).map(
    (address): SmtpSession => ({
      address,
      timings: { totalMs: 0 },
      result: { kind: 'not-measured', because: 'too-many' },
    }),
  );
  return [...sessions, ...others];
}

/**
 * The session at one address. Where STARTTLS is not offered it is tried once more over a new connection
 * (several machines may share an address, and greylisting may hide it at first); where the versions of TLS
 * do not meet, once more with older ones. Never rejects for anything that the other side does.
 */
export async function observeSession(request: SmtpSessionRequest): Promise<SmtpSession> {
  return (await converseAndAgain(request)).session;
}

interface Conversation {
  readonly session: SmtpSession;
  /** Settles when its connection is closed, a second later at most. */
  closed(): Promise<void>;
}

type Failed = Extract<SmtpSession['result'], { readonly kind: 'failed' }>;

async function converseAndAgain(request: SmtpSessionRequest): Promise<Conversation> {
  const first = await converse(request, 'usual');
  const { result } = first.session;
  if (result.kind !== 'failed') return first;
  const older = result.alert === 'protocol_version';
  if (!older && result.problem !== 'not-offered') return first;
  await first.closed();
  const { session: second, closed } = await converse(request, older ? 'older' : 'usual');
  return { session: { ...first.session, result: { ...result, ...secondTry(result, second) } }, closed };
}

/** What the second try adds to the first. */
function secondTry({ problem }: Failed, { result: second }: SmtpSession): Partial<Failed> {
  if (second.kind === 'secured' && problem === 'not-offered') return { again: 'secured' };
  if (second.kind === 'secured')
    // Another machine behind the address may have the usual versions.
    return /^TLSv1(?:\.1)?$/.test(second.tls.protocol) ? { olderProtocol: second.tls.protocol } : {};
  const same = second.kind === 'failed' && second.problem === 'not-offered' && problem === 'not-offered';
  return same ? { again: 'the-same' } : {};
}

/** One connection from its beginning to its end. */
async function converse(request: SmtpSessionRequest, which: 'usual' | 'older'): Promise<Conversation> {
  const { host, address, door, ehloName, signal } = request;
  const { connectMs, replyMs, handshakeMs } = { ...usualPatience, ...request.patience };
  const startedMs = performance.now();
  const elapsedMs = () => Math.round(performance.now() - startedMs);
  let seen: Pick<SmtpSession, 'greeting' | 'ehlo'> = {};
  let reached: { connectMs?: number; tlsMs?: number } = {};
  let closed: Conversation['closed'] = () => Promise.resolve();
  const end = (result: SmtpSession['result']): Conversation => ({
    session: { address, timings: { ...reached, totalMs: elapsedMs() }, ...seen, result },
    closed,
  });

  if (signal.aborted) return end(timeIsOver);
  const opened = door.open(address, smtpPort);
  if (!opened.ok) return end(opened.problem);
  const connected = await connectSmtp(opened.value, { signal, ms: connectMs });
  if (!connected.ok) return end(ended('connect', connected.problem));
  reached = { connectMs: elapsedMs() };
  const connection = connected.value;
  closed = connection.closed;

  const greeting = await turn(connection, 'greeting', 220, { signal });
  if (greeting.reply !== undefined) {
    seen = { greeting: greeting.reply };
    // Whatever it says: it says it on port 25.
    door.port25.answered();
  }
  if (greeting.result !== undefined) return end(greeting.result);

  connection.send(`EHLO ${ehloName}`);
  const ehlo = await turn(connection, 'ehlo', 250, { signal, ms: replyMs });
  if (ehlo.reply !== undefined) seen = { ...seen, ehlo: ehlo.reply };
  if (ehlo.reply !== undefined && unknownCommand.has(ehlo.reply.code)) {
    return end({ kind: 'failed', at: 'starttls', problem: 'not-offered', reply: ehlo.reply });
  }
  if (ehlo.result !== undefined) return end(ehlo.result);
  if (!offersStartTls(ehlo.reply)) {
    connection.leave();
    return end({ kind: 'failed', at: 'starttls', problem: 'not-offered' });
  }

  connection.send('STARTTLS');
  const ready = await turn(connection, 'starttls', 220, { signal, ms: replyMs });
  if (ready.result !== undefined) return end(ready.result);

  const secured = await connection.secure(host, which, { signal, ms: handshakeMs });
  if (!secured.ok) {
    connection.destroy();
    return end(ended('tls', secured.problem));
  }
  reached = { ...reached, tlsMs: elapsedMs() };
  const tls = observeTls(secured.value, host);
  const served = servedChain(secured.value);
  connection.leave();
  if (tls === undefined || served === undefined) return end({ kind: 'failed', at: 'tls', problem: 'tls' });
  const conversation = end({ kind: 'secured', tls });
  const records = await within(signal, request.tlsa);
  if (records.length === 0) return conversation;
  const result = { kind: 'secured', tls, tlsaMatches: matchesTlsa(records, served) } as const;
  return { ...conversation, session: { ...conversation.session, result } };
}

/** RFC 5321 §4.2.2. Whoever does not know EHLO has no extensions (§4.1.1.1); other refusals may be about us. */
const unknownCommand: ReadonlySet<number> = new Set([500, 502]);

type Turn =
  | { readonly reply: SmtpReply; readonly result?: undefined }
  | { readonly reply?: SmtpReply; readonly result: SmtpSession['result'] };

/** The server's turn: its reply, and how the session ends with it unless it is the one that is due. */
async function turn(
  connection: SmtpConnection,
  at: Failed['at'],
  due: number,
  limit: StepLimit,
): Promise<Turn> {
  const got: Result<SmtpReply, StepProblem> = await connection.reply(limit);
  if (!got.ok) {
    connection.destroy();
    return { result: ended(at, got.problem) };
  }
  const reply = got.value;
  if (reply.code === due) return { reply };
  connection.leave();
  // RFC 5321 §4.2.1: 4yz and 5yz say no; another 2yz or 3yz is not an answer to what was said.
  const problem = reply.code >= 400 ? 'rejected' : 'garbage';
  return { reply, result: { kind: 'failed', at, problem, reply } };
}

function ended(at: Failed['at'], problem: StepProblem): Failed | NotMeasured {
  return 'kind' in problem ? problem : { kind: 'failed', at, ...problem };
}

/** RFC 3207 §4: the keyword, alone on a line; the first line is the server's name and greeting (RFC 5321 §4.1.1.1). */
function offersStartTls({ lines }: SmtpReply): boolean {
  return lines.slice(1).some((line) => /^STARTTLS[ \t]*$/i.test(line));
}

/** None when they do not come in time. */
async function within(signal: AbortSignal, tlsa: SmtpHostRequest['tlsa']): Promise<readonly TlsaRecord[]> {
  if (!(tlsa instanceof Promise)) return tlsa;
  const { promise, resolve, reject } = Promise.withResolvers<readonly TlsaRecord[]>();
  const stop = () => resolve([]);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  tlsa.then(resolve, reject);
  return promise.finally(() => signal.removeEventListener('abort', stop));
}
