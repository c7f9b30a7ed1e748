/**
 * The settings of every probe, and where a connection really ends. Whether an address may be reached at
 * all is left to door.ts, reading the settings from the environment to config.ts.
 */
import { getServers } from 'node:dns';
import { isIP, SocketAddress } from 'node:net';
import type { HostName } from '../../protocol/domain.ts';
import { fail, ok, type Result } from '../../protocol/result.ts';
import type { Turns } from './turns.ts';

/** An IP address in canonical form (no brackets) and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A block of addresses, such as 192.0.2.0/24. */
export interface AddressBlock {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** The settings of every probe. */
export interface Network {
  /** Asked in this order. The operator chose them, so they need not be public. */
  readonly resolvers: readonly Endpoint[];
  /** Blocks that probes may reach although they are not public. */
  readonly probeAllow: readonly AddressBlock[];
  /** Where a connection really goes, by `formatEndpoint` of its target or by `*:port`; others go where they say. */
  readonly connectTo: ReadonlyMap<string, Endpoint>;
  /** What MX hosts are told in EHLO (RFC 5321 §4.1.1.1). */
  readonly ehloName: string;
  /** An MX that is known to answer: shows whether port 25 can be reached from here. */
  readonly smtpControlHost?: HostName;
  /** Bounds the questions to DNS that are repeated at the same time; absent: nothing does. */
  readonly repeats?: Turns;
}

export const dnsPort = 53;

/** Where a connection to this address and port really goes: nowhere else unless CONNECT_TO says so. */
export function route(network: Network, address: string, port: number): Endpoint {
  const target = { address: canonicalAddress(address) ?? address, port };
  return network.connectTo.get(formatEndpoint(target)) ?? network.connectTo.get(`*:${port}`) ?? target;
}

/** The one spelling by which addresses are compared ("2001:DB8:0::1" → "2001:db8::1"); undefined for anything else. */
export function canonicalAddress(text: string): string | undefined {
  const version = isIP(text);
  if (version === 0) return undefined;
  // Four plain numbers without leading zeros, or else it would not be one.
  if (version === 4) return text;
  // A zone ("fe80::1%eth0") is this machine's own word for a link, which SocketAddress drops.
  if (text.includes('%')) return text;
  return new SocketAddress({ address: text, family: 'ipv6' }).address;
}

/** "192.0.2.1:53" or "[2001:db8::1]:53". */
export function formatEndpoint({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * Reads "192.0.2.1:53", "[2001:db8::1]:53" and, where a default port is given, the bare address.
 * The problem is a sentence that says what to write.
 */
export function parseEndpoint(text: string, defaultPort?: number): Result<Endpoint, string> {
  const bare = canonicalAddress(text);
  if (bare !== undefined) {
    if (defaultPort !== undefined) return ok({ address: bare, port: defaultPort });
    return fail(`has no port: write it like ${formatEndpoint({ address: bare, port: dnsPort })}`);
  }
  const parts = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(text);
  const address = canonicalAddress(parts?.[1] ?? parts?.[2] ?? '');
  if (address === undefined) {
    return fail('is not an IP address with a port: write it like 192.0.2.1:53 or [2001:db8::1]:53');
  }
  const portText = parts?.[3];
  if (portText === undefined) {
    if (defaultPort !== undefined) return ok({ address, port: defaultPort });
    return fail(`has no port: write it like ${formatEndpoint({ address, port: dnsPort })}`);
  }
  const port = parsePort(portText);
  if (port === undefined)
    return fail('has no usable port: write a whole number from 1 to 65535 after the colon');
  return ok({ address, port });
}

/** A port from 1 to 65535, in plain digits. */
export function parsePort(text: string): number | undefined {
  if (!/^[1-9][0-9]{0,4}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65_535 ? port : undefined;
}

/** Reads a block such as "192.0.2.0/24". The problem is a sentence that says what to write. */
export function parseBlock(text: string): Result<AddressBlock, string> {
  const slash = text.indexOf('/');
  const address = canonicalAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined || address.includes('%')) {
    return fail('is not a block of IP addresses: write it like 192.0.2.0/24 or 2001:db8::/32');
  }
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const bits = family === 'ipv6' ? 128 : 32;
  if (slash < 0) return fail(`has no prefix length: write ${address}/${bits} for this one address`);
  if (/^::ffff:/.test(address)) return fail('is an IPv4 address written as IPv6: write the IPv4 block');
  const length = text.slice(slash + 1);
  const prefix = /^(?:0|[1-9][0-9]{0,2})$/.test(length) ? Number(length) : Number.NaN;
  if (!(prefix <= bits))
    return fail(`has no usable prefix length: write a number from 1 to ${bits} after the slash`);
  if (prefix === 0)
    return fail('would let probes reach every address there is: name the blocks that you mean');
  return ok({ address, prefix, family });
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  const canonical = canonicalAddress(address) ?? '';
  return canonical === '::1' || /^127\.[0-9.]+$/.test(canonical);
}

/**
 * Whether an error of a connection says that this machine has no way to addresses of that family, or that
 * it may not go there: of the other side it says nothing.
 */
export function isWithoutRoute({ code = '' }: NodeJS.ErrnoException): boolean {
  return withoutRoute.has(code);
}

const withoutRoute: ReadonlySet<string> = new Set([
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  // A firewall on this machine, and a zone of a link that is not there.
  'EACCES',
  'EPERM',
  'EINVAL',
]);

/** What the operating system asks (on Unix /etc/resolv.conf). */
export function systemResolvers(): readonly Endpoint[] {
  return getServers().flatMap((server) => {
    const endpoint = parseEndpoint(server, dnsPort);
    return endpoint.ok ? [endpoint.value] : [];
  });
}
