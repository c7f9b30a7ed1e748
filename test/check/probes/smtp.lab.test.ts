/** Sessions with MX hosts that are as they should be, one address after the other, and looks that end before they do. */
import type { TlsOptions } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import type { TlsaRecord } from '../../../src/check/observation.ts';
import { mostAddresses, observeHost, observeSession } from '../../../src/check/probes/smtp.ts';
import { doorTo, type HostileSmtp } from './hostile-smtp.ts';
import {
  address,
  afterMs,
  failed,
  good,
  honest,
  host,
  look,
  lookMs,
  serve,
  stays,
  stopServers,
  upToTls,
} from './smtp-hosts.ts';

afterEach(stopServers);

describe('an honest host', () => {
  test('is seen with greeting, EHLO reply, certificate and times', async () => {
    const server = await serve(honest);
    const session = await look(server);
    expect(session).toMatchObject({
      address,
      greeting: { code: 220, lines: ['mx.victim.test ESMTP'] },
      ehlo: { code: 250, lines: ['mx.victim.test', 'SIZE 1000000', 'STARTTLS', '8BITMIME'] },
      result: {
        kind: 'secured',
        tls: { protocol: 'TLSv1.3', trust: 'trusted', nameMatches: true, chain: [{ dnsNames: [host] }, {}] },
      },
    });
    expect(session.result).not.toHaveProperty('tlsaMatches');
    const { connectMs = Number.NaN, tlsMs = Number.NaN, totalMs } = session.timings;
    expect(0 <= connectMs && connectMs <= tlsMs && tlsMs <= totalMs).toBe(true);
  });

  test('hears EHLO, STARTTLS and, over TLS, QUIT; and nothing of a mail', async () => {
    const server = await serve(honest);
    await look(server);
    await server.idle();
    expect(server.heard).toEqual([['EHLO bot.sender.test', 'STARTTLS', 'QUIT']]);
  });

  test('is asked for by its name', async () => {
    let asked: unknown;
    const server = await serve(async (peer) => {
      await upToTls(peer);
      const SNICallback: TlsOptions['SNICallback'] = (name, callback) => {
        asked = name;
        callback(null);
      };
      await peer.secure({ key: good.key, cert: good.chain, SNICallback });
    });
    await look(server);
    expect(asked).toBe(host);
  });

  test('that does not take its leave is not waited for, and is left all the same', async () => {
    const server = await serve((peer) => stays(peer));
    expect((await look(server)).result.kind).toBe('secured');
    expect(server.open()).toBe(1);
    await server.idle();
  });

  test('shows that port 25 can be reached', async () => {
    const server = await serve(({ say }) => say('554 go away\r\n'));
    const door = doorTo({ [address]: server });
    const request = {
      host,
      door,
      ehloName: 'bot.sender.test',
      tlsa: [],
      signal: AbortSignal.timeout(lookMs),
    };
    await observeSession({ ...request, address: '192.0.2.99' });
    expect(door.port25.answeredLately()).toBe(false);
    await observeSession({ ...request, address });
    expect(door.port25.answeredLately()).toBe(true);
  });
});

describe('an address', () => {
  const request = () => ({
    host,
    ehloName: 'bot.sender.test',
    tlsa: [],
    signal: AbortSignal.timeout(lookMs),
  });

  test('where nobody listens', async () => {
    const session = await observeSession({ ...request(), address, door: doorTo({}) });
    expect(session.result).toEqual(failed('connect', 'connection-refused'));
  });

  test('that is not public is not connected to', async () => {
    const session = await observeSession({ ...request(), address: '127.0.0.1', door: doorTo({}) });
    expect(session.result).toMatchObject({ kind: 'address-refused' });
  });

  test('is tried after the one before, and never beside it', async () => {
    let most = 0;
    const server: HostileSmtp = await serve((peer) => {
      most = Math.max(most, server.open());
      return honest(peer);
    });
    const addresses = ['192.0.2.1', '192.0.2.2', '2001:db8::1'];
    const door = doorTo(Object.fromEntries(addresses.map((one) => [one, server])));
    const sessions = await observeHost({ ...request(), door, addresses });
    expect(sessions.map((session) => session.address)).toEqual(addresses);
    expect(sessions.map(({ result }) => result.kind)).toEqual(['secured', 'secured', 'secured']);
    expect(most).toBe(1);
  });

  test('beyond what one host is given is not tried', async () => {
    const addresses = Array.from({ length: mostAddresses + 2 }, (_, index) => `192.0.2.${index + 1}`);
    const sessions = await observeHost({ ...request(), door: doorTo({}), addresses });
    expect(sessions.map(({ result }) => result.kind)).toEqual([
      ...Array.from({ length: mostAddresses }, () => 'failed'),
      'not-measured',
      'not-measured',
    ]);
  });

  test('fewer are tried where the look has many hosts', async () => {
    const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
    const sessions = await observeHost({ ...request(), door: doorTo({}), addresses, mostAddresses: 2 });
    expect(sessions.map(({ result }) => result.kind)).toEqual(['failed', 'failed', 'not-measured']);
    expect(sessions.at(-1)?.result).toEqual({ kind: 'not-measured', because: 'too-many' });
  });
});

describe('a look that is over', () => {
  test('before it begins opens nothing', async () => {
    const server = await serve(honest);
    const session = await look(server, { signal: AbortSignal.abort() });
    expect(session.result).toEqual({ kind: 'not-measured', because: 'time-is-over' });
    expect(server.heard).toEqual([]);
  });

  test('amid the handshake keeps what was seen until then', async () => {
    const server = await serve(upToTls);
    const session = await look(server, { signal: AbortSignal.timeout(800) });
    expect(session).toMatchObject({
      greeting: { code: 220 },
      ehlo: { code: 250 },
      result: { kind: 'not-measured', because: 'time-is-over' },
    });
  });

  test('amid a goodbye waits for no more of it', async () => {
    const reached = Promise.withResolvers<void>();
    const server = await serve((peer) => stays(peer, reached.resolve));
    const over = new AbortController();
    const session = await look(server, { signal: over.signal });
    await reached.promise;
    over.abort();
    expect(session.result.kind).toBe('secured');
    // A goodbye alone would take a second.
    await Promise.race([server.idle(), afterMs(700)]);
    expect(server.open()).toBe(0);
  });

  test('while TLSA records are on their way leaves them out', async () => {
    const server = await serve(honest);
    const session = await look(server, {
      signal: AbortSignal.timeout(1500),
      tlsa: new Promise(() => undefined),
    });
    expect(session.result.kind).toBe('secured');
    expect(session.result).not.toHaveProperty('tlsaMatches');
  });
});

test('TLSA records are matched, one by one, when they have come', async () => {
  const server = await serve(honest);
  const record: TlsaRecord = { usage: 3, selector: 1, matchingType: 1, data: '00'.repeat(32) };
  const session = await look(server, { tlsa: Promise.resolve([record, { ...record, usage: 1 }]) });
  expect(session.result).toMatchObject({ kind: 'secured', tlsaMatches: [false, false] });
});
