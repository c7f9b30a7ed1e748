/** `mta-sts new` for the domains of the local internet. */
import { afterAll, expect, test } from 'vitest';
import { createInternet } from '../../src/local/internet/internet.ts';
import { json, lintJson, newJson } from './contract.ts';
import { ran } from './ran.ts';

const internet = await createInternet();
afterAll(() => internet.stop());

test.each([
  ['google-style.test', 0],
  ['microsoft-style.test', 0],
  ['microsoft-legacy.test', 0],
  ['moving.test', 0],
  ['implicit-mx.test', 0],
  ['bücher.test', 0],
  ['broken-mx.test', 1],
])('%s', async (domain, expected) => {
  const { code, out, err } = await ran(['new', domain], '', internet.env);
  expect({ code, err }).toEqual({ code: expected, err: '' });
  expect(out).toMatchSnapshot();
});

test.each([
  ['null-mx.test', /takes no mail \(null MX, RFC 7505\).*--mode none/],
  ['parked.test', /neither MX nor address/],
  ['nowhere.invalid', /does not exist in DNS|could not be looked up/],
  ['servfail.test', /SERVFAIL.*--mx HOST/],
  ['refused.test', /refused to answer/],
])('could not look: %s', async (domain, told) => {
  const { code, out, err } = await ran(['new', domain, '--json'], '', internet.env);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err.replaceAll('\n', ' ')).toMatch(told);
});

test.each(['null-mx.test', 'parked.test', 'servfail.test'])('mode none works for %s', async (domain) => {
  const { code, out } = await ran(['new', domain, '--mode', 'none', '--json'], '', internet.env);
  expect(code).toBe(0);
  expect(json(newJson, out)).toMatchObject({
    policy: { body: expect.not.stringContaining('mx:') },
    findings: [],
  });
});

test('a pattern that never matches is an error', async () => {
  const { code, out } = await ran(['new', 'microsoft-style.test', '--mx', '*.mx.microsoft', '--json']);
  expect(code).toBe(1);
  expect(json(newJson, out).findings[0]?.id).toBe('policy.provider-mismatch');
});

test('what it prints, lint finds valid', async () => {
  const { out } = await ran(
    ['new', 'google-style.test', '--rua', 'tls@google-style.test', '--json'],
    '',
    internet.env,
  );
  const { policy, record, tlsRpt } = json(newJson, out);
  for (const [kind, text] of [
    ['--policy', policy.body],
    ['--record', record.value],
    ['--tls-rpt', tlsRpt?.value ?? ''],
  ] as const) {
    const linted = await ran(['lint', kind, '--json'], text);
    expect(linted).toMatchObject({ code: 0, err: '' });
    expect(json(lintJson, linted.out)).toMatchObject({ verdict: 'valid', findings: [] });
  }
});
