/** Which further requests a fetch calls for, and what they find. */
import { setDefaultCACertificates } from 'node:tls';
import { afterAll, describe, expect, test } from 'vitest';
import type { FollowUp, PolicyFetch } from '../../../src/check/observation.ts';
import { createDoor } from '../../../src/check/probes/door.ts';
import { type FollowUpNeeds, followUp, followUpNeeds } from '../../../src/check/probes/https-follow-up.ts';
import { readNetwork } from '../../../src/config.ts';
import { createAuthority } from '../../../src/local/internet/authority.ts';
import type { HostName } from '../../../src/protocol/domain.ts';
import { domain, fetched, healthyPolicy } from '../observations.ts';
import { createHostileHttps, type HostileHttps, type HostileHttpsBehaviour } from './hostile-https.ts';

const host = `mta-sts.${domain}` as HostName;
const html = { headers: { 'content-type': 'text/html; charset=utf-8' } };
const page = '<!DOCTYPE html><title>Not here</title>';
const elsewhere = ['domain-itself', 'top-of-host', 'plain-http'];

function unfetched(result: PolicyFetch['result'], address = '192.0.2.10'): PolicyFetch {
  return { address, timings: { totalMs: 20 }, result };
}
const refused = { kind: 'failed', at: 'connect', problem: 'connection-refused' } as const;

describe('followUpNeeds', () => {
  test.each<readonly [what: string, fetches: readonly PolicyFetch[], needed: readonly string[]]>([
    ['a policy', [fetched('192.0.2.10')], []],
    ['a policy that cannot be read', [fetched('192.0.2.10', 'version: STSv2\n')], []],
    ['nothing at all, because the host has no address', [], ['domain-itself']],
    ['404', [fetched('192.0.2.10', page, { status: 404, ...html })], elsewhere],
    ['410', [fetched('192.0.2.10', '', { status: 410 })], elsewhere],
    ['204', [fetched('192.0.2.10', '', { status: 204 })], elsewhere],
    // A challenge for browsers, or an application that answers everything.
    ['a page with 200', [fetched('192.0.2.10', page, html)], ['browser-agent', ...elsewhere]],
    [
      'a page with 200 and no type',
      [fetched('192.0.2.10', page, { headers: {} })],
      ['browser-agent', ...elsewhere],
    ],
    // Storage services say so of files that they do not have.
    ['403', [fetched('192.0.2.10', page, { status: 403, ...html })], ['browser-agent', ...elsewhere]],
    ['429', [fetched('192.0.2.10', '', { status: 429 })], ['browser-agent']],
    ['503', [fetched('192.0.2.10', '', { status: 503 })], ['browser-agent']],
    [
      'a challenge',
      [fetched('192.0.2.10', '', { status: 500, headers: { 'cf-mitigated': 'challenge' } })],
      ['browser-agent'],
    ],
    ['500', [fetched('192.0.2.10', '', { status: 500 })], []],
    ['a redirect, which says itself where', [fetched('192.0.2.10', '', { status: 301 })], []],
    [
      'gzip',
      [fetched('192.0.2.10', 'x', { headers: { 'content-encoding': 'gzip' } })],
      ['identity-encoding'],
    ],
    ['identity', [fetched('192.0.2.10', healthyPolicy, { headers: { 'content-encoding': 'Identity' } })], []],
    ['no HTTPS', [unfetched(refused)], ['domain-itself', 'plain-http']],
    ['a handshake that fails', [unfetched({ kind: 'failed', at: 'tls', problem: 'tls' })], []],
    ['an address that is refused', [unfetched({ kind: 'address-refused', block: 'loopback' })], []],
    ['nothing measured', [unfetched({ kind: 'not-measured', because: 'no-route' })], []],
    [
      'a policy at one address, 404 at the other',
      [fetched('192.0.2.10'), fetched('192.0.2.11', '', { status: 404 })],
      [],
    ],
    [
      'a policy at one address, nothing at the other',
      [fetched('192.0.2.10'), unfetched(refused, '192.0.2.11')],
      [],
    ],
    [
      'a policy at one address, a block at the other',
      [fetched('192.0.2.10'), fetched('192.0.2.11', '', { status: 403 })],
      ['browser-agent'],
    ],
  ])('%s', (_, fetches, needed) => {
    expect([...followUpNeeds(fetches).keys()]).toEqual(needed);
  });

  test('names the address at which each is to be asked', () => {
    const fetches = [
      unfetched(refused, '192.0.2.9'),
      fetched('192.0.2.10', '', { status: 404 }),
      fetched('192.0.2.11', '', { status: 403 }),
      fetched('2001:db8::12', '', { status: 404, headers: { 'content-encoding': 'br' } }),
    ];
    expect(Object.fromEntries(followUpNeeds(fetches))).toEqual({
      'identity-encoding': '2001:db8::12',
      'browser-agent': '192.0.2.11',
      'domain-itself': undefined,
      'top-of-host': '192.0.2.10',
      'plain-http': '192.0.2.10',
    });
  });
});

const authority = await createAuthority();
setDefaultCACertificates([authority.pem]);
const { key, chain } = await authority.issue({ names: [domain, host] });
const secured: HostileHttpsBehaviour = { tls: { key, cert: chain } };
const servers = new Set<HostileHttps>();
afterAll(() => Promise.all([...servers].map((server) => server.stop())));

const found = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n${healthyPolicy}`;
const missing = 'HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n';

async function start(behaviour: HostileHttpsBehaviour): Promise<HostileHttps> {
  const server = await createHostileHttps(behaviour);
  servers.add(server);
  return server;
}

interface Asking {
  readonly needs: readonly (readonly [what: FollowUp['what'], address: string | undefined])[];
  readonly https?: HostileHttps;
  readonly http?: HostileHttps;
  readonly domainAddresses?: readonly string[];
  readonly signal?: AbortSignal;
}

function ask({ needs, https, http, domainAddresses = [], signal = AbortSignal.timeout(10_000) }: Asking) {
  const network = readNetwork({
    PROBE_ALLOW: '192.0.2.0/24',
    CONNECT_TO: `*:443=127.0.0.1:${https?.port ?? 1},*:80=127.0.0.1:${http?.port ?? 1}`,
  });
  const door = createDoor(network);
  const all: FollowUpNeeds = new Map(needs);
  return followUp({ domain, host, needs: all, domainAddresses, door, signal });
}

describe('followUp', () => {
  test('the domain itself, at its own address, under its own name', async () => {
    const https = await start({ ...secured, answer: (socket) => socket.end(found) });
    const url = `https://${domain}/.well-known/mta-sts.txt`;
    expect(
      await ask({ needs: [['domain-itself', undefined]], https, domainAddresses: ['192.0.2.1'] }),
    ).toEqual([{ what: 'domain-itself', url, status: 200, contentType: 'text/plain', isPolicy: true }]);
    expect(https.requests).toEqual([expect.stringContaining(`\r\nHost: ${domain}\r\n`)]);
    expect(https.serverNames).toEqual([domain]);
  });

  test('the top of the host', async () => {
    const https = await start({
      ...secured,
      answer: (socket) => socket.end(https.requests[0]?.startsWith('GET /mta-sts.txt ') ? found : missing),
    });
    expect(await ask({ needs: [['top-of-host', '192.0.2.10']], https })).toEqual([
      {
        what: 'top-of-host',
        url: `https://${host}/mta-sts.txt`,
        status: 200,
        contentType: 'text/plain',
        isPolicy: true,
      },
    ]);
  });

  test('plain HTTP, without TLS', async () => {
    const asked: string[] = [];
    const http = await start({
      accept: (socket) => {
        socket.on('data', (chunk) => {
          asked.push(chunk.toString());
          socket.end(found);
        });
      },
    });
    const url = `http://${host}/.well-known/mta-sts.txt`;
    expect(await ask({ needs: [['plain-http', '192.0.2.10']], http })).toEqual([
      { what: 'plain-http', url, status: 200, contentType: 'text/plain', isPolicy: true },
    ]);
    expect(asked).toEqual([
      expect.stringContaining(`GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: ${host}\r\n`),
    ]);
  });

  test('as a browser: only there the name of one', async () => {
    const https = await start({
      ...secured,
      answer: (socket) => socket.end(https.requests.at(-1)?.includes('Mozilla') ? found : missing),
    });
    const seen = await ask({
      needs: [
        ['browser-agent', '192.0.2.10'],
        ['top-of-host', '192.0.2.10'],
      ],
      https,
    });
    expect(seen.map(({ what, status, isPolicy }) => [what, status, isPolicy])).toEqual([
      ['browser-agent', 200, true],
      ['top-of-host', 404, false],
    ]);
  });

  test('asking for no encoding', async () => {
    const https = await start({ ...secured, answer: (socket) => socket.end(found) });
    const [seen] = await ask({ needs: [['identity-encoding', '192.0.2.10']], https });
    expect(seen).toMatchObject({ what: 'identity-encoding', isPolicy: true });
    expect(https.requests).toEqual([expect.stringContaining('\r\nAccept-Encoding: identity\r\n')]);
  });

  test.each([
    [
      'a page',
      'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>',
      { status: 200, contentType: 'text/html', isPolicy: false },
    ],
    [
      'a policy with another status',
      found.replace('200 OK', '404 Not Found'),
      { status: 404, contentType: 'text/plain', isPolicy: false },
    ],
    [
      'a redirect, which nobody follows',
      'HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1/\r\n\r\n',
      { status: 301, isPolicy: false },
    ],
    ['no HTTP', 'nonsense\r\n\r\n', { isPolicy: false }],
  ])('%s', async (_, answer, seen) => {
    const https = await start({ ...secured, answer: (socket) => socket.end(answer) });
    expect(await ask({ needs: [['top-of-host', '192.0.2.10']], https })).toEqual([
      { what: 'top-of-host', url: `https://${host}/mta-sts.txt`, ...seen },
    ]);
    expect(https.connections()).toBe(1);
  });

  test('nobody there', async () => {
    const [https, http] = await ask({
      needs: [
        ['top-of-host', '192.0.2.10'],
        ['plain-http', '192.0.2.10'],
      ],
    });
    expect(https).toEqual({ what: 'top-of-host', url: `https://${host}/mta-sts.txt`, isPolicy: false });
    expect(http?.status).toBeUndefined();
  });

  test('refused addresses are not asked; of several the first that may be is', async () => {
    const https = await start({ ...secured, answer: (socket) => socket.end(found) });
    const needs = [['domain-itself', undefined]] as const;
    expect(await ask({ needs, https, domainAddresses: ['127.0.0.1', '10.0.0.1'] })).toEqual([]);
    expect(https.connections()).toBe(0);
    const allowed = ['127.0.0.1', '192.0.2.1', '192.0.2.2'];
    expect(await ask({ needs, https, domainAddresses: allowed })).toHaveLength(1);
    expect(https.connections()).toBe(1);
  });

  test('what the time does not allow is left out', async () => {
    const https = await start({ ...secured, answer: () => undefined });
    const signal = AbortSignal.timeout(200);
    expect(await ask({ needs: [['top-of-host', '192.0.2.10']], https, signal })).toEqual([]);
    await expect.poll(https.open).toBe(0);
  });
});
