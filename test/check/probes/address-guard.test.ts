/** Which addresses a probe may connect to: the registries of IANA, every spelling, and their public neighbours. */
import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusalOf } from '../../../src/check/probes/address-guard.ts';
import { canonicalAddress, parseBlock } from '../../../src/check/probes/network.ts';
import { runs, seed } from '../../runs.ts';

/** iana-ipv4-special-registry, in its order, and after it the blocks outside global unicast. */
const registry4: readonly (readonly [block: string, named: string])[] = [
  ['0.0.0.0/8', 'this network'],
  ['0.0.0.0/32', 'this host'],
  ['10.0.0.0/8', 'private use'],
  ['100.64.0.0/10', 'shared address space'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private use'],
  ['192.0.0.0/24', 'protocol assignments'],
  ['192.0.0.0/29', 'IPv4 service continuity'],
  ['192.0.0.8/32', 'IPv4 dummy address'],
  ['192.0.0.9/32', 'Port Control Protocol'],
  ['192.0.0.10/32', 'TURN'],
  ['192.0.0.170/32', 'NAT64'],
  ['192.0.0.171/32', 'NAT64'],
  ['192.0.2.0/24', 'documentation'],
  ['192.31.196.0/24', 'AS112'],
  ['192.52.193.0/24', 'AMT'],
  ['192.88.99.0/24', '6to4 relay'],
  ['192.88.99.2/32', '6a44 relay'],
  ['192.168.0.0/16', 'private use'],
  ['192.175.48.0/24', 'AS112'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['240.0.0.0/4', 'reserved'],
  ['255.255.255.255/32', 'limited broadcast'],
  ['224.0.0.0/4', 'multicast'],
];

/** iana-ipv6-special-registry, in its order, and after it what else is no global unicast or carries an IPv4 address. */
const registry6: readonly (readonly [block: string, named: string])[] = [
  ['::1/128', 'loopback'],
  ['::/128', 'unspecified'],
  ['::ffff:0:0/96', 'IPv4-mapped'],
  ['64:ff9b::/96', 'NAT64'],
  ['64:ff9b:1::/48', 'local-use NAT64'],
  ['100::/64', 'discard-only'],
  ['100:0:0:1::/64', 'dummy prefix'],
  ['2001::/23', 'protocol assignments'],
  ['2001::/32', 'Teredo'],
  ['2001:1::1/128', 'Port Control Protocol'],
  ['2001:1::2/128', 'TURN'],
  ['2001:1::3/128', 'service registration'],
  ['2001:2::/48', 'benchmarking'],
  ['2001:3::/32', 'AMT'],
  ['2001:4:112::/48', 'AS112'],
  ['2001:10::/28', 'ORCHID'],
  ['2001:20::/28', 'ORCHIDv2'],
  ['2001:30::/28', 'drones'],
  ['2001:db8::/32', 'documentation'],
  ['2002::/16', '6to4'],
  ['2620:4f:8000::/48', 'AS112'],
  ['3fff::/20', 'documentation'],
  ['5f00::/16', 'segment identifiers'],
  ['fc00::/7', 'unique local'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['ff00::/8', 'multicast'],
  ['::/96', 'IPv4-compatible'],
  ['::ffff:0:0:0/96', 'IPv4-translated'],
  ['::/8', 'reserved'],
  ['100::/8', 'reserved'],
  ['200::/7', 'reserved'],
  ['400::/6', 'reserved'],
  ['800::/5', 'reserved'],
  ['1000::/4', 'reserved'],
  ['4000::/3', 'reserved'],
  ['6000::/3', 'reserved'],
  ['8000::/3', 'reserved'],
  ['a000::/3', 'reserved'],
  ['c000::/3', 'reserved'],
  ['e000::/4', 'reserved'],
  ['f000::/5', 'reserved'],
  ['f800::/6', 'reserved'],
  ['fe00::/9', 'reserved'],
];

const registries = [...registry4, ...registry6].map(([block, named]) => {
  const range = rangeOf(block);
  return { block, named, ...range, middle: range.first + (range.last - range.first) / 2n };
});

const outside = registries.flatMap(({ first, middle, last, bits }) =>
  [first, middle, last].map((value) => addressOf(value, bits)),
);

/** How one address is written by those who hope that it is read differently where it is checked and where it is used. */
const spellings = [
  // Decimal, octal, hexadecimal, and fewer than four parts: inet_aton reads them all.
  ...[
    '2130706433',
    '017700000001',
    '0x7f000001',
    '0x7F.0.0.1',
    '0177.0.0.1',
    '0177.0.0.01',
    '127.1',
    '127.0.1',
  ],
  ...['0', '0x0', '00.0.0.0', '0.0', '10.1', '0xa.1', '192.168.1', '0xc0a80001', '3232235521', '2852039166'],
  ...['0xa9fea9fe', '0xa9.0xfe.0xa9.0xfe', '0251.0376.0251.0376', '169.254.43518', '169.16689662'],
  ...['127.0.0.01', '127.00.0.1', '0127.0.0.1', '127.000.000.001', '010.0.0.1', '012.0.0.1'],
  // Around it and within it.
  ...['127.0.0.1.', '.127.0.0.1', '127.0.0.1 ', ' 127.0.0.1', '127.0.0.1\n', '127.0.0.1\0', '127.0.0.1/8'],
  ...['127.0.0.1:25', '[127.0.0.1]', '127,0,0,1', '127。0。0。1', '127.0.0.1', '①②⑦.⓪.⓪.①', '١٢٧.0.0.1'],
  ...['127.0.0.256', '127.0.0.-1', '+127.0.0.1', '127.0.0.1e0', '383.0.0.1', '127.0.0.1#', 'user@127.0.0.1'],
  // Names that lead to this machine.
  ...[
    'localhost',
    'localhost.',
    'LOCALHOST',
    'ip6-localhost',
    'metadata.google.internal',
    '127.0.0.1.nip.io',
  ],
  // IPv6: upper case, leading zeros, long forms, brackets, zones.
  ...['[::1]', '::0001', '0::1', '0:0:0:0:0:0:0:1', '0000:0000:0000:0000:0000:0000:0000:0001', '::0.0.0.1'],
  ...['::1%lo', '::1%1', '::1%25lo', 'fe80::1%eth0', 'FE80::1%ETH0', '2606:4700::1111%eth0', '::1%', '%lo'],
  ...[
    '::1/128',
    '[::1]:443',
    '::1 ',
    '1::1::1',
    ':::1',
    '::g',
    '::12345',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
  ],
  ...['FC00::1', 'FE80::1', 'fd00:0ec2::254', 'FD00:EC2::254', '2001:DB8::1', '2001:0db8::1', 'FF02::1'],
  // IPv4 in IPv6: mapped in every form, compatible, translated, 6to4, NAT64, Teredo, ISATAP.
  ...[
    '::ffff:127.0.0.1',
    '::FFFF:127.0.0.1',
    '::ffff:7f00:1',
    '::FFFF:7F00:0001',
    '0:0:0:0:0:ffff:127.0.0.1',
  ],
  ...[
    '0000:0000:0000:0000:0000:ffff:7f00:0001',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '::ffff:169.254.169.254',
  ],
  ...[
    '::ffff:8.8.8.8',
    '::ffff:0808:0808',
    '::ffff:127.1',
    '::ffff:0x7f000001',
    '::ffff:0177.0.0.1',
    '::ffff:0',
  ],
  ...[
    '::ffff:255.255.255.255',
    '::ffff:0.0.0.0',
    '[::ffff:127.0.0.1]',
    '::ffff:127.0.0.1%lo',
    '::fffe:127.0.0.1',
  ],
  ...[
    '::127.0.0.1',
    '::7f00:1',
    '::8.8.8.8',
    '::808:808',
    '::ffff:0:127.0.0.1',
    '::ffff:0:7f00:1',
    '::ffff:0:808:808',
  ],
  ...[
    '2002:7f00:1::',
    '2002:7f00:0001::1',
    '2002:a00:1::1',
    '2002:a9fe:a9fe::',
    '2002:808:808::1',
    '2002::1',
  ],
  ...['64:ff9b::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::808:808', '64:FF9B::7F00:1', '64:ff9b:1::7f00:1'],
  ...[
    '64:ff9b:1:ffff:ffff:ffff:7f00:1',
    '2001:0:7f00:1::',
    '2001:0:4136:e378:8000:63bf:80ff:fffe',
    '2001::1',
  ],
  ...[
    '2606:4700::5efe:7f00:1',
    '2606:4700::5efe:127.0.0.1',
    '2606:4700::200:5efe:a00:1',
    'fe80::5efe:7f00:1',
  ],
  ...['2606:4700:1:2:0:5efe:a00:1', '2606:4700:1:2:200:5efe:808:808', '2606:4700:0:2:200:5EFE:808:808'],
  // Public addresses in another spelling than the one they are compared by.
  ...['08.8.8.8', '8.8.2056', '134744072', '0x08080808', '2606:4700:0:0:0:0:0:1111', '2606:4700::0:1111'],
  ...[
    '2A00::1',
    '2606:4700:0000::1111',
    '[2606:4700::1111]',
    '2606:4700::1111/128',
    '8.8.8.8/32',
    '8.8.8.8:443',
  ],
  // Nothing at all.
  ...[
    '',
    ' ',
    '.',
    ':',
    '::ffff:',
    '-',
    'null',
    'undefined',
    'NaN',
    'x'.repeat(100_000),
    ':'.repeat(100_000),
  ],
];

const refusedCount = outside.length + spellings.length;

describe('not public', () => {
  test(`${refusedCount} addresses of ${registries.length} blocks, ${spellings.length} of them in odd spellings: none passes`, () => {
    expect([...outside, ...spellings].filter((address) => refusalOf(address, []) === undefined)).toEqual([]);
    expect(refusedCount).toBeGreaterThan(300);
  });

  test.each(registries)('$block is told as $named', ({ named, first, middle, last, bits }) => {
    const told = [first, middle, last].map((value) => refusalOf(addressOf(value, bits), [])?.block ?? '');
    expect(told.some((block) => block.includes(named))).toBe(true);
  });

  test.each([
    ['169.254.169.254', 'link-local, where clouds serve metadata'],
    ['169.254.169.253', 'link-local'],
    ['fd00:ec2::254', 'unique local, where clouds serve metadata'],
    ['127.0.0.1', 'loopback'],
    ['10.1.2.3', 'private use'],
    ['192.168.0.1', 'private use'],
    ['::ffff:127.0.0.1', 'IPv4-mapped'],
    ['2606:4700::200:5efe:a00:1', 'ISATAP'],
    ['fe80::1%eth0', 'an address with a zone'],
    ['127.1', 'not an IP address'],
  ])('%s is %s', (address, block) => {
    expect(refusalOf(address, [])).toEqual({ kind: 'address-refused', block });
  });
});

/** Beside the blocks, and where mail and policies are really served. */
const publicAddresses = [
  ...['1.0.0.0', '1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0'],
  ...['126.255.255.255', '128.0.0.0', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0'],
  ...['191.255.255.255', '192.0.1.0', '192.0.1.255', '192.0.3.0', '192.31.195.255', '192.31.197.0'],
  ...['192.52.192.255', '192.52.194.0', '192.88.98.255', '192.88.100.0', '192.167.255.255', '192.169.0.0'],
  ...['192.175.47.255', '192.175.49.0', '198.17.255.255', '198.20.0.0', '198.51.99.255', '198.51.101.0'],
  ...['203.0.112.255', '203.0.114.0', '223.255.255.255', '142.250.185.26', '52.101.68.3'],
  ...[
    '2000::',
    '2000::1',
    '2001:200::',
    '2001:200::1',
    '2001:db7:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:db9::',
  ],
  ...['2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2003::', '2620:4f:7fff:ffff:ffff:ffff:ffff:ffff'],
  ...['2620:4f:8001::', '3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '3fff:1000::', '2a00:1450:400c:c0b::1a'],
  ...['3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2606:4700:4700::1111', '2606:4700::5eff:a00:1'],
  ...['2606:4700:5efe::1', '2606:4700::5efe', '2606:4700::100:5efe:a00:1'],
];

describe('public', () => {
  test.each(publicAddresses)('%s', (address) => {
    expect(refusalOf(address, [])).toBeUndefined();
  });
});

test('agrees with plain arithmetic on addresses anywhere', () => {
  const isOutside = (value: bigint, bits: number) =>
    registries.some((one) => one.bits === bits && one.first <= value && value <= one.last);
  const isatap = (value: bigint) => ((value >> 32n) & 0xfdff_ffffn) === 0x5efen;
  const anywhere = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
  const near = fc
    .tuple(fc.constantFrom(...registries), fc.constantFrom(-2n, -1n, 0n, 1n, 2n), fc.boolean())
    .map(([{ first, last, bits }, offset, atEnd]) => {
      const size = 1n << BigInt(bits);
      return { value: ((atEnd ? last : first) + offset + size) % size, bits };
    });
  const any = fc.oneof(
    anywhere(32).map((value) => ({ value, bits: 32 })),
    anywhere(128).map((value) => ({ value, bits: 128 })),
    // 2000::/3, where public addresses are.
    anywhere(125).map((value) => ({ value: value | (1n << 125n), bits: 128 })),
    near,
  );
  fc.assert(
    fc.property(any, ({ value, bits }) => {
      const expected = isOutside(value, bits) || (bits === 128 && isatap(value));
      expect(refusalOf(addressOf(value, bits), []) !== undefined).toBe(expected);
    }),
    { seed, numRuns: runs(5000, 1_000_000) },
  );
});

describe('PROBE_ALLOW', () => {
  const allow = ['192.0.2.0/24', '10.1.0.0/16', '2001:db8::/32', '::1/128'].map((text) => {
    const block = parseBlock(text);
    if (!block.ok) throw new Error(block.problem);
    return block.value;
  });

  test.each([
    '192.0.2.0',
    '192.0.2.255',
    '10.1.255.255',
    '2001:db8::1',
    '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    '::1',
    // As its IPv4 address.
    '::ffff:192.0.2.1',
    '::ffff:10.1.0.1',
    '8.8.8.8',
  ])('lets %s through', (address) => {
    expect(refusalOf(address, allow)).toBeUndefined();
  });

  test.each([
    ['another documentation block', '198.51.100.1'],
    ['one before the block', '10.0.255.255'],
    ['one after the block', '10.2.0.0'],
    ['another loopback address', '127.0.0.1'],
    ['another IPv6 block', '3fff::1'],
    ['mapped, outside the blocks', '::ffff:127.0.0.1'],
    ['mapped, and public', '::ffff:8.8.8.8'],
    ['an allowed address in NAT64', '64:ff9b::c000:201'],
    ['an allowed address in 6to4', '2002:c000:201::1'],
    ['an allowed address, IPv4-compatible', '::192.0.2.1'],
    ['in another spelling', '2001:DB8::1'],
    ['with a zone', '2001:db8::1%eth0'],
    ['in another spelling', '192.0.2.01'],
  ])('refuses %s: %s', (_, address) => {
    expect(refusalOf(address, allow)).toBeDefined();
  });

  test('no IPv6 block lets an IPv4 address through, however it is written', () => {
    const half = [{ address: '::', prefix: 1, family: 'ipv6' as const }];
    expect(refusalOf('127.0.0.1', half)).toBeDefined();
    expect(refusalOf('::ffff:127.0.0.1', half)).toBeDefined();
  });
});

test('a BlockList alone lets through what it cannot read: the reason for asking in canonical form only', () => {
  const list = new BlockList();
  list.addSubnet('127.0.0.0', 8, 'ipv4');
  expect(list.check('garbage')).toBe(false);
  expect(list.check('127.0.0.1', 'ipv6')).toBe(false);
  expect(refusalOf('garbage', [])).toBeDefined();
});

function rangeOf(block: string): { first: bigint; last: bigint; bits: number } {
  const [address = '', prefix = ''] = block.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  const first = numberOf(address);
  return { first, last: first + (1n << BigInt(bits - Number(prefix))) - 1n, bits };
}

function numberOf(address: string): bigint {
  if (isIP(address) === 4)
    return address.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
  const [head = [], tail = []] = address.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const groups = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail];
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function addressOf(value: bigint, bits: number): string {
  const size = bits === 32 ? 8n : 16n;
  const parts = Array.from({ length: bits === 32 ? 4 : 8 }, (_, index) => {
    const shift = size * BigInt((bits === 32 ? 3 : 7) - index);
    return ((value >> shift) & ((1n << size) - 1n)).toString(bits === 32 ? 10 : 16);
  });
  return canonicalAddress(parts.join(bits === 32 ? '.' : ':')) ?? '';
}
