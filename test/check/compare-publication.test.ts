/** What is published against what was generated, one difference at a time. */
import { describe, expect, test } from 'vitest';
import {
  comparePublication,
  type FieldComparison,
  type StepComparison,
} from '../../src/check/compare-publication.ts';
import type { Observation } from '../../src/check/observation.ts';
import type { DomainName } from '../../src/protocol/domain.ts';
import { parsePolicy } from '../../src/protocol/mtasts.ts';
import { createPublication } from '../../src/protocol/publication.ts';
import { parseTypedRua, type Rua } from '../../src/protocol/tlsrpt.ts';
import {
  answer,
  failed,
  fetched,
  healthy,
  healthyPolicy,
  nxdomain,
  tls,
  txt,
  withPolicy,
  withRecords,
} from './observations.ts';

function rua(text: string): Rua {
  const parsed = parseTypedRua(text);
  if (!parsed.ok) throw new Error(parsed.problem.title);
  return parsed.value;
}

const policy = parsePolicy(healthyPolicy).value;
if (policy === undefined) throw new Error('the healthy policy is not healthy');
const generated = createPublication(
  {
    domain: 'example.com' as DomainName,
    policy,
    id: '20261101T080000Zab12',
    rua: [rua('mailto:tls-reports@reports.example')],
  },
  new Date(0),
);

const statesOf = (observation: Observation, wanted = generated) => {
  const { fields, steps, isPublished } = comparePublication(wanted, observation);
  return {
    fields: Object.fromEntries(fields.map(({ field, state }) => [field, state])),
    steps: Object.fromEntries(steps.map(({ step, state }) => [step, state])),
    isPublished,
  };
};

const noTlsRpt = { ...healthy.tlsRpt, lookup: nxdomain<readonly string[]>('_smtp._tls.example.com') };
const policyHost = (change: Partial<Observation['policyHost']>): Observation => ({
  ...healthy,
  policyHost: { ...healthy.policyHost, ...change },
});
const record = (lookup: Observation['record']['lookup']): Observation => ({
  ...healthy,
  record: { ...healthy.record, lookup, authoritative: [] },
});
const [firstFetch, secondFetch] = healthy.policyHost.fetches;
if (firstFetch === undefined || secondFetch === undefined) throw new Error('two addresses serve the policy');

test('the healthy domain publishes what was generated', () => {
  expect(statesOf(healthy)).toEqual({
    fields: { id: 'same', mode: 'same', mx: 'same', max_age: 'same', rua: 'same' },
    steps: { 'policy-host': 'done', certificate: 'done', policy: 'done', record: 'done', 'tls-rpt': 'done' },
    isPublished: true,
  });
});

interface Row {
  readonly observation: Observation;
  readonly fields?: Partial<Record<FieldComparison['field'], FieldComparison['state']>>;
  readonly steps?: Partial<Record<StepComparison['step'], StepComparison['state']>>;
}

/** What differs from the healthy domain; everything else stays the same and done. */
const rows: Readonly<Record<string, Row>> = {
  'another id': {
    observation: withRecords('v=STSv1; id=other1;'),
    fields: { id: 'different' },
    steps: { record: 'different' },
  },
  'no record': {
    observation: record(nxdomain('_mta-sts.example.com')),
    fields: { id: 'absent' },
    steps: { record: 'missing' },
  },
  'two records count as none': {
    observation: withRecords('v=STSv1; id=20261101T080000Zab12;', 'v=STSv1; id=other1;'),
    fields: { id: 'absent' },
    steps: { record: 'missing' },
  },
  'DNS gives no answer for the record': {
    observation: record(failed('_mta-sts.example.com', 'servfail')),
    fields: { id: 'not-measured' },
    steps: { record: 'not-measured' },
  },
  'another mode': {
    observation: withPolicy(healthyPolicy.replace('enforce', 'testing')),
    fields: { mode: 'different' },
    steps: { policy: 'different' },
  },
  'another max_age': {
    observation: withPolicy(healthyPolicy.replace('2592000', '86400')),
    fields: { max_age: 'different' },
    steps: { policy: 'different' },
  },
  'one mx line fewer': {
    observation: withPolicy(healthyPolicy.replace('mx: mx2.example.com\n', '')),
    fields: { mx: 'different' },
    steps: { policy: 'different' },
  },
  'the mx lines in another order': {
    observation: withPolicy(
      'version: STSv1\nmode: enforce\nmx: mx2.example.com\nmx: mx1.example.com\nmax_age: 2592000\n',
    ),
  },
  'lines that end in CR LF': { observation: withPolicy(healthyPolicy.replaceAll('\n', '\r\n')) },
  'a file that is no policy': {
    observation: withPolicy('<html></html>'),
    fields: { mode: 'absent', mx: 'absent', max_age: 'absent' },
    steps: { policy: 'missing' },
  },
  'a policy at one of two addresses': {
    observation: policyHost({ fetches: [firstFetch, fetched('2001:db8::10', 'gone', { status: 404 })] }),
    steps: { policy: 'missing' },
  },
  'an older policy at one of two addresses': {
    observation: policyHost({
      fetches: [firstFetch, fetched('2001:db8::10', healthyPolicy.replace('enforce', 'testing'))],
    }),
    steps: { policy: 'different' },
  },
  'a certificate of another name at one address': {
    observation: policyHost({
      fetches: [
        firstFetch,
        fetched('2001:db8::10', healthyPolicy, { tls: tls('x', { nameMatches: false }) }),
      ],
    }),
    steps: { certificate: 'missing', policy: 'missing' },
  },
  'an address that refuses the connection, beside one that serves': {
    observation: policyHost({
      fetches: [
        firstFetch,
        {
          ...secondFetch,
          result: { kind: 'failed', at: 'connect', problem: 'connection-refused' },
        },
      ],
    }),
    steps: { policy: 'missing' },
  },
  'an address that this machine has no way to, beside one that serves': {
    observation: policyHost({
      fetches: [firstFetch, { ...secondFetch, result: { kind: 'not-measured', because: 'no-route' } }],
    }),
  },
  'no policy host': {
    observation: policyHost({ a: nxdomain('x'), aaaa: nxdomain('x'), fetches: [] }),
    fields: { mode: 'absent', mx: 'absent', max_age: 'absent' },
    steps: { 'policy-host': 'missing', certificate: 'missing', policy: 'missing' },
  },
  'DNS gives no answer for the policy host': {
    observation: policyHost({ a: failed('x', 'timeout'), aaaa: failed('x', 'timeout'), fetches: [] }),
    fields: { mode: 'not-measured', mx: 'not-measured', max_age: 'not-measured' },
    steps: { 'policy-host': 'not-measured', certificate: 'not-measured', policy: 'not-measured' },
  },
  'no TLS-RPT record': {
    observation: { ...healthy, tlsRpt: noTlsRpt },
    fields: { rua: 'absent' },
    steps: { 'tls-rpt': 'missing' },
  },
  'reports to somebody else': {
    observation: {
      ...healthy,
      tlsRpt: { ...noTlsRpt, lookup: txt('_smtp._tls.example.com', 'v=TLSRPTv1; rua=mailto:x@example.com') },
    },
    fields: { rua: 'different' },
    steps: { 'tls-rpt': 'different' },
  },
  'an empty answer for the TLS-RPT record': {
    observation: { ...healthy, tlsRpt: { ...noTlsRpt, lookup: answer('_smtp._tls.example.com', []) } },
    fields: { rua: 'absent' },
    steps: { 'tls-rpt': 'missing' },
  },
};

describe('the healthy domain with', () => {
  test.each(Object.entries(rows))('%s', (_, { observation, fields = {}, steps = {} }) => {
    const same = statesOf(healthy);
    expect(statesOf(observation)).toEqual({
      fields: { ...same.fields, ...fields },
      steps: { ...same.steps, ...steps },
      isPublished: Object.keys(steps).length === 0,
    });
  });
});

test('without generated addresses TLS-RPT is nobody’s business', () => {
  const { fields, steps, isPublished } = statesOf(
    { ...healthy, tlsRpt: noTlsRpt },
    { ...generated, rua: [] },
  );
  expect(fields).not.toHaveProperty('rua');
  expect(steps).not.toHaveProperty('tls-rpt');
  expect(isPublished).toBe(true);
});
