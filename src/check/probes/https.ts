/**
 * What a sender meets at the policy host: the policy fetched from every one of its addresses, each over
 * its own connection. Addresses are looked up elsewhere; whether what came is right is left to the rules.
 */
import type { HostName } from '../../protocol/domain.ts';
import { fail } from '../../protocol/result.ts';
import {
  type AddressRefused,
  type NotMeasured,
  type PolicyFetch,
  type Timings,
  type TlsObservation,
  timeIsOver,
} from '../observation.ts';
import type { Door } from './door.ts';
import {
  type Connecting,
  connectSecurely,
  handshake,
  type PhaseLimits,
  phaseLimits,
  problemOf,
  type Unreached,
} from './https-connection.ts';
import { type Answered, type Get, get } from './https-request.ts';
import type { Endpoint } from './network.ts';
import type { Versions } from './tls.ts';

/** The largest delivery networks name eight for a host; senders try fewer. */
export const mostAddresses = 16;

/** How much longer than the fetch beside it a further handshake may take: of the policy it says nothing. */
const graceMs = 2000;

export const httpsPort = 443;
/** RFC 8461 §3.2. */
export const policyPath = '/.well-known/mta-sts.txt';
/**
 * As a sender asks. The name says what asks, without the word that filters look for; no encoding is
 * asked for, because senders' libraries differ in what they take.
 */
export const senderHeaders = { 'User-Agent': 'mta-sts-policy-fetch/1.0', Accept: 'text/plain' } as const;

export interface PolicyTarget {
  readonly host: HostName;
  /** Of the host, in the order in which they are to be told. */
  readonly addresses: readonly string[];
  readonly door: Door;
  /** The time limit of the whole look. */
  readonly signal: AbortSignal;
  /** Default: `phaseLimits`. */
  readonly limits?: PhaseLimits;
}

/**
 * One GET of the policy at each address (RFC 8461 §3.3), all at the same time; never more than
 * `mostAddresses`. A redirect is told and not followed. Beside the first, a handshake with at most TLS 1.2.
 * Ends soon after the signal; throws nothing but what is wrong with this machine.
 */
export function fetchPolicy({
  host,
  addresses,
  door,
  signal,
  limits = phaseLimits,
}: PolicyTarget): Promise<PolicyFetch[]> {
  const targets = [...new Set(addresses)].map((address, index) => ({
    address,
    opened:
      index < mostAddresses
        ? door.open(address, httpsPort)
        : fail<NotMeasured>({ kind: 'not-measured', because: 'too-many' }),
  }));
  const first = targets.find(({ opened }) => opened.ok);
  return Promise.all(
    targets.map(async (target): Promise<PolicyFetch> => {
      const { address, opened } = target;
      if (!opened.ok) return { address, timings: { totalMs: 0 }, result: opened.problem };
      const probe = { address, host, door, signal, limits };
      if (target !== first) return fetchFrom(opened.value, probe);
      const [fetched, tls12] = await besideIt(fetchFrom(opened.value, probe), (further) =>
        takesTls12({ ...probe, signal: AbortSignal.any([signal, further]) }),
      );
      if (tls12 === undefined || fetched.result.kind !== 'response') return fetched;
      return { ...fetched, result: { ...fetched.result, takesTls12: tls12 } };
    }),
  );
}

/** Both at the same time; the second is told to end some time after the first has. */
async function besideIt<T, U>(
  main: Promise<T>,
  start: (signal: AbortSignal) => Promise<U>,
): Promise<readonly [T, U]> {
  const over = new AbortController();
  let grace: ReturnType<typeof setTimeout> | undefined;
  const begun = main.finally(() => {
    grace = setTimeout(() => over.abort(), graceMs);
  });
  try {
    return await Promise.all([begun, start(over.signal)]);
  } finally {
    clearTimeout(grace);
  }
}

interface Probe extends Omit<Required<PolicyTarget>, 'addresses'> {
  readonly address: string;
}

async function fetchFrom(endpoint: Endpoint, probe: Probe): Promise<PolicyFetch> {
  const { address, host, signal, limits } = probe;
  const startedMs = performance.now();
  const ask = { host, path: policyPath, headers: senderHeaders };
  const exchange = await askSecurely({ endpoint, signal, limits }, ask);
  const timings = { ...exchange.timings, totalMs: Math.round(performance.now() - startedMs) };
  const { result } = exchange;
  if (result.kind !== 'failed' || result.alert !== 'protocol_version') return { address, timings, result };
  const older = await handshakeAt(probe, 'older');
  if (older?.protocol === undefined) return { address, timings, result };
  return { address, timings, result: { ...result, olderProtocol: older.protocol } };
}

interface Exchange {
  readonly timings: Omit<Timings, 'totalMs'>;
  readonly result: Exclude<PolicyFetch['result'], AddressRefused>;
}

/** Connects, shakes hands, asks, and ends the connection. */
export async function askSecurely(to: Connecting, ask: Get): Promise<Exchange> {
  const connection = await connectSecurely(to, ask.host);
  if (connection.kind === 'not-measured') return { timings: {}, result: connection };
  const connectMs = connection.connectMs === undefined ? {} : { connectMs: Math.round(connection.connectMs) };
  if (connection.kind === 'failed') return { timings: connectMs, result: withoutTime(connection) };
  const { socket, tls, tlsMs } = connection;
  const answered = await get(socket, ask, { answerMs: to.limits.answerMs, signal: to.signal });
  const timings = { ...connectMs, tlsMs: Math.round(tlsMs) };
  if (answered.kind !== 'response') return { timings, result: failureOf(answered, tls) };
  const firstByteMs = Math.round(tlsMs + answered.firstByteMs);
  return {
    timings: { ...timings, firstByteMs },
    result: { kind: 'response', tls, response: answered.response },
  };
}

function withoutTime({ at, problem, alert }: Unreached): Exchange['result'] {
  return { kind: 'failed', at, problem, ...(alert !== undefined && { alert }) };
}

/** The handshake came through, the answer did not. */
function failureOf(
  answered: Exclude<Answered, { readonly kind: 'response' }>,
  tls: TlsObservation,
): Exchange['result'] {
  if (answered.kind === 'time-is-over') return timeIsOver;
  if (answered.kind === 'failed') return { kind: 'failed', at: 'http', problem: answered.problem, tls };
  const seen = problemOf(answered.error);
  if (seen === undefined) throw answered.error;
  return 'kind' in seen ? seen : { kind: 'failed', at: 'http', ...seen, tls };
}

/** A further handshake that asks for nothing; undefined where the door or the time does not allow it. */
async function handshakeAt(
  { address, host, door, signal, limits }: Probe,
  versions: Versions,
): Promise<{ readonly protocol?: string; readonly alert?: string } | undefined> {
  const opened = door.open(address, httpsPort);
  if (!opened.ok) return undefined;
  const reached = await handshake({ endpoint: opened.value, signal, limits }, host, versions);
  if (reached.kind === 'not-measured') return undefined;
  if (reached.kind === 'failed') return reached.alert === undefined ? {} : { alert: reached.alert };
  const protocol = reached.socket.getProtocol();
  reached.socket.destroy();
  return protocol === null ? {} : { protocol };
}

/** Undefined where something else than the version may have stood in the way. */
async function takesTls12(probe: Probe): Promise<boolean | undefined> {
  const seen = await handshakeAt(probe, 'at-most-1.2');
  if (seen?.protocol !== undefined) return true;
  return seen?.alert !== undefined && versionAlerts.has(seen.alert) ? false : undefined;
}

/** Of what was offered, nothing will do. */
const versionAlerts: ReadonlySet<string> = new Set([
  'protocol_version',
  'handshake_failure',
  'insufficient_security',
]);
