/** A whole look: what it waits for, when it ends, how far it says that it is, and what proves port 25. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProber, observeDomain } from '../../../src/check/probes/observe.ts';
import type { Progress } from '../../../src/check/progress.ts';
import { readRecorded } from '../../../src/check/recorded.ts';
import { readNetwork } from '../../../src/config-network.ts';
import { createInternet, type Internet, trustAuthority } from '../../../src/local/internet/internet.ts';
import type { DomainName } from '../../../src/protocol/domain.ts';

let internet: Internet;

beforeAll(async () => {
  internet = await createInternet();
  trustAuthority(internet);
});

afterAll(() => internet.stop());

/** With no memory of earlier looks. */
function freshProber(env: Readonly<Record<string, string>> = {}) {
  return createProber(readNetwork({ ...internet.env, ...env }));
}

function look(domain: string, options: Parameters<typeof observeDomain>[3] = {}, prober = freshProber()) {
  return observeDomain(domain as DomainName, prober, new Date(), options);
}

describe.concurrent('a look', () => {
  test('is plain JSON, and reads back as it was', async () => {
    const seen = await look('healthy.test');
    const text = JSON.stringify(seen);
    expect(JSON.parse(text)).toEqual(seen);
    expect(readRecorded(text)).toEqual([{ line: 1, observation: { ok: true, value: seen } }]);
  });

  test('says how far it is, and never that it is less far than before', async () => {
    const told: Progress[] = [];
    await look('healthy.test', { onProgress: (progress) => told.push(progress) });
    expect(told.at(-1)).toEqual({
      record: 'done',
      policy: 'done',
      mx: 'done',
      hosts: [
        { host: 'mx1.healthy.test', state: 'done' },
        { host: 'mx2.healthy.test', state: 'done' },
      ],
    });
    const looking = told.map(
      ({ record, policy, hosts }) =>
        [record, policy, ...hosts.map(({ state }) => state)].filter((state) => state === 'looking').length,
    );
    const fromHosts = looking.slice(told.findIndex(({ hosts }) => hosts.length > 0));
    expect(fromHosts).toEqual(fromHosts.toSorted((one, other) => other - one));
  });

  test.for([
    ['no record, no policy, no MX', 'parked.test', { record: 'nothing', policy: 'nothing', mx: 'nothing' }],
    ['a policy that is a redirect', 'redirect.test', { record: 'done', policy: 'failed', mx: 'done' }],
    ['DNS that fails', 'servfail.test', { record: 'failed', mx: 'failed' }],
  ] as const)('of %s ends with that', async ([, domain, last]) => {
    const told: Progress[] = [];
    await look(domain, { onProgress: (progress) => told.push(progress) });
    expect(told.at(-1)).toMatchObject(last);
  });

  test.for([
    ['DNS is silent', 'silent-dns.test'],
    ['the policy host is silent', 'host-silent.test'],
    ['the policy drips', 'drip.test'],
    ['the mail host is silent', 'mx-silent.test'],
  ])('ends with its time when %s', async ([, domain = '']) => {
    const startedMs = performance.now();
    await look(domain, { timeoutMs: 1000 });
    expect(performance.now() - startedMs).toBeLessThan(2500);
  });

  test('ends when it is told to, with what it has, and the rest not measured', async () => {
    const stop = new AbortController();
    const onProgress = ({ policy }: Progress) => {
      if (policy === 'done') stop.abort();
    };
    const seen = await look('mx-silent.test', { signal: stop.signal, onProgress });
    expect(seen.policyHost.fetches[0]?.result.kind).toBe('response');
    expect(seen.mxHosts[0]?.sessions[0]?.result).toEqual({ kind: 'not-measured', because: 'time-is-over' });
  });

  test('with a signal that fired already measures nothing and takes no time', async () => {
    const startedMs = performance.now();
    const seen = await look('healthy.test', { signal: AbortSignal.abort() });
    expect(seen.record.lookup.kind).toBe('not-measured');
    expect(seen.mxHosts).toEqual([]);
    expect(performance.now() - startedMs).toBeLessThan(500);
  });
});

describe.concurrent('port 25', () => {
  const withoutControl = { SMTP_CONTROL_HOST: '' };

  test.for([
    ['a mail host answers', 'healthy.test', withoutControl, 'open'],
    ['a mail host turns us away: that is an answer, too', 'greeting-refuses.test', withoutControl, 'open'],
    ['the one mail host refuses connections', 'mx-closed.test', withoutControl, 'unknown'],
    ['it does, and the control host answers', 'mx-closed.test', {}, 'open'],
    [
      'it does, and so does the control host',
      'mx-closed.test',
      { SMTP_CONTROL_HOST: 'mx.mx-closed.test' },
      'closed',
    ],
    ['there is no mail host', 'null-mx.test', {}, 'unknown'],
  ] as const)('when %s', async ([, domain, env, port25]) => {
    expect((await look(domain, {}, freshProber(env))).port25).toBe(port25);
  });

  test('is open for a domain whose host is silent when that of another answered lately', async () => {
    const prober = freshProber(withoutControl);
    await look('healthy.test', {}, prober);
    expect((await look('mx-closed.test', {}, prober)).port25).toBe('open');
  });
});
