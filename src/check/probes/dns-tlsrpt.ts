/**
 * The TXT record at `_smtp._tls.<domain>`, the usual wrong names, and whether the addresses in it can be
 * reached, as far as DNS tells: nothing is sent or fetched (RFC 8460 §3).
 */
import { type DomainName, parseDomain, parseHost } from '../../protocol/domain.ts';
import { parseTlsRptSet, type Rua } from '../../protocol/tlsrpt.ts';
import {
  type DnsLookup,
  joined,
  type RuaDestination,
  shortTtlSeconds,
  type TlsRptObservation,
} from '../observation.ts';
import { observeMx } from './dns.ts';
import { askAuthoritative, type OpenDoor } from './dns-authoritative.ts';
import { observeAddresses } from './dns-hosts.ts';
import { lookup, lookupTexts } from './dns-lookup.ts';
import type { Network } from './network.ts';

/** Domains name one or two; a list beyond this is there to make others ask. */
const mostDestinations = 8;

/** Never throws for what a remote does. */
export async function observeTlsRpt(
  domain: DomainName,
  network: Network,
  openDoor: OpenDoor,
  signal: AbortSignal,
): Promise<TlsRptObservation> {
  const own = await lookup(`_smtp._tls.${domain}`, 'TXT', network, signal);
  if (own.kind !== 'answered') return { lookup: own, wrongNames: [], destinations: [] };
  const { verdict, value } = parseTlsRptSet(joined(own));
  // Where the right name has a record, what stands at others misleads nobody.
  const wrong = verdict === 'none' ? wrongNamesOf(domain) : [];
  const rua = [...new Set(value?.rua)].slice(0, mostDestinations);
  const isShort = verdict === 'valid' && (own.ttlSeconds ?? shortTtlSeconds) < shortTtlSeconds;
  const [wrongNames, destinations, ownTtlSeconds] = await Promise.all([
    lookupTexts(wrong, network, signal),
    Promise.all(rua.map((uri) => observeDestination(uri, network, signal))),
    isShort ? askTtl(own.name, domain, network, openDoor, signal) : undefined,
  ]);
  return {
    lookup: own,
    ...(ownTtlSeconds !== undefined && { ownTtlSeconds }),
    wrongNames,
    destinations: destinations.flat(),
  };
}

/** The longest that a server of the zone gives; undefined where none tells of the whole way to the record. */
async function askTtl(
  name: string,
  domain: DomainName,
  network: Network,
  openDoor: OpenDoor,
  signal: AbortSignal,
): Promise<number | undefined> {
  const answers = await askAuthoritative(name, domain, network, openDoor, signal);
  const ttls = answers.flatMap(({ lookup: one }) =>
    one.kind === 'answered' && one.records.length > 0 ? (one.ttlSeconds ?? []) : [],
  );
  return ttls.length === 0 ? undefined : Math.max(...ttls);
}

function wrongNamesOf(domain: DomainName): readonly string[] {
  return [`_smtp-tlsrpt.${domain}`, `_tls._smtp.${domain}`, `_smtp._tcp.${domain}`, domain];
}

/** Empty for a URL with an IP address instead of a host: DNS has nothing to say of it. */
async function observeDestination(
  uri: Rua,
  network: Network,
  signal: AbortSignal,
): Promise<readonly RuaDestination[]> {
  if (uri.startsWith('mailto:')) {
    const [address = ''] = uri.slice('mailto:'.length).split('?');
    const mailDomain = parseDomain(address.slice(address.lastIndexOf('@') + 1));
    if (!mailDomain.ok) return [];
    return [{ uri, host: mailDomain.value, mx: await observeMx(mailDomain.value, network, signal) }];
  }
  const host = parseHost(URL.parse(uri)?.hostname ?? '');
  if (!host.ok) return [];
  const { a, aaaa } = await observeAddresses(host.value, network, signal);
  return [{ uri, host: host.value, addresses: together(a, aaaa) }];
}

/** Either family will do. */
function together(a: DnsLookup<string>, aaaa: DnsLookup<string>): DnsLookup<string> {
  if (a.kind === 'answered' && aaaa.kind === 'answered')
    return { ...a, exists: a.exists || aaaa.exists, records: [...a.records, ...aaaa.records] };
  const answered = [a, aaaa].find((one) => one.kind === 'answered' && one.records.length > 0);
  return answered ?? (a.kind === 'answered' ? aaaa : a);
}
