/**
 * What DNS says of hosts: addresses, TLSA, CAA; of the domains that patterns point at; and whether the
 * resolvers validate. MX records are left to dns.ts, the texts of MTA-STS and TLS-RPT to dns-record.ts and
 * dns-tlsrpt.ts.
 */
import { type HostName, parseHost } from '../../protocol/domain.ts';
import type {
  DnsLookup,
  PatternDomain,
  PolicyHostObservation,
  ResolverObservation,
  TlsaRecord,
} from '../observation.ts';
import { query } from './dns-client.ts';
import { lookup } from './dns-lookup.ts';
import type { Network } from './network.ts';

/** Names on the way up that are asked for CAA. Hosts have three or four labels; a name of a hundred is there to cost time. */
const mostCaaNames = 8;
/** A policy needs one or two; longer lists get long by mistake or for harm. */
const mostPatternDomains = 20;
/**
 * Address records of one family that are kept. No host has so many; an answer holds a thousand, and fifty hosts
 * with a thousand each would fill a report with addresses that nobody looked at.
 */
export const mostAddressRecords = 32;
/** TLSA records of a host that are kept: two or three are usual, and each costs work at every address of the host. */
export const mostTlsaRecords = 32;
/** A look asks the first resolvers only, unless they are silent. */
const mostResolvers = 3;

/**
 * Whether the resolvers set AD for the root zone (RFC 4035 §3.2.3). True only when every one that answered
 * does, because any of them may answer the other questions. Never throws for what a remote does.
 */
export async function observeResolver(network: Network, signal: AbortSignal): Promise<ResolverObservation> {
  const answers = await Promise.all(
    network.resolvers
      .slice(0, mostResolvers)
      .map((resolver) => query('.', 'SOA', { ...network, resolvers: [resolver] }, signal)),
  );
  const answered = answers.filter((answer) => answer.kind === 'answered');
  return answered.length === 0 ? {} : { validates: answered.every(({ authentic }) => authentic) };
}

export interface HostAddresses {
  readonly a: DnsLookup<string>;
  readonly aaaa: DnsLookup<string>;
}

/** A and AAAA of a host, both at once; of many addresses the first ones. */
export async function observeAddresses(
  host: string,
  network: Network,
  signal: AbortSignal,
): Promise<HostAddresses> {
  const [a, aaaa] = await Promise.all([
    lookup(host, 'A', network, signal),
    lookup(host, 'AAAA', network, signal),
  ]);
  return { a: firstOf(a, mostAddressRecords), aaaa: firstOf(aaaa, mostAddressRecords) };
}

/** A before AAAA; none of a family that DNS said nothing of. */
export function addressesOf({ a, aaaa }: HostAddresses): readonly string[] {
  return [a, aaaa].flatMap((found) => (found.kind === 'answered' ? found.records : []));
}

/**
 * TLSA of an MX host, of many records the first ones: where the host is an alias, the records at its target
 * come before its own (RFC 7672 §2.2.2). Its own are asked for without waiting for the addresses.
 */
export async function observeTlsa(
  host: HostName,
  addresses: Promise<HostAddresses>,
  network: Network,
  signal: AbortSignal,
): Promise<DnsLookup<TlsaRecord>> {
  const atTarget = addresses.then((found) => {
    const target = secureTargetOf(found);
    return target === undefined ? undefined : lookUpTlsa(target, network, signal);
  });
  const [own, other] = await Promise.all([lookUpTlsa(host, network, signal), atTarget]);
  return other === undefined || (other.kind === 'answered' && other.records.length === 0) ? own : other;
}

/** At `_25._tcp.<host>` (RFC 7672 §2.2.3). */
async function lookUpTlsa(
  host: HostName,
  network: Network,
  signal: AbortSignal,
): Promise<DnsLookup<TlsaRecord>> {
  return firstOf(await lookup(`_25._tcp.${host}`, 'TLSA', network, signal), mostTlsaRecords);
}

/** Where the aliases of a host lead; only such as DNSSEC secures lead a sender there. */
function secureTargetOf({ a, aaaa }: HostAddresses): HostName | undefined {
  const found = [a, aaaa].find((one) => one.kind === 'answered' && one.records.length > 0);
  if (found?.kind !== 'answered' || !found.authentic) return undefined;
  const target = parseHost(found.aliases.at(-1) ?? '');
  return target.ok ? target.value : undefined;
}

function firstOf<T>(found: DnsLookup<T>, most: number): DnsLookup<T> {
  return found.kind === 'answered' && found.records.length > most
    ? { ...found, records: found.records.slice(0, most) }
    : found;
}

/**
 * The first CAA records on the way up from the host (RFC 8659 §3), by the name where they stand: an alias has
 * those of its target, and the way up is that of the alias. Undefined when there are none, and when
 * a name nearer to the host gave no answer.
 */
export async function observeCaa(
  host: HostName,
  network: Network,
  signal: AbortSignal,
): Promise<PolicyHostObservation['caa'] | undefined> {
  const labels = host.split('.');
  const names = labels.map((_, depth) => labels.slice(depth).join('.')).slice(0, mostCaaNames);
  const lookups = await Promise.all(names.map((name) => lookup(name, 'CAA', network, signal)));
  const nearest = lookups.find((found) => found.kind !== 'answered' || found.records.length > 0);
  if (nearest?.kind !== 'answered') return undefined;
  return { name: nearest.aliases.at(-1) ?? nearest.name, records: nearest.records };
}

/** Name servers of registrable domains; of many, the first twenty. */
export function observePatternDomains(
  domains: readonly string[],
  network: Network,
  signal: AbortSignal,
): Promise<readonly PatternDomain[]> {
  return Promise.all(
    [...new Set(domains)].slice(0, mostPatternDomains).map(async (domain) => ({
      domain,
      lookup: await lookup(domain, 'NS', network, signal),
    })),
  );
}
