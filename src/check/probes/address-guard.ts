/**
 * Which addresses probes may reach: those that anybody on the internet could reach, and those that
 * PROBE_ALLOW names. Where a connection then goes is left to door.ts.
 */
import { BlockList, isIP } from 'node:net';
import type { AddressRefused } from '../observation.ts';
import { type AddressBlock, canonicalAddress } from './network.ts';

type Block = readonly [address: string, prefix: number, name: string];

/**
 * The IANA IPv4 Special-Purpose Address Registry and the multicast block. Those that are reachable
 * (AS112, AMT, anycast of PCP and TURN) are no mail or web host's either. The narrower blocks come first:
 * they have the more telling name.
 */
const blocks4: readonly Block[] = [
  ['0.0.0.0', 32, 'this host'],
  ['0.0.0.0', 8, 'this network'],
  ['10.0.0.0', 8, 'private use'],
  ['100.64.0.0', 10, 'shared address space of a provider'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.169.254', 32, 'link-local, where clouds serve metadata'],
  ['169.254.0.0', 16, 'link-local'],
  ['172.16.0.0', 12, 'private use'],
  ['192.0.0.0', 29, 'IPv4 service continuity'],
  ['192.0.0.8', 32, 'IPv4 dummy address'],
  ['192.0.0.9', 32, 'anycast of Port Control Protocol'],
  ['192.0.0.10', 32, 'anycast of TURN'],
  ['192.0.0.170', 31, 'discovery of NAT64'],
  ['192.0.0.0', 24, 'protocol assignments'],
  ['192.0.2.0', 24, 'documentation'],
  ['192.31.196.0', 24, 'AS112'],
  ['192.52.193.0', 24, 'AMT'],
  ['192.88.99.2', 32, '6a44 relay'],
  ['192.88.99.0', 24, '6to4 relay'],
  ['192.168.0.0', 16, 'private use'],
  ['192.175.48.0', 24, 'AS112'],
  ['198.18.0.0', 15, 'benchmarking'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['255.255.255.255', 32, 'limited broadcast'],
  ['240.0.0.0', 4, 'reserved'],
];

/**
 * The IANA IPv6 Special-Purpose Address Registry, the other forms that carry an IPv4 address, and the
 * blocks of RFC 4291 outside global unicast. What embeds an IPv4 address is refused as a whole: where it
 * leads is decided by a translator that nobody here knows.
 */
const blocks6: readonly Block[] = [
  ['::', 128, 'unspecified'],
  ['::1', 128, 'loopback'],
  ['::', 96, 'IPv4-compatible'],
  ['::ffff:0:0:0', 96, 'IPv4-translated'],
  ['64:ff9b::', 96, 'NAT64'],
  ['64:ff9b:1::', 48, 'local-use NAT64'],
  ['100::', 64, 'discard-only'],
  ['100:0:0:1::', 64, 'IPv6 dummy prefix'],
  ['2001::', 32, 'Teredo'],
  ['2001:1::1', 128, 'anycast of Port Control Protocol'],
  ['2001:1::2', 128, 'anycast of TURN'],
  ['2001:1::3', 128, 'anycast of service registration'],
  ['2001:2::', 48, 'benchmarking'],
  ['2001:3::', 32, 'AMT'],
  ['2001:4:112::', 48, 'AS112'],
  ['2001:10::', 28, 'ORCHID'],
  ['2001:20::', 28, 'ORCHIDv2'],
  ['2001:30::', 28, 'entity tags of drones'],
  ['2001::', 23, 'protocol assignments'],
  ['2001:db8::', 32, 'documentation'],
  ['2002::', 16, '6to4'],
  ['2620:4f:8000::', 48, 'AS112'],
  ['3fff::', 20, 'documentation'],
  ['5f00::', 16, 'segment identifiers'],
  ['fd00:ec2::254', 128, 'unique local, where clouds serve metadata'],
  ['fc00::', 7, 'unique local'],
  ['fe80::', 10, 'link-local'],
  ['fec0::', 10, 'site-local'],
  ['ff00::', 8, 'multicast'],
];

/** Each family's in one list: what is in none of them, as nearly all addresses are, is seen at once. */
const special = { ipv4: blockList(...blocks4), ipv6: blockList(...blocks6) };

/** All that is handed out as global unicast (RFC 4291 §2.4, IANA); the rest is reserved. */
const globalUnicast = blockList(['2000::', 3]);

/** Made when the first address is in one of them: sixty lists take milliseconds of every start. */
const named: { [F in 'ipv4' | 'ipv6']?: readonly { readonly list: BlockList; readonly name: string }[] } = {};

function namedOf(family: 'ipv4' | 'ipv6'): NonNullable<(typeof named)[typeof family]> {
  named[family] ??= (family === 'ipv4' ? blocks4 : blocks6).map(([address, prefix, name]) => ({
    list: blockList([address, prefix]),
    name,
  }));
  return named[family];
}

/**
 * Why an address must not be connected to, or undefined where it may be. Only the canonical spelling of
 * an address is one at all; `allow` (PROBE_ALLOW) lets through what is not public, an IPv4 address
 * written as IPv6 by its IPv4 block.
 */
export function refusalOf(address: string, allow: readonly AddressBlock[]): AddressRefused | undefined {
  // A BlockList says of everything that it cannot read that it is not in it.
  if (address.includes('%')) return refused('an address with a zone');
  if (canonicalAddress(address) !== address) return refused('not an IP address');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const block = blockOf(address, family);
  if (block === undefined) return undefined;
  const mapped = mappedAddress(address);
  const allowed = allow.some(
    (one) =>
      one.family === (mapped === undefined ? family : 'ipv4') &&
      listOf(one).check(mapped ?? address, one.family),
  );
  return allowed ? undefined : refused(block);
}

/** Made once for each block that is allowed. */
function listOf(block: AddressBlock): BlockList {
  const list = lists.get(block) ?? blockList([block.address, block.prefix]);
  lists.set(block, list);
  return list;
}

const lists = new WeakMap<AddressBlock, BlockList>();

/** The name of the narrowest block that is not public; undefined for a public address. */
function blockOf(address: string, family: 'ipv4' | 'ipv6'): string | undefined {
  if (mappedAddress(address) !== undefined) return 'IPv4-mapped';
  if (special[family].check(address, family))
    return namedOf(family).find(({ list }) => list.check(address, family))?.name ?? 'special purpose';
  if (family === 'ipv4') return undefined;
  if (!globalUnicast.check(address, family)) return 'reserved';
  return isIsatap(address) ? 'ISATAP' : undefined;
}

/** RFC 4291 §2.5.5.2. */
function mappedAddress(address: string): string | undefined {
  return /^::ffff:([0-9.]+)$/.exec(address)?.[1];
}

/** RFC 5214 §6.1: an interface identifier of 0000:5efe or 0200:5efe before an IPv4 address, under any prefix. */
function isIsatap(address: string): boolean {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const groups = [...before, ...zeros, ...after];
  return groups[5] === '5efe' && (groups[4] === '0' || groups[4] === '200');
}

function blockList(
  ...blocks: readonly (readonly [address: string, prefix: number, name?: string])[]
): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of blocks)
    list.addSubnet(address, prefix, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return list;
}

function refused(block: string): AddressRefused {
  return { kind: 'address-refused', block };
}
