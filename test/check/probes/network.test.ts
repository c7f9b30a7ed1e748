/** Where a connection really goes, and how addresses are spelt for that. */
import { describe, expect, test } from 'vitest';
import { canonicalAddress, formatEndpoint, isLoopback, route } from '../../../src/check/probes/network.ts';
import { readNetwork } from '../../../src/config-network.ts';

const lab = readNetwork({
  CONNECT_TO:
    '192.0.2.7:25=127.0.0.1:41007,[2001:db8::7]:25=127.0.0.1:41008,*:25=127.0.0.1:1,*:53=[::1]:40053',
});
const plain = readNetwork({});

describe('route', () => {
  test.each([
    ['192.0.2.7', 25, '127.0.0.1:41007'],
    ['2001:db8::7', 25, '127.0.0.1:41008'],
    ['2001:DB8:0:0::7', 25, '127.0.0.1:41008'],
    ['192.0.2.8', 25, '127.0.0.1:1'],
    ['198.51.100.1', 53, '[::1]:40053'],
    ['192.0.2.7', 443, '192.0.2.7:443'],
  ])('%s port %i goes to %s', (address, port, expected) => {
    expect(formatEndpoint(route(lab, address, port))).toBe(expected);
  });

  test('without CONNECT_TO every address is itself', () => {
    expect(route(plain, '192.0.2.7', 25)).toEqual({ address: '192.0.2.7', port: 25 });
    expect(route(plain, '2001:DB8::7', 25)).toEqual({ address: '2001:db8::7', port: 25 });
  });
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::FFFF:192.0.2.1', '::ffff:192.0.2.1'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['192.0.2.01', undefined],
  ['0x7f.1', undefined],
  ['2130706433', undefined],
  ['[::1]', undefined],
  ['example.com', undefined],
  ['', undefined],
])('canonicalAddress(%j) is %j', (text, expected) => {
  expect(canonicalAddress(text)).toBe(expected);
});

test.each([
  ['127.0.0.1', true],
  ['127.255.255.254', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['128.0.0.1', false],
  ['127.0.0.1.example.com', false],
  ['localhost', false],
])('isLoopback(%j) is %j', (text, expected) => {
  expect(isLoopback(text)).toBe(expected);
});
