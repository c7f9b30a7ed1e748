/** Answers and handshakes with wrong octets anywhere in them: always told, never thrown, never for long. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setDefaultCACertificates } from 'node:tls';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createDoor } from '../../../src/check/probes/door.ts';
import { fetchPolicy } from '../../../src/check/probes/https.ts';
import { connectPlainly, problemOf } from '../../../src/check/probes/https-connection.ts';
import { get, longestBody } from '../../../src/check/probes/https-request.ts';
import { readNetwork } from '../../../src/config-network.ts';
import { createAuthority } from '../../../src/local/internet/authority.ts';
import type { HostName } from '../../../src/protocol/domain.ts';
import { runs, seed } from '../../runs.ts';
import { createHostileHttps } from './hostile-https.ts';

const host = 'mta-sts.victim.test' as HostName;
const policy = 'version: STSv1\nmode: enforce\nmx: mx.victim.test\nmax_age: 604800\n';
/** A single try is over at once unless it waits for octets that were lost; then this is the limit. */
const limits = { connectMs: 5000, handshakeMs: 400, answerMs: 400 };
/** Tries that are under way together, so that those that wait do not add up. */
const atOnce = 20;
const stops: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(stops.map((stop) => stop())));

/** An octet at a place of a stream: another one, none, or one more. */
interface Change {
  readonly at: number;
  readonly how: 'replace' | 'drop' | 'insert';
  readonly octet: number;
}

function changes(longest: number): fc.Arbitrary<readonly Change[]> {
  const change = fc.record({
    at: fc.nat(longest),
    how: fc.constantFrom('replace' as const, 'drop' as const, 'insert' as const),
    octet: fc.oneof(fc.nat(255), fc.constantFrom(0, 10, 13, 32, 48, 58, 59, 127, 255)),
  });
  return fc.array(change, { minLength: 1, maxLength: 6 });
}

/** Of a piece of a stream that begins at `from`. */
function changed(bytes: Buffer, from: number, all: readonly Change[]): Buffer {
  const octets: number[] = [];
  bytes.forEach((octet, index) => {
    const change = all.find(({ at }) => at === from + index);
    if (change === undefined) octets.push(octet);
    else if (change.how === 'replace') octets.push(change.octet);
    else if (change.how === 'insert') octets.push(change.octet, octet);
  });
  return Buffer.from(octets);
}

/** A server on loopback, given each connection with its number. */
async function serve(accept: (socket: Socket, index: number) => void): Promise<number> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    accept(socket, connections);
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(async () => {
    const closed = once(server, 'close');
    for (const socket of sockets) socket.destroy();
    server.close();
    await closed;
  });
  return (server.address() as AddressInfo).port;
}

const answers = [
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${policy.length}\r\n\r\n${policy}`,
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1e;x=y\r\n${policy.slice(0, 30)}\r\n5\r\nabcde\r\n0\r\nX: y\r\n\r\n`,
  `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.0 200\r\nServer: x\r\n\r\n${policy}`,
  'HTTP/1.1 301 Moved\r\nLocation: https://victim.test/\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
];

test(`${runs(400, 50_000)} answers with wrong octets`, async () => {
  const waiting: { readonly answer: string; readonly all: readonly Change[]; readonly ends: boolean }[] = [];
  const port = await serve((socket) => {
    const { answer, all, ends } = waiting.shift() ?? { answer: '', all: [], ends: true };
    socket.once('data', () => {
      socket.write(changed(Buffer.from(answer), 0, all));
      if (ends) socket.end();
    });
  });
  const signal = new AbortController().signal;
  const seen = new Set<string>();
  const tries = fc.array(
    fc.record({ answer: fc.constantFrom(...answers), all: changes(200), ends: fc.boolean() }),
    { minLength: atOnce, maxLength: atOnce },
  );
  await fc.assert(
    fc.asyncProperty(tries, async (together) => {
      waiting.push(...together);
      const asked = together.map(async () => {
        const reached = await connectPlainly({ endpoint: { address: '127.0.0.1', port }, signal, limits });
        if (reached.kind !== 'reached') throw new Error(`not reached: ${JSON.stringify(reached)}`);
        return await get(reached.socket, { host, path: '/', headers: {} }, { answerMs: 100, signal });
      });
      for (const answered of await Promise.all(asked)) {
        expect(answered.kind).not.toBe('time-is-over');
        // Thrown where it is not known.
        if (answered.kind === 'broken') expect(problemOf(answered.error)).toEqual({ problem: 'closed' });
        if (answered.kind === 'failed') seen.add(answered.problem);
        if (answered.kind !== 'response') continue;
        const { status, body, headers, cut } = answered.response;
        seen.add(cut === undefined ? 'whole' : `cut: ${cut}`);
        expect(status).toBeGreaterThanOrEqual(100);
        expect(body.length).toBeLessThanOrEqual(longestBody);
        for (const value of Object.values(headers)) expect(value).toMatch(/^[\x20-\x7e\xa0-\xff]*…?$/);
      }
    }),
    { seed, numRuns: Math.ceil(runs(400, 50_000) / atOnce) },
  );
  // The common ways to end were all met.
  const ways = ['whole', 'cut: closed', 'cut: timeout', 'garbage'];
  expect([...seen]).toEqual(expect.arrayContaining(ways));
});

test(`${runs(150, 20_000)} handshakes with wrong octets`, async () => {
  const authority = await createAuthority();
  setDefaultCACertificates([authority.pem]);
  const { key, chain } = await authority.issue({ names: [host] });
  const answer = `HTTP/1.1 200 OK\r\n\r\n${policy}`;
  const servers = await Promise.all(
    (['TLSv1.2', 'TLSv1.3'] as const).map((maxVersion) =>
      createHostileHttps({ tls: { key, cert: chain, maxVersion }, answer: (socket) => socket.end(answer) }),
    ),
  );
  stops.push(...servers.map((server) => server.stop));
  const waiting: { readonly all: readonly Change[]; readonly to: number }[] = [];
  const port = await serve((client) => {
    const { all, to } = waiting.shift() ?? { all: [], to: 0 };
    const server = connect(servers[to]?.port ?? 0, '127.0.0.1');
    let passed = 0;
    server.on('error', () => client.destroy());
    server.on('data', (bytes: Buffer) => {
      client.write(changed(bytes, passed, all));
      passed += bytes.length;
    });
    server.on('end', () => client.end());
    client.pipe(server);
    client.on('close', () => server.destroy());
  });
  const network = readNetwork({ PROBE_ALLOW: '2001:db8::/32', CONNECT_TO: `*:443=127.0.0.1:${port}` });
  const door = createDoor(network);
  const seen = new Set<string>();
  let address = 0;
  const tries = fc.array(fc.record({ all: changes(2500), to: fc.nat(1) }), {
    minLength: atOnce,
    maxLength: atOnce,
  });
  await fc.assert(
    fc.asyncProperty(tries, async (together) => {
      waiting.push(...together);
      const fetches = together.map(async () => {
        address += 1;
        const addresses = [`2001:db8::${address.toString(16).replace(/(.{1,4})(?=(.{4})+$)/g, '$1:')}`];
        const signal = AbortSignal.timeout(10_000);
        return await fetchPolicy({ host, addresses, door, signal, limits });
      });
      for (const [fetched] of await Promise.all(fetches)) {
        expect(['response', 'failed']).toContain(fetched?.result.kind);
        if (fetched?.result.kind === 'failed') seen.add(`${fetched.result.at} ${fetched.result.problem}`);
        else if (fetched?.result.kind === 'response')
          expect(fetched.result.tls.chain.length).toBeGreaterThan(0);
      }
      waiting.length = 0;
    }),
    { seed, numRuns: Math.ceil(runs(150, 20_000) / atOnce) },
  );
  expect([...seen]).toEqual(expect.arrayContaining(['tls tls', 'tls garbage']));
});
