/** The policy's fetch against hosts that lie, stammer, flood and fall silent: told as it was, in time. */
import type { Socket } from 'node:net';
import { setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import type { HttpResponse, PolicyFetch } from '../../../src/check/observation.ts';
import { createDoor, mostConnections } from '../../../src/check/probes/door.ts';
import { fetchPolicy, mostAddresses } from '../../../src/check/probes/https.ts';
import { type PhaseLimits, phaseLimits } from '../../../src/check/probes/https-connection.ts';
import { longestBody } from '../../../src/check/probes/https-request.ts';
import { readNetwork } from '../../../src/config-network.ts';
import { type CertificateRequest, createAuthority } from '../../../src/local/internet/authority.ts';
import type { HostName } from '../../../src/protocol/domain.ts';
import {
  createHostileHttps,
  createJam,
  drip,
  flood,
  type HostileHttps,
  type HostileHttpsBehaviour,
} from './hostile-https.ts';

const host = 'mta-sts.victim.test' as HostName;
const policy = 'version: STSv1\nmode: enforce\nmx: mx.victim.test\nmax_age: 604800\n';
/** The phase of a fetch that is meant to run into its limit. */
const shortMs = 500;
/** How much later than its limits a busy machine may notice that a fetch is over. */
const slackMs = 2500;
const octets = String.fromCharCode(...Array.from({ length: 256 }, (_, octet) => octet));
const sink = () => undefined;

const authority = await createAuthority();
setDefaultCACertificates([authority.pem]);
const servers = new Set<HostileHttps>();
afterAll(() => Promise.all([...servers].map((server) => server.stop())));

async function certified(request: CertificateRequest = { names: [host] }) {
  const { key, chain } = await authority.issue(request);
  return { key, cert: chain };
}
const good = await certified();

/** Answers with these octets and ends. */
function answers(...pieces: readonly (string | Buffer)[]): HostileHttpsBehaviour {
  const bytes = Buffer.concat(
    pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)),
  );
  return { answer: (socket) => socket.end(bytes) };
}

/** Answers with these octets, keeps the connection, and goes on as told. */
function begins(
  start: string,
  goOn: (socket: TLSSocket, wire: Socket) => void = sink,
): HostileHttpsBehaviour {
  return {
    answer: (socket, wire) => {
      socket.write(start, () => goOn(socket, wire));
    },
  };
}

/** Asks for another handshake as soon as one is over. */
function renegotiate(socket: TLSSocket): void {
  if (socket.destroyed) return;
  socket.renegotiate({}, (error) => {
    if (error === null) setImmediate(renegotiate, socket);
  });
}

function accepts(accept: (socket: Socket) => unknown): HostileHttpsBehaviour {
  return {
    accept: (socket) => {
      accept(socket);
      return 'bare';
    },
  };
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n';

function failed(at: 'connect' | 'tls' | 'http', problem: string, more: object = {}) {
  return { kind: 'failed', at, problem, ...more };
}

/** The answer that is expected, its body or how long that is. */
function response(expected: Partial<Omit<HttpResponse, 'body'>> & { body?: string | number }) {
  return { kind: 'response', status: 200, cut: undefined, ...expected };
}

type Case = readonly [
  what: string,
  behaviour: HostileHttpsBehaviour,
  seen: object,
  limits?: Partial<PhaseLimits>,
];

const alert = (level: number, description: number) => Buffer.from([0x15, 3, 3, 0, 2, level, description]);

const beforeTls: readonly Case[] = [
  ['closes at once', accepts((socket) => socket.end()), failed('tls', 'closed')],
  [
    'closes after the first octets of the handshake',
    accepts((socket) => socket.once('data', () => socket.end())),
    failed('tls', 'closed'),
  ],
  [
    'resets after the first octets of the handshake',
    accepts((socket) => socket.once('data', () => socket.resetAndDestroy())),
    failed('tls', 'reset'),
  ],
  ['never says anything', accepts(sink), failed('tls', 'timeout'), { handshakeMs: shortMs }],
  [
    'speaks plain HTTP',
    accepts((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    failed('tls', 'garbage'),
  ],
  [
    'greets as a mail server',
    accepts((socket) => socket.write('220 mx.victim.test ESMTP\r\n')),
    failed('tls', 'garbage'),
  ],
  ['floods zeros', accepts((socket) => flood(socket, Buffer.alloc(65_536))), failed('tls', 'garbage')],
  [
    'floods other octets',
    accepts((socket) => flood(socket, Buffer.alloc(65_536, 'x'))),
    failed('tls', 'garbage'),
  ],
  [
    'announces a record longer than any',
    accepts((socket) => socket.write(Buffer.from([0x16, 3, 3, 0xff, 0xff]))),
    failed('tls', 'garbage'),
  ],
  [
    'drips the first record',
    accepts((socket) => drip(socket, `\x16\x03\x03\x40\x00${'\x02'.repeat(100)}`, 20)),
    failed('tls', 'timeout'),
    { handshakeMs: shortMs },
  ],
  ['sends back what it is sent', accepts((socket) => socket.pipe(socket)), failed('tls', 'garbage')],
  [
    'answers with an alert',
    accepts((socket) => socket.end(alert(2, 40))),
    failed('tls', 'tls', { alert: 'handshake_failure' }),
  ],
  [
    'does not know the name',
    accepts((socket) => socket.end(alert(2, 112))),
    failed('tls', 'tls', { alert: 'unrecognized_name' }),
  ],
  [
    'warns without end',
    accepts((socket) => flood(socket, Buffer.concat(Array.from({ length: 100 }, () => alert(1, 90))))),
    failed('tls', 'too-much'),
  ],

  [
    'knows TLS 1.0 only',
    { tls: { ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } },
    failed('tls', 'tls', { alert: 'protocol_version', olderProtocol: 'TLSv1' }),
  ],
];

const withinTls: readonly Case[] = [
  ['closes after the handshake', { secured: (socket) => socket.end() }, failed('http', 'closed')],
  ['resets after the handshake', { answer: (_, wire) => wire.resetAndDestroy() }, failed('http', 'reset')],
  ['never answers', { answer: sink }, failed('http', 'timeout'), { answerMs: shortMs }],
  [
    'wants a certificate of the client',
    { asksWho: true },
    failed('http', 'tls', { alert: 'certificate_required' }),
  ],
  [
    'asks for one handshake after the other',
    { tls: { ...good, maxVersion: 'TLSv1.2' }, answer: renegotiate },
    { kind: 'failed', at: 'http', problem: 'tls' },
  ],
  [
    'goes on in the clear',
    { answer: (_, wire) => wire.write('HTTP/1.1 200 OK\r\n\r\n') },
    failed('http', 'garbage'),
  ],
  [
    'answers before it is asked',
    { secured: (socket) => socket.end(`${ok}\r\n${policy}`) },
    response({ body: policy }),
  ],
];

const beforeTheBody: readonly Case[] = [
  ['answers as HTTP/0.9', answers(policy), failed('http', 'garbage')],
  ['answers as no HTTP at all', answers('ICY 200 OK\r\n\r\n'), failed('http', 'garbage')],
  ['answers in HTTP/2', answers(Buffer.from('000000040000000000', 'hex')), failed('http', 'garbage')],
  ['answers in zeros', answers(Buffer.alloc(1000)), failed('http', 'garbage')],
  ['ends within the status line', answers('HTTP/1.1 20'), failed('http', 'closed')],
  ['ends within the header', answers(`${ok}Server: x`), failed('http', 'closed')],
  ['has a status of two digits', answers('HTTP/1.1 20 OK\r\n\r\n'), failed('http', 'garbage')],
  ['has a status of zeros', answers('HTTP/1.1 000 OK\r\n\r\n'), failed('http', 'garbage')],
  ['has a status of four digits', answers('HTTP/1.1 2000 OK\r\n\r\n'), failed('http', 'garbage')],
  [
    'has a status that nobody knows',
    answers('HTTP/1.1 799 What\r\n\r\n'),
    response({ status: 799, body: '' }),
  ],
  [
    'has one endless header field',
    begins(`${ok}X: `, (socket) => flood(socket, 'x'.repeat(4096))),
    failed('http', 'too-much'),
  ],
  [
    'has endless header fields',
    begins(ok, (socket) => flood(socket, 'X: y\r\n'.repeat(100))),
    failed('http', 'too-much'),
  ],
  [
    'has an endless status line',
    begins('HTTP/1.1 200 ', (socket) => flood(socket, 'x'.repeat(4096))),
    failed('http', 'too-much'),
  ],
  [
    'sends blank lines without end',
    begins('\r\n', (socket) => flood(socket, '\r\n'.repeat(2000))),
    failed('http', 'too-much'),
  ],
  [
    'sends early hints without end',
    begins('', (socket) => flood(socket, 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(50))),
    failed('http', 'too-much'),
  ],
  [
    'sends early hints, then answers',
    answers(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n',
      `${ok}\r\n${policy}`,
    ),
    response({ body: policy }),
  ],
  [
    'changes to another protocol',
    answers('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nabc'),
    response({ status: 101, body: '' }),
  ],
  [
    'drips its header',
    begins(ok, (socket) => drip(socket, 'X: y\r\n', 20)),
    failed('http', 'timeout'),
    { answerMs: shortMs },
  ],
  [
    'has a length that is no number',
    answers(`${ok}Content-Length: many\r\n\r\n${policy}`),
    failed('http', 'garbage'),
  ],
  [
    'has a length below nothing',
    answers(`${ok}Content-Length: -1\r\n\r\n${policy}`),
    failed('http', 'garbage'),
  ],
  [
    'has two lengths',
    answers(`${ok}Content-Length: 5\r\nContent-Length: 6\r\n\r\n${policy}`),
    failed('http', 'garbage'),
  ],
  [
    'ends its lines with LF alone',
    answers(`HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: ${policy.length}\n\n${policy}`),
    response({
      body: policy,
      headers: { 'content-type': 'text/plain', 'content-length': `${policy.length}` },
    }),
  ],
  [
    'has a header field that is very long',
    answers(`${ok}Server: ${'x'.repeat(8000)}\r\n\r\n${policy}`),
    response({ headers: { 'content-type': 'text/plain', server: `${'x'.repeat(500)}…` } }),
  ],
  [
    'has control characters in a header field',
    answers(`${ok}Server: a\x07\x1b[31m\x85b\r\n\r\n${policy}`),
    response({ headers: { 'content-type': 'text/plain', server: 'a??[31m?b' } }),
  ],
  [
    'has UTF-8 in a header field, and fields that nobody reads',
    answers(`${ok}Server: b\xc3\xbccher\r\nSet-Cookie: a=b\r\nX-Powered-By: PHP\r\n\r\n${policy}`),
    response({ headers: { 'content-type': 'text/plain', server: 'bÃ¼cher' } }),
  ],
  [
    'redirects',
    answers('HTTP/1.1 301 Moved\r\nLocation: https://victim.test/\r\nContent-Length: 0\r\n\r\n'),
    response({ status: 301, headers: { location: 'https://victim.test/', 'content-length': '0' }, body: '' }),
  ],
  [
    'redirects to where probes must not go',
    answers('HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/meta-data/\r\n\r\n'),
    response({ status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data/' } }),
  ],
];

const theBody: readonly Case[] = [
  [
    'answers as it should',
    answers(`${ok}Content-Length: ${policy.length}\r\n\r\n${policy}`),
    response({ body: policy }),
  ],
  ['answers as HTTP/1.0', answers(`HTTP/1.0 200 OK\r\n\r\n${policy}`), response({ body: policy })],
  [
    'answers with a byte order mark',
    answers(`${ok}\r\n`, Buffer.from(`\ufeff${policy}`)),
    response({ body: `\xef\xbb\xbf${policy}` }),
  ],
  ['answers with every octet', answers(`${ok}\r\n`, octets), response({ body: octets })],
  ['has nothing to say', answers(`${ok}Content-Length: 0\r\n\r\n`), response({ body: '' })],
  ['answers 204', answers('HTTP/1.1 204 No Content\r\n\r\n'), response({ status: 204, body: '' })],
  [
    'answers 404 with a page',
    answers('HTTP/1.1 404 Not Found\r\n\r\n<html>'),
    response({ status: 404, body: '<html>' }),
  ],
  [
    'answers twice',
    answers(`${ok}Content-Length: 2\r\n\r\nab${ok}Content-Length: 2\r\n\r\ncd`),
    response({ body: 'ab' }),
  ],
  [
    'has as much as is allowed',
    answers(`${ok}\r\n${'x'.repeat(longestBody)}`),
    response({ body: longestBody }),
  ],
  [
    'has one octet more',
    answers(`${ok}\r\n${'x'.repeat(longestBody + 1)}`),
    response({ body: longestBody, cut: 'too-long' }),
  ],
  [
    'has a body without end',
    begins(`${ok}\r\n`, (socket) => flood(socket, 'x'.repeat(16_384))),
    response({ body: longestBody, cut: 'too-long' }),
  ],
  [
    'announces ten gigabytes, and sends them',
    begins(`${ok}Content-Length: 10737418240\r\n\r\n`, (socket) => flood(socket, 'x'.repeat(16_384))),
    response({ body: longestBody, cut: 'too-long' }),
  ],
  [
    'announces more than it sends',
    answers(`${ok}Content-Length: 1000\r\n\r\n${policy}`),
    response({ body: policy, cut: 'closed' }),
  ],
  [
    'announces more than it sends, and waits',
    begins(`${ok}Content-Length: 1000\r\n\r\n${policy}`),
    response({ body: policy, cut: 'timeout' }),
    { answerMs: shortMs },
  ],
  [
    'announces less than it sends',
    answers(`${ok}Content-Length: 14\r\n\r\n${policy}`),
    response({ body: 'version: STSv1' }),
  ],
  [
    'resets within the body',
    begins(`${ok}Content-Length: 1000\r\n\r\n${policy}`, (_, wire) =>
      setTimeout(() => wire.resetAndDestroy(), 50),
    ),
    response({ body: policy, cut: 'closed' }),
  ],
  [
    'drips its body',
    begins(`${ok}\r\n`, (socket) => drip(socket, policy, 20)),
    response({ cut: 'timeout' }),
    { answerMs: shortMs },
  ],
  [
    'sends chunks',
    answers(`${ok}Transfer-Encoding: chunked\r\n\r\n7\r\nversion\r\n8;a=b\r\n: STSv1\n\r\n0\r\n\r\n`),
    response({ body: 'version: STSv1\n' }),
  ],
  [
    'sends chunks and a length',
    answers(`${ok}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n7\r\nversion\r\n0\r\n\r\n`),
    response({ body: 'version' }),
  ],
  [
    'sends chunks without end',
    begins(`${ok}Transfer-Encoding: chunked\r\n\r\n`, (socket) => flood(socket, '1\r\nx\r\n'.repeat(1000))),
    response({ body: longestBody, cut: 'too-long' }),
  ],
  [
    'sends one chunk without end',
    begins(`${ok}Transfer-Encoding: chunked\r\n\r\nffffffff\r\n`, (socket) =>
      flood(socket, 'x'.repeat(16_384)),
    ),
    response({ body: longestBody, cut: 'too-long' }),
  ],
  [
    'has a chunk longer than can be counted',
    answers(`${ok}Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(20)}\r\nx`),
    failed('http', 'garbage'),
  ],
  [
    'has a chunk whose length is no number',
    answers(`${ok}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`),
    failed('http', 'garbage'),
  ],
  [
    'has a chunk extension without end',
    begins(`${ok}Transfer-Encoding: chunked\r\n\r\n1;`, (socket) => flood(socket, 'x'.repeat(4096))),
    failed('http', 'too-much'),
  ],
  [
    'has trailers without end',
    begins(`${ok}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n`, (socket) =>
      flood(socket, 'X: y\r\n'.repeat(100)),
    ),
    failed('http', 'too-much'),
  ],
  [
    'ends within a chunk',
    answers(`${ok}Transfer-Encoding: chunked\r\n\r\nff\r\nversion`),
    response({ body: 'version', cut: 'closed' }),
  ],
  [
    'compresses, which nobody asked for',
    answers(`${ok}Content-Encoding: gzip\r\n\r\n`, gzipSync(policy)),
    response({
      headers: { 'content-type': 'text/plain', 'content-encoding': 'gzip' },
      body: gzipSync(policy).toString('latin1'),
    }),
  ],
  [
    'sends a bomb of ten megabytes in ten kilobytes',
    answers(`${ok}Content-Encoding: gzip\r\n\r\n`, gzipSync(Buffer.alloc(10_000_000))),
    response({ body: gzipSync(Buffer.alloc(10_000_000)).length }),
  ],
];

const cases = [...beforeTls, ...withinTls, ...beforeTheBody, ...theBody];

function networkFor(port: number) {
  return readNetwork({
    DNS_RESOLVERS: '127.0.0.1:1',
    PROBE_ALLOW: '192.0.2.0/24,2001:db8::/32',
    CONNECT_TO: `192.0.2.99:443=127.0.0.1:1,*:443=127.0.0.1:${port}`,
  });
}

async function start(behaviour: HostileHttpsBehaviour): Promise<HostileHttps> {
  const server = await createHostileHttps({ tls: good, ...behaviour });
  servers.add(server);
  return server;
}

async function look(
  server: HostileHttps,
  addresses: readonly string[] = ['192.0.2.10'],
  limits: Partial<PhaseLimits> = {},
  signal = AbortSignal.timeout(30_000),
): Promise<readonly PolicyFetch[]> {
  const door = createDoor(networkFor(server.port));
  return fetchPolicy({ host, addresses, door, signal, limits: { ...phaseLimits, ...limits } });
}

/** As the table says it. */
function summary({ result }: PolicyFetch): Record<string, unknown> {
  if (result.kind !== 'response') return { ...result };
  return { kind: 'response', ...result.response, cut: result.response.cut };
}

describe(`${cases.length} ways to answer`, () => {
  test.concurrent.for(cases.map(([what, behaviour, seen, limits]) => ({ what, behaviour, seen, limits })))(
    '$what',
    async ({ behaviour, seen, limits }, { expect }) => {
      const server = await start(behaviour);
      const startedMs = performance.now();
      const [fetched] = await look(server, ['192.0.2.10'], limits);
      const tookMs = performance.now() - startedMs;
      if (fetched === undefined) throw new Error('no fetch');
      const expected: Record<string, unknown> = { ...seen };
      const told = summary(fetched);
      if (typeof expected.body === 'number') told.body = String(told.body).length;
      expect(told).toMatchObject(expected);
      // Most of it is what the limit of this case takes.
      expect(tookMs).toBeLessThan((limits === undefined ? 0 : shortMs) + slackMs);
      expect(server.requests.length).toBeLessThanOrEqual(1);
      // Nothing is left open.
      await expect.poll(server.open).toBe(0);
    },
  );
});

describe('as a sender asks', () => {
  test('one GET, with the name in SNI, and nothing that a browser would add', async () => {
    const server = await start(answers(`${ok}\r\n${policy}`));
    await look(server);
    expect(server.requests).toEqual([
      `GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: mta-sts-policy-fetch/1.0\r\nAccept: text/plain\r\nConnection: close\r\n\r\n`,
    ]);
    expect(new Set(server.serverNames)).toEqual(new Set([host]));
    // The second is the handshake with TLS 1.2.
    expect(server.connections()).toBe(2);
  });

  test('times are told from the start, and grow', async () => {
    const server = await start({
      answer: (socket) => {
        setTimeout(() => socket.end(`${ok}\r\n${policy}`), 50);
      },
    });
    const [fetched] = await look(server);
    const { connectMs = -1, tlsMs = -1, firstByteMs = -1, totalMs = -1 } = fetched?.timings ?? {};
    expect([0, connectMs, tlsMs, firstByteMs, totalMs].toSorted((one, other) => one - other)).toEqual([
      0,
      connectMs,
      tlsMs,
      firstByteMs,
      totalMs,
    ]);
    expect(firstByteMs - tlsMs).toBeGreaterThanOrEqual(48);
  });
});

describe('versions and certificates', () => {
  const answer = answers(`${ok}\r\n${policy}`);

  test.each([
    ['1.2 and 1.3', {}, 'TLSv1.3', true],
    ['1.2 only', { maxVersion: 'TLSv1.2' }, 'TLSv1.2', true],
    ['1.3 only', { minVersion: 'TLSv1.3' }, 'TLSv1.3', false],
  ] as const)('TLS %s', async (_, versions, protocol, takesTls12) => {
    const server = await start({ ...answer, tls: { ...good, ...versions } });
    const [fetched] = await look(server);
    expect(fetched?.result).toMatchObject({ kind: 'response', tls: { protocol }, takesTls12 });
  });

  test.each([
    ['as it should be', {}, { trust: 'trusted', nameMatches: true }],
    ['for another name', { names: ['other.test'] }, { trust: 'trusted', nameMatches: false }],
    ['for a name in CN alone', { names: [], commonName: host }, { trust: 'trusted', nameMatches: false }],
    ['with a part of a label', { names: ['mta*.victim.test'] }, { nameMatches: false }],
    ['with a wildcard', { names: ['*.victim.test'] }, { trust: 'trusted', nameMatches: true }],
    ['expired', { names: [host], daysLeft: -3 }, { trust: 'trusted', nameMatches: true }],
    ['self-signed', { names: [host], signedBy: 'itself' }, { trust: 'self-signed' }],
    ['of nobody', { names: [host], signedBy: 'unknown-authority' }, { trust: 'unknown-authority' }],
    ['without its intermediate', { names: [host], intermediate: 'missing' }, { trust: 'incomplete' }],
  ] as const)(
    'a certificate %s is told, and the policy is fetched all the same',
    async (_, request, seen) => {
      const server = await start({ ...answer, tls: await certified({ names: [host], ...request }) });
      const [fetched] = await look(server);
      expect(fetched?.result).toMatchObject({ kind: 'response', response: { body: policy }, tls: seen });
    },
  );

  test('a handshake with TLS 1.2 that hangs does not hold the policy up for long', async () => {
    let connections = 0;
    const server = await start({
      ...answer,
      accept: () => {
        connections += 1;
        return connections > 1 ? 'bare' : 'secured';
      },
    });
    const startedMs = performance.now();
    const [fetched] = await look(server);
    expect(connections).toBe(2);
    expect(fetched?.result.kind).toBe('response');
    expect(fetched?.result).not.toHaveProperty('takesTls12');
    expect(performance.now() - startedMs).toBeLessThan(phaseLimits.handshakeMs - slackMs);
  });
});

describe('addresses', () => {
  const answer = answers(`${ok}\r\n${policy}`);
  const kinds = (fetches: readonly PolicyFetch[]) =>
    fetches.map(({ result }) => (result.kind === 'not-measured' ? result.because : result.kind));

  test('each is asked, over its own connection, and told in their order', async () => {
    const server = await start(answer);
    const addresses = ['192.0.2.10', '192.0.2.11', '2001:db8::10', '192.0.2.10'];
    const fetches = await look(server, addresses);
    expect(fetches.map(({ address }) => address)).toEqual(addresses.slice(0, 3));
    expect(kinds(fetches)).toEqual(['response', 'response', 'response']);
    expect(server.requests).toHaveLength(3);
    expect(fetches.map(({ result }) => 'takesTls12' in result)).toEqual([true, false, false]);
  });

  test('all at the same time', async () => {
    let waiting: TLSSocket[] = [];
    const server = await start({
      // Nobody gets an answer before all have asked.
      answer: (socket) => {
        waiting.push(socket);
        if (waiting.length < mostAddresses) return;
        for (const one of waiting) one.end(`${ok}\r\n${policy}`);
        waiting = [];
      },
    });
    const addresses = Array.from({ length: mostAddresses }, (_, index) => `192.0.2.${index + 1}`);
    expect(new Set(kinds(await look(server, addresses)))).toEqual(new Set(['response']));
  });

  test(`at most ${mostAddresses} of them; of the others it is said that they are too many`, async () => {
    const server = await start(answer);
    const addresses = Array.from({ length: 1000 }, (_, index) => `2001:db8::${index + 1}`);
    const seen = kinds(await look(server, addresses));
    expect(seen.slice(0, mostAddresses)).toEqual(Array.from({ length: mostAddresses }, () => 'response'));
    expect(new Set(seen.slice(mostAddresses))).toEqual(new Set(['too-many']));
    expect(server.requests).toHaveLength(mostAddresses);
  });

  test('those that are not public are refused, and the next one has the handshake with TLS 1.2', async () => {
    const server = await start(answer);
    const fetches = await look(server, ['10.0.0.1', '127.0.0.1', '::ffff:127.0.0.1', '192.0.2.10', '::1']);
    expect(fetches.map(({ result }) => ('block' in result ? result.block : result.kind))).toEqual([
      'private use',
      'loopback',
      'IPv4-mapped',
      'response',
      'loopback',
    ]);
    expect(server.requests).toHaveLength(1);
    expect(server.connections()).toBe(2);
    expect(fetches[3]?.result).toMatchObject({ takesTls12: true });
  });

  test('where nobody listens, the connection is refused; the others are none the worse', async () => {
    const server = await start(answer);
    const fetches = await look(server, ['192.0.2.99', '192.0.2.10']);
    expect(fetches[0]?.result).toEqual(failed('connect', 'connection-refused'));
    expect(fetches[1]?.result).toMatchObject({ kind: 'response' });
  });

  test('where this machine has no way to, nothing is said of the host', async () => {
    const network = readNetwork({
      PROBE_ALLOW: '192.0.2.0/24,2001:db8::/32',
      // Broadcast and multicast: over TCP the system refuses both before it sends anything.
      CONNECT_TO: '192.0.2.10:443=255.255.255.255:443,[2001:db8::10]:443=[ff02::1]:443',
    });
    const signal = AbortSignal.timeout(5000);
    const addresses = ['192.0.2.10', '2001:db8::10'];
    const fetches = await fetchPolicy({ host, addresses, door: createDoor(network), signal });
    expect(kinds(fetches)).toEqual(['no-route', 'no-route']);
  });

  // Elsewhere a full queue is answered with a reset.
  test.runIf(process.platform === 'linux')(
    'where nobody takes connections any more, the time for one is the limit',
    async () => {
      const jam = await createJam();
      const network = readNetwork({
        PROBE_ALLOW: '192.0.2.0/24',
        CONNECT_TO: `192.0.2.10:443=127.0.0.1:${jam.port}`,
      });
      const limits = { ...phaseLimits, connectMs: shortMs };
      const signal = AbortSignal.timeout(10_000);
      const addresses = ['192.0.2.10'];
      const [fetched] = await fetchPolicy({ host, addresses, door: createDoor(network), signal, limits });
      await jam.stop();
      expect(fetched?.result).toEqual(failed('connect', 'timeout'));
    },
  );

  test('asked as often as is polite, an address is left alone', async () => {
    const server = await start(answer);
    const door = createDoor(networkFor(server.port));
    for (let count = 0; count < mostConnections; count += 1) door.open('192.0.2.10', 443);
    const signal = AbortSignal.timeout(5000);
    expect(kinds(await fetchPolicy({ host, addresses: ['192.0.2.10'], door, signal }))).toEqual([
      'asked-too-often',
    ]);
    expect(server.connections()).toBe(0);
  });
});

describe('the time of the whole look', () => {
  test.concurrent.for([
    ['over before it begins', { answer: sink }, 0, 'time-is-over'],
    ['over within the handshake', accepts(sink), 200, 'time-is-over'],
    ['over before the answer', { answer: sink }, 200, 'time-is-over'],
    ['over within the header', begins(ok), 200, 'time-is-over'],
  ] as const)('%s: not measured', async ([, behaviour, ms, because], { expect }) => {
    const server = await start(behaviour);
    const startedMs = performance.now();
    const signal = ms === 0 ? AbortSignal.abort() : AbortSignal.timeout(ms);
    const [fetched] = await look(server, ['192.0.2.10'], {}, signal);
    expect(fetched?.result).toEqual({ kind: 'not-measured', because });
    expect(performance.now() - startedMs).toBeLessThan(ms + slackMs);
    await expect.poll(server.open).toBe(0);
  });

  test('over within the body: what has come is told', async () => {
    const over = new AbortController();
    const end = () => setTimeout(() => over.abort(), shortMs);
    const server = await start(begins(`${ok}Content-Length: 1000\r\n\r\n${policy}`, end));
    const [fetched] = await look(server, ['192.0.2.10'], {}, over.signal);
    expect(fetched?.result).toMatchObject({ kind: 'response', response: { body: policy, cut: 'timeout' } });
  });
});
