/** What of a compressed policy is read, and that everybody who reads it reads the same. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { comparePublication } from '../../src/check/compare-publication.ts';
import { type HttpResponse, type Observation, octetsOf } from '../../src/check/observation.ts';
import { contentOf } from '../../src/check/policy-content.ts';
import { judge } from '../../src/check/rule.ts';
import { rules } from '../../src/check/rules/index.ts';
import { readObservation } from '../../src/check/seen.ts';
import { parsePolicy } from '../../src/protocol/mtasts.ts';
import { createPublication } from '../../src/protocol/publication.ts';
import { domain, fetched, healthy, healthyPolicy } from './observations.ts';

function response(body: Uint8Array, encoding?: string): HttpResponse {
  return {
    status: 200,
    headers: encoding === undefined ? {} : { 'content-encoding': encoding },
    body: octetsOf(body),
  };
}

const plain = Buffer.from(healthyPolicy);
const bomb = gzipSync(Buffer.alloc(10_000_000));

describe('the policy is read', () => {
  test.each<[why: string, served: HttpResponse, content: Uint8Array]>([
    ['as it came', response(plain), plain],
    ['as it came, from an encoding that is none', response(plain, 'identity'), plain],
    ['out of gzip', response(gzipSync(plain), 'gzip'), plain],
    ['out of gzip in capital letters', response(gzipSync(plain), ' GZIP '), plain],
    ['out of deflate', response(deflateSync(plain), 'deflate'), plain],
    ['out of br', response(brotliCompressSync(plain), 'br'), plain],
    ['as it came, from an encoding that nobody knows', response(plain, 'zebra'), plain],
    ['as it came, when it is no gzip', response(plain, 'gzip'), plain],
    ['as it came, when it grows beyond what a sender reads', response(bomb, 'gzip'), bomb],
  ])('%s', (_, served, content) => {
    expect(Buffer.from(contentOf(served)).equals(content)).toBe(true);
  });
});

describe('one address that compresses', () => {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-encoding': 'gzip' };
  const mixed: Observation = {
    ...healthy,
    policyHost: {
      ...healthy.policyHost,
      fetches: [fetched('192.0.2.10', gzipSync(plain), { headers }), fetched('2001:db8::10', healthyPolicy)],
    },
  };

  test('serves no other policy', () => {
    const { findings } = judge(rules, readObservation(mixed));
    expect([...new Set(findings.map(({ id }) => id))]).toEqual(['http.content-encoding-unasked']);
  });

  test('serves what was generated', () => {
    const policy = parsePolicy(healthyPolicy).value;
    if (policy === undefined) throw new Error('the healthy policy is not healthy');
    const generated = createPublication({ domain, policy, rua: [], id: '20261101T080000Zab12' }, new Date(0));
    const { steps } = comparePublication(generated, mixed);
    expect(steps.find(({ step }) => step === 'policy')?.state).toBe('done');
  });
});

describe('a compressed file is judged by what is in it:', () => {
  test.each([
    ['a web page', '<!doctype html><title>Not found</title>', 'http.html-body'],
    ['a key in upper case', healthyPolicy.replace('mode', 'MODE'), 'policy.key-case'],
    ['no gzip at all', undefined, 'policy.malformed'],
  ])('%s', (_, text, id) => {
    const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-encoding': 'gzip' };
    const body = text === undefined ? Buffer.from('no gzip') : gzipSync(text);
    const fetches = ['192.0.2.10', '2001:db8::10'].map((address) => fetched(address, body, { headers }));
    const { findings } = judge(
      rules,
      readObservation({ ...healthy, policyHost: { ...healthy.policyHost, fetches } }),
    );
    const errors = findings.filter(({ severity }) => severity === 'error').map((finding) => finding.id);
    expect(errors).toContain(id);
  });
});
