/** The local internet as a whole: ready at once, kept on this machine, gone without a trace; and how its servers behave. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { lookupMx } from '../../../src/check/probes/dns.ts';
import { route } from '../../../src/check/probes/network.ts';
import { readNetwork } from '../../../src/config-network.ts';
import { createInternet, trustAuthority } from '../../../src/local/internet/internet.ts';
import { parseRecord } from '../../../src/local/internet/record-data.ts';
import type { Place } from '../../../src/local/internet/scenario.ts';
import { controlHost, surroundings } from '../../../src/local/internet/surroundings.ts';
import type { DomainName } from '../../../src/protocol/domain.ts';
import { get, old, talk } from './visit.ts';

const internet = await createInternet();
const network = readNetwork(internet.env);
trustAuthority(internet);
afterAll(() => internet.stop());

const places: readonly Place[] = [...internet.scenarios, surroundings];

function serverOf(kind: 'web' | 'mail', domain: string, at = 0) {
  const server = places.find((one) => one.domain === domain)?.[kind]?.[at];
  const [address] = server?.addresses ?? [];
  if (server === undefined || address === undefined) throw new Error(`No ${kind} server of ${domain}`);
  return { host: server.host, address };
}

describe('all of it', () => {
  test('is ready within a second', async () => {
    const starts: number[] = [];
    // A machine that is busy with other tests may be slow once, not every time.
    while (starts.length < 5 && !starts.some((readyMs) => readyMs < 1000)) {
      const startedMs = performance.now();
      const another = await createInternet();
      starts.push(performance.now() - startedMs);
      await another.stop();
    }
    const readyMs = Math.min(...starts);
    process.stdout.write(`${internet.scenarios.length} domains ready in ${Math.round(readyMs)} ms\n`);
    expect(readyMs).toBeLessThan(1000);
  });

  test('sends nothing beyond this machine', () => {
    for (const [target, { address }] of network.connectTo) expect(address, target).toBe('127.0.0.1');
    for (const { address } of network.resolvers) expect(address).toBe('127.0.0.1');
    for (const port of [25, 53, 80, 443])
      expect(network.connectTo.has(`*:${port}`), `port ${port}`).toBe(true);
  });

  test('gives each host addresses of its own, and few servers to all', () => {
    expect(network.connectTo.size).toBeGreaterThan(400);
    expect(new Set([...network.connectTo.values()].map(({ port }) => port)).size).toBeLessThan(60);
  });

  test('is trusted by a process that starts with its environment', () => {
    const code = 'process.stdout.write(require("node:tls").getCACertificates("extra").join("\\n"))';
    const { stdout } = spawnSync(process.execPath, ['-e', code], { env: internet.env, encoding: 'utf8' });
    expect(stdout.trim()).toBe(internet.rootPem.trim());
    expect(readFileSync(internet.env.NODE_EXTRA_CA_CERTS, 'utf8')).toBe(internet.rootPem);
  });

  test('ends and leaves nothing behind, even while somebody waits', async () => {
    const another = await createInternet();
    expect(another.env.DNS_RESOLVERS).not.toBe(internet.env.DNS_RESOLVERS);
    const there = readNetwork(another.env);
    const { host, address } = serverOf('web', 'drip.test');
    const waiting = [
      lookupMx('slow-dns.test' as DomainName, there, { timeoutMs: 300 }).then(({ mx }) => mx.kind),
      get(there, address, host).then(({ text }) => text.includes('200 OK')),
    ];
    await another.stop();
    expect(existsSync(another.env.NODE_EXTRA_CA_CERTS)).toBe(false);
    expect(await Promise.all(waiting)).toEqual(['unknown', false]);
  });

  test('two of them have nothing in common', async () => {
    const another = await createInternet({ scenarios: internet.scenarios.slice(0, 2) });
    expect(another.rootPem).not.toBe(internet.rootPem);
    const { host, address } = serverOf('web', 'healthy.test');
    expect(await get(readNetwork(another.env), address, host)).toMatchObject({
      protocol: 'TLSv1.3',
      complaint: 'CERT_SIGNATURE_FAILURE',
    });
    await another.stop();
  });
});

describe('a switch', () => {
  const policyHost = serverOf('web', 'watched.test');
  const mx1 = serverOf('mail', 'watched.test', 0);
  const mx2 = serverOf('mail', 'watched.test', 1);
  const fetchPolicy = () => get(network, policyHost.address, policyHost.host);
  const greet = ({ host, address }: typeof mx1) => talk(network, address, host, ['EHLO a.test', 'STARTTLS']);
  const on = (id: string) => internet.switches.find((each) => each.id === id)?.on;
  afterEach(async () => {
    for (const { id } of internet.switches) await internet.switchFault(id, false);
  });

  test('closes a port and opens the same one again', async () => {
    await internet.switchFault('watched.test/policy-host-down', true);
    expect(await fetchPolicy()).toMatchObject({ protocol: 'ECONNREFUSED', text: '' });
    expect((await greet(mx1)).handshake).toMatchObject({ protocol: 'TLSv1.3' });
    await internet.switchFault('watched.test/policy-host-down', false);
    expect((await fetchPolicy()).text).toContain('200 OK');
  });

  test('ends what is open, and leaves the other hosts alone', async () => {
    const held = await Promise.all(
      [mx1, mx2].map(async ({ address }) => {
        const { address: where, port } = route(network, address, 25);
        const socket = connect(port, where);
        await once(socket, 'data');
        return socket.resume().on('error', () => undefined);
      }),
    );
    await internet.switchFault('watched.test/mx-no-starttls', true);
    const [first, second] = held;
    if (second?.closed === false) await once(second, 'close');
    expect(first?.closed).toBe(false);
    first?.destroy();
    expect((await greet(mx2)).replies.join()).not.toContain('STARTTLS');
  });

  test('says which faults are on, and shows the records as they are', async () => {
    const records = () => internet.scenarios.find(({ domain }) => domain === 'watched.test')?.records ?? [];
    const before = records();
    expect(on('watched.test/record-gone')).toBe(false);
    await internet.switchFault('watched.test/record-gone', true);
    expect(on('watched.test/record-gone')).toBe(true);
    expect(before.filter((line) => !records().includes(line))).toEqual([
      '_mta-sts.watched.test TXT v=STSv1; id=20261101T080000Z;',
    ]);
    await internet.switchFault('watched.test/record-gone', false);
    expect(records()).toEqual(before);
  });

  test('gives a mended host its own certificate back, and another fault does not change one', async () => {
    const certificate = async ({ host, address }: typeof mx1) => {
      const { address: where, port } = route(network, address, 25);
      const socket = connect(port, where);
      await once(socket, 'data');
      for (const command of ['EHLO a.test', 'STARTTLS']) {
        socket.write(`${command}\r\n`);
        await once(socket, 'data');
      }
      const secured = connectTls({ socket, servername: host, rejectUnauthorized: false });
      await once(secured, 'secureConnect');
      const { fingerprint256 } = secured.getPeerCertificate();
      secured.destroy();
      return fingerprint256;
    };
    const well = await certificate(mx1);
    await internet.switchFault('watched.test/mx-cert-expired', true);
    const expired = await certificate(mx1);
    expect(expired).not.toBe(well);
    await internet.switchFault('watched.test/policy-404', true);
    expect(await certificate(mx1)).toBe(expired);
    await internet.switchFault('watched.test/mx-cert-expired', false);
    expect(await certificate(mx1)).toBe(well);
  });

  test('is refused when there is none of the name', async () => {
    await expect(internet.switchFault('healthy.test/record-gone', true)).rejects.toThrow('healthy.test');
  });

  test('is thrown by two at once as by one after the other', async () => {
    const down = 'watched.test/policy-host-down';
    await Promise.all([true, false, true, false, true].map((wanted) => internet.switchFault(down, wanted)));
    expect((await fetchPolicy()).protocol).toBe('ECONNREFUSED');
    await Promise.all([false, true, false].map((wanted) => internet.switchFault(down, wanted)));
    expect((await fetchPolicy()).text).toContain('200 OK');
  });
});

describe('the policy host of a healthy domain', () => {
  const { host, address } = serverOf('web', 'healthy.test');

  test('serves the policy', async () => {
    const { text, ...visit } = await get(network, address, host);
    expect(visit).toEqual({ protocol: 'TLSv1.3', complaint: undefined, sent: 2, end: 'closed' });
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-type: text\/plain\r\n/);
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe(
      'version: STSv1\nmode: enforce\nmx: mx1.healthy.test\nmx: mx2.healthy.test\nmax_age: 2592000\n',
    );
  });

  test('has nothing at any other path', async () => {
    expect((await get(network, address, host, { path: '/mta-sts.txt' })).text).toMatch(/^HTTP\/1\.1 404 /);
  });

  test('knows no other name', async () => {
    const { protocol } = await get(network, address, 'mta-sts.nobody.test');
    expect(protocol).not.toMatch(/^TLS/);
  });
});

describe('on the way to a policy', () => {
  test.each([
    ['cert-expired.test', 'CERT_HAS_EXPIRED', 2],
    ['cert-not-yet-valid.test', 'CERT_NOT_YET_VALID', 2],
    ['cert-name-mismatch.test', 'ERR_TLS_CERT_ALTNAME_INVALID', 2],
    ['cert-self-signed.test', 'DEPTH_ZERO_SELF_SIGNED_CERT', 1],
    ['cert-untrusted.test', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 2],
    ['cert-chain-incomplete.test', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 1],
    ['cert-wrong-eku.test', 'INVALID_PURPOSE', 2],
    // Node is content with both; a sender is not.
    ['cert-cn-only.test', undefined, 2],
    ['cert-partial-wildcard.test', undefined, 2],
  ])('%s: %s', async (domain, complaint, sent) => {
    const { host, address } = serverOf('web', domain);
    const visit = await get(network, address, host);
    expect(visit).toMatchObject({ protocol: 'TLSv1.3', complaint, sent });
    expect(visit.text).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each([
    ['host-unknown-name.test', 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME'],
    ['host-tls10.test', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'],
    ['host-silent.test', 'timeout'],
  ])('%s: no handshake (%s)', async (domain, code) => {
    const { host, address } = serverOf('web', domain);
    expect(await get(network, address, host)).toMatchObject({ protocol: code, text: '' });
  });

  test.each([
    ['host-tls10.test', 'TLSv1.1'],
    ['cert-weak-key.test', 'TLSv1.3'],
  ])('%s: a handshake for whoever takes what is old (%s)', async (domain, protocol) => {
    const { host, address } = serverOf('web', domain);
    expect(await get(network, address, host, old)).toMatchObject({ protocol });
  });

  test('nobody listens where there is no server', async () => {
    const closed = places
      .find(({ domain }) => domain === 'host-closed.test')
      ?.records.map(parseRecord)
      .find(({ type, name }) => type === 'A' && name.startsWith('mta-sts.'));
    const address = closed?.type === 'A' ? closed.data : '';
    expect(await get(network, address, 'mta-sts.host-closed.test')).toMatchObject({
      protocol: 'ECONNREFUSED',
    });
  });

  test('one address of two may be another server', async () => {
    const [good, bad] = [
      serverOf('web', 'host-half-expired.test'),
      serverOf('web', 'host-half-expired.test', 1),
    ];
    expect((await get(network, good.address, good.host)).complaint).toBeUndefined();
    expect((await get(network, bad.address, bad.host)).complaint).toBe('CERT_HAS_EXPIRED');
  });
});

describe('what a policy host sends', () => {
  const visit = async (domain: string, headers = '') => {
    const { host, address } = serverOf('web', domain);
    const { text, end } = await get(network, address, host, { headers });
    const split = text.indexOf('\r\n\r\n');
    return { head: text.slice(0, split), body: text.slice(split + 4), end };
  };

  test.each([
    ['redirect.test', /^HTTP\/1\.1 301 [\s\S]*location: https:\/\/www\.redirect\.test\//],
    ['not-found.test', /^HTTP\/1\.1 404 /],
    ['server-error.test', /^HTTP\/1\.1 500 /],
    ['no-content.test', /^HTTP\/1\.1 204 /],
    ['html.test', /^HTTP\/1\.1 200 [\s\S]*content-type: text\/html/],
    ['odd-charset.test', /^HTTP\/1\.1 200 [\s\S]*charset=utf-16/],
    ['no-type.test', /^HTTP\/1\.1 200 (?![\s\S]*content-type)/],
  ])('%s: %s', async (domain, head) => {
    expect((await visit(domain)).head).toMatch(head);
  });

  test('challenge.test: the policy to browsers only', async () => {
    expect((await visit('challenge.test')).head).toMatch(/ 403 /);
    expect((await visit('challenge.test', 'User-Agent: Mozilla/5.0\r\n')).head).toMatch(/ 200 /);
  });

  test('gzip.test: compressed without being asked', async () => {
    const { head, body } = await visit('gzip.test');
    expect(head).toContain('content-encoding: gzip');
    expect(gunzipSync(Buffer.from(body, 'latin1')).toString()).toContain('mx: mx.gzip.test\n');
  });

  test('too-large.test and large.test: so many octets', async () => {
    expect((await visit('too-large.test')).body).toHaveLength(102_400);
    expect((await visit('large.test')).body).toHaveLength(12_288);
  });

  test('incomplete.test: fewer octets than it says', async () => {
    const { head, body, end } = await visit('incomplete.test');
    expect(Number(/content-length: (\d+)/.exec(head)?.[1])).toBe(body.length + 40);
    expect(end).toBe('closed');
  });

  test('drip.test and slow.test: no end in sight', async () => {
    const [drip, slow] = await Promise.all([visit('drip.test'), visit('slow.test')]);
    expect(drip).toMatchObject({ end: 'timeout' });
    expect(slow).toMatchObject({ head: '', end: 'timeout' });
  });

  test.each([
    ['bom.test', /^\xef\xbb\xbfversion/],
    ['cr-only.test', /^version: STSv1\rmode: enforce\r[^\n]*$/],
    ['nbsp.test', /mode:\xc2\xa0enforce/],
    ['utf16.test', /^\xff\xfev\0e\0/],
  ])('%s: the exact octets', async (domain, body) => {
    expect((await visit(domain)).body).toMatch(body);
  });
});

describe('an MX host', () => {
  const everything = ['EHLO a.test', 'STARTTLS', 'EHLO a.test', 'QUIT'];
  const meet = (domain: string, commands: readonly string[] = everything, tls: Partial<typeof old> = {}) => {
    const { host, address } = serverOf('mail', domain);
    return talk(network, address, host, commands, tls);
  };

  test('speaks SMTP and starts TLS, and offers that no more then', async () => {
    const { replies, handshake } = await meet('healthy.test');
    expect(replies).toEqual([
      '220 mail.provider.test ESMTP',
      expect.stringMatching(
        /^250-mail\.provider\.test\r\n(250-.*\r\n)*250-STARTTLS\r\n(250-.*\r\n)*250 \S+$/,
      ),
      '220 2.0.0 Go ahead',
      expect.not.stringContaining('STARTTLS'),
      '221 2.0.0 Bye',
    ]);
    expect(handshake).toEqual({ protocol: 'TLSv1.3', complaint: undefined, sent: 2 });
  });

  test('shows a certificate to whoever sends no SNI, and each name its own', async () => {
    const { address } = serverOf('mail', 'testing.test');
    const meetAs = async (name: string) => (await talk(network, address, name, everything)).handshake;
    expect(await meetAs('mx.testing.test')).toMatchObject({ complaint: undefined });
    expect(await meetAs('mx.wildcard-cert.test')).toMatchObject({ complaint: undefined });
    expect(await meetAs('')).toMatchObject({ protocol: 'TLSv1.3', sent: 2 });
  });

  test('takes no mail', async () => {
    const { replies } = await meet('healthy.test', ['EHLO a.test', 'MAIL FROM:<a@a.test>', 'NOOP']);
    expect(replies.slice(2)).toEqual(['502 5.5.1 Command not implemented', '250 mail.provider.test']);
  });

  test('hangs up on endless lines', async () => {
    const { replies } = await meet('healthy.test', [`EHLO ${'a'.repeat(4000)}`]);
    expect(replies).toHaveLength(2);
    expect(replies[1]).not.toMatch(/^250/);
  });

  test('that answers always is the one of SMTP_CONTROL_HOST', async () => {
    expect(internet.env.SMTP_CONTROL_HOST).toBe(controlHost);
    expect((await meet('control.test')).replies).toHaveLength(5);
  });

  test.each([
    ['no-starttls.test', ['220', '250', '502']],
    ['starttls-refused.test', ['220', '250', '454']],
    ['greeting-refuses.test', ['554', '503', '503']],
    ['mx-silent.test', ['timeout']],
    ['mx-resets.test', ['220', 'ECONNRESET']],
  ])('%s: %j', async (domain, codes) => {
    const { replies, handshake } = await meet(domain, ['EHLO a.test', 'STARTTLS']);
    const heard = replies.map((text) => (/^\d/.test(text) ? text.slice(0, 3) : text));
    expect(heard.slice(0, codes.length)).toEqual(codes);
    expect(handshake).toBeUndefined();
  });

  test.each([
    ['mx-cert-expired.test', 'CERT_HAS_EXPIRED'],
    ['mx-cert-not-yet-valid.test', 'CERT_NOT_YET_VALID'],
    ['mx-cert-name-mismatch.test', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['mx-cert-self-signed.test', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['mx-cert-untrusted.test', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
    ['mx-cert-chain-incomplete.test', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['mx-cert-wrong-eku.test', 'INVALID_PURPOSE'],
  ])('%s: %s', async (domain, complaint) => {
    expect((await meet(domain)).handshake).toMatchObject({ complaint });
  });

  test('may speak old versions of TLS only, or besides', async () => {
    expect((await meet('mx-tls10.test')).handshake?.protocol).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    expect((await meet('mx-tls10.test', everything, old)).handshake?.protocol).toBe('TLSv1');
    expect((await meet('mx-tls10-also.test')).handshake?.protocol).toBe('TLSv1.2');
  });

  test('has the TLSA record that was published for its key', () => {
    const tlsa = (domain: string) =>
      places
        .find((one) => one.domain === domain)
        ?.records.map(parseRecord)
        .flatMap((record) => (record.type === 'TLSA' ? [record.data.certificate.length] : []));
    expect(tlsa('dane.test')).toEqual([32]);
    expect(tlsa('dane-rollover.test')).toEqual([32, 32]);
  });
});
