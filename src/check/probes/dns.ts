/**
 * The mail exchangers of a domain, as DNS names them. The questions themselves are asked by dns-client.ts;
 * whether what was found is wise is left to the rules.
 */
import type { DomainName, HostName } from '../../protocol/domain.ts';
import { parseHost } from '../../protocol/domain.ts';
import type { DnsProblem, MxHost, MxLookup, MxObservation, UnusableMx } from '../observation.ts';
import { query } from './dns-client.ts';
import type { RecordData } from './dns-data.ts';
import type { Network } from './network.ts';

/** Large providers have five or so; a list beyond this is a mistake or an attack, and fits no policy or form. */
export const mostMxHosts = 50;

export interface LookupLimits {
  /** For all questions together. */
  readonly timeoutMs: number;
  /** Ends the look-up at once, as if the time were over. */
  readonly signal?: AbortSignal;
}

/**
 * The mail exchangers of a domain: its MX records, or without any its address (RFC 5321 §5.1), or the
 * null MX (RFC 7505). Never throws for what a remote does; no answer is `unknown` with its problem.
 */
export async function lookupMx(
  domain: DomainName,
  network: Network,
  { timeoutMs, signal }: LookupLimits,
): Promise<MxLookup> {
  const startedMs = performance.now();
  const limits = [AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])];
  const mx = await observeMx(domain, network, AbortSignal.any(limits));
  return { domain, mx, durationMs: Math.round(performance.now() - startedMs) };
}

/** As `lookupMx`, within the time of a look. */
export async function observeMx(
  domain: DomainName,
  network: Network,
  signal: AbortSignal,
): Promise<MxObservation> {
  const answer = await query(domain, 'MX', network, signal);
  if (answer.kind === 'failed') return unknown(answer.problem);
  if (!answer.exists) return { kind: 'nxdomain' };
  const { records } = answer;
  if (records.length === 0) return observeAddress(domain, network, signal);
  // RFC 7505 §3: the null MX stands alone.
  if (records.every(({ exchange }) => exchange === '.')) return { kind: 'null-mx' };
  return hostsOf(records);
}

/** RFC 5321 §5.1: without an MX record, the domain itself is its one exchanger, if it has an address. */
async function observeAddress(
  domain: DomainName,
  network: Network,
  signal: AbortSignal,
): Promise<MxObservation> {
  const answers = await Promise.all([
    query(domain, 'A', network, signal),
    query(domain, 'AAAA', network, signal),
  ]);
  if (answers.some((answer) => answer.kind === 'answered' && answer.records.length > 0))
    return { kind: 'implicit', host: domain };
  for (const answer of answers) if (answer.kind === 'failed') return unknown(answer.problem);
  return { kind: 'no-mail' };
}

function hostsOf(records: readonly RecordData['MX'][]): MxObservation {
  const hosts = new Map<HostName, MxHost>();
  const unusable = new Map<string, UnusableMx>();
  for (const { preference, exchange } of [...records].sort(byPreference)) {
    const host = parseHost(exchange);
    if (host.ok) {
      if (!hosts.has(host.value)) hosts.set(host.value, { preference, host: host.value });
    } else if (!unusable.has(exchange)) {
      unusable.set(exchange, { preference, name: exchange, why: whyUnusable(exchange) });
    }
  }
  const omitted = hosts.size - mostMxHosts;
  return {
    kind: 'hosts',
    hosts: [...hosts.values()].slice(0, mostMxHosts),
    ...(unusable.size > 0 && { unusable: [...unusable.values()].slice(0, mostMxHosts) }),
    ...(omitted > 0 && { omitted }),
  };
}

/** The lower preference first (RFC 5321 §5.1); equal ones by name, because DNS shuffles them. */
function byPreference(one: RecordData['MX'], other: RecordData['MX']): number {
  return one.preference - other.preference || (one.exchange < other.exchange ? -1 : 1);
}

function whyUnusable(exchange: string): string {
  if (exchange === '.') return 'is the null MX, which must stand alone (RFC 7505 §3)';
  if (/^[0-9.]+$|:/.test(exchange))
    return 'is an IP address; an MX record holds the name of a host (RFC 5321 §5.1)';
  if (exchange.includes('_')) return 'has an underscore, which no host name has (RFC 1123 §2.1)';
  // An octet that is no printable ASCII, or a dot within a label.
  if (exchange.includes('\\'))
    return 'has characters that no host name has; DNS holds A-labels only (RFC 5890 §2.3)';
  return 'is not the name of a host: letters, digits and hyphens in labels of at most 63 (RFC 1123 §2.1)';
}

function unknown(problem: DnsProblem): MxObservation {
  return { kind: 'unknown', problem };
}
