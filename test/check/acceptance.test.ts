/** Which known senders take odd input, as it was measured. */
import { describe, expect, test } from 'vitest';
import type { Observation } from '../../src/check/observation.ts';
import { createReport } from '../../src/check/report.ts';
import { senders } from '../../src/check/senders.ts';
import {
  failed,
  fetched,
  healthy,
  healthyPolicy,
  healthyRecord,
  nxdomain,
  testing,
  tls,
  withPolicy,
  withRecords,
} from './observations.ts';
import { off } from './rules/smallest-changes-mx.ts';

function refusing(seen: Observation): string[] {
  return createReport(seen).acceptance.flatMap(({ sender, accepts }) =>
    accepts ? [] : [sender.split(/[ (]/)[0] ?? ''],
  );
}

const [mailauth7, mailauth5] = senders;
const everybody = senders.map((sender) => sender.split(/[ (]/)[0] ?? '');
const snawoot = 'postfix-mta-sts-resolver';
const tlspol = 'postfix-tlspol';
const restMail = 'rest-mail/go-mtasts';

const policy = (from: string | RegExp, to: string) => withPolicy(healthyPolicy.replace(from, to));
const served = (more: Parameters<typeof fetched>[2], body = healthyPolicy): Observation => ({
  ...healthy,
  policyHost: { ...healthy.policyHost, fetches: [fetched('192.0.2.10', body, more)] },
});
const slow = (totalMs: number): Observation => ({
  ...healthy,
  policyHost: {
    ...healthy.policyHost,
    fetches: healthy.policyHost.fetches.map((fetch) => ({ ...fetch, timings: { totalMs } })),
  },
});

describe('what is as it should be', () => {
  test.each([
    ['enforce', healthy],
    ['testing', testing],
    ['CRLF', policy(/\n/g, '\r\n')],
    ['no final newline', policy(/\n$/, '')],
    [
      'version not on the first line',
      withPolicy(`${healthyPolicy.split('\n').slice(1).join('\n')}version: STSv1\n`),
    ],
    ['an unknown field', policy('max_age', 'contact: x\nmax_age')],
    ['mode none with mx', policy('enforce', 'none')],
  ])('everybody takes it: %s', (_, seen) => {
    expect(createReport(seen).acceptance.map(({ accepts }) => accepts)).toEqual(senders.map(() => true));
  });
});

describe('who refuses', () => {
  test.each<[what: string, seen: Observation, by: readonly string[]]>([
    // The record.
    ['another TXT record beside', withRecords(healthyRecord, 'other'), ['maddy', 'KumoMTA']],
    ['a space before the first semicolon', withRecords('v=STSv1 ; id=1;'), ['chasquid']],
    ['an id with a hyphen', withRecords('v=STSv1; id=a-b;'), ['mox', tlspol, restMail]],
    ['an id of 33 characters', withRecords(`v=STSv1; id=${'a'.repeat(33)};`), ['mox', tlspol, restMail]],
    // Not measured, so nobody is said to take it.
    ['no id', withRecords('v=STSv1; other=1;'), everybody],
    ['an empty id', withRecords('v=STSv1; id=;'), everybody],
    ['a field without an equals sign', withRecords('v=STSv1; id=1; foo'), everybody],
    ['a space at the end of the record', withRecords('v=STSv1; id=1 '), ['mox', tlspol]],
    [
      'two records',
      withRecords(healthyRecord, 'v=STSv1; id=2;'),
      everybody.filter((sender) => !['chasquid', 'KumoMTA', 'Stalwart'].includes(sender)),
    ],
    [
      'an alias that leads to nothing',
      {
        ...healthy,
        record: {
          ...healthy.record,
          authoritative: [],
          lookup: nxdomain('_mta-sts.example.com', { aliases: ['gone.example.net'] }),
        },
      },
      everybody,
    ],
    ['quotes in the record', withRecords('"v=STSv1; id=1;"'), everybody],
    // The policy.
    [
      'max_age over the maximum',
      policy('2592000', '31557601'),
      ['mailauth', 'mailauth', snawoot, restMail, 'chasquid'],
    ],
    ['max_age 0', policy('2592000', '0'), [restMail, 'chasquid']],
    [
      'mode none without mx',
      withPolicy('version: STSv1\nmode: none\nmax_age: 86400\n'),
      ['chasquid', 'Stalwart', 'Mimecast'],
    ],
    ['a colon in an unknown field', policy('max_age', 'contact: mailto:a\nmax_age'), ['maddy']],
    ['a blank line', policy('max_age', '\nmax_age'), ['mox', tlspol, 'maddy']],
    ['two final newlines', withPolicy(`${healthyPolicy}\n`), ['mox', tlspol, 'maddy']],
    ['a comment', policy('max_age', '# ours\nmax_age'), ['mox', tlspol, 'maddy', 'KumoMTA']],
    ['a leading space', policy('max_age', ' max_age'), ['mox', tlspol, snawoot, 'maddy']],
    ['a space before the colon', policy('max_age:', 'max_age :'), ['mox', tlspol, snawoot, 'maddy']],
    [
      'a byte order mark',
      withPolicy(`\ufeff${healthyPolicy}`),
      ['mox', tlspol, snawoot, 'maddy', restMail, 'chasquid', 'KumoMTA'],
    ],
    ['a dot at the end of an mx', policy('mx2.example.com', 'mx2.example.com.'), ['mox']],
    ['an mx with an underscore', policy('mx2.example.com', 'mx_2.example.com'), ['mox', tlspol]],
    ['a list in an mx', policy('mx: mx2.example.com', 'mx: a.example.com, b.example.com'), ['mox', tlspol]],
    ['no mode', policy('mode: enforce\n', ''), everybody],
    // How it is served.
    [
      'application/octet-stream',
      served({ headers: { 'content-type': 'application/octet-stream' } }),
      [tlspol, snawoot, 'maddy', restMail, 'chasquid', 'KumoMTA'],
    ],
    ['a redirect', served({ status: 301, headers: { location: 'https://example.com/' } }, ''), everybody],
    ['status 404', served({ status: 404 }, 'not found'), everybody],
    ['a certificate for another name', served({ tls: tls('a.example', { nameMatches: false }) }), everybody],
    ['three seconds', slow(3000), [tlspol]],
    ['five seconds', slow(5000), [tlspol, snawoot]],
    ['eleven seconds', slow(11_000), [tlspol, snawoot, restMail]],
    [
      'TLS 1.3 alone',
      {
        ...healthy,
        policyHost: {
          ...healthy.policyHost,
          fetches: healthy.policyHost.fetches.map((fetch) =>
            fetch.result.kind === 'response'
              ? { ...fetch, result: { ...fetch.result, takesTls12: false } }
              : fetch,
          ),
        },
      },
      ['Mimecast'],
    ],
  ])('%s', (_, seen, by) => {
    expect(refusing(seen)).toEqual(by);
  });

  test('says why, once for each reason', () => {
    const seen = withPolicy(`${healthyPolicy.replace('2592000', '31557601')}\n`);
    const because = Object.fromEntries(createReport(seen).acceptance.map((one) => [one.sender, one.because]));
    expect(because.mox).toEqual(['It drops a policy with an empty line.']);
    expect(because[mailauth7]).toEqual(['It drops a policy with a max_age over 31557600.']);
    expect(because[mailauth5]).toEqual(because[mailauth7]);
    expect(because.Stalwart).toEqual([]);
  });
});

describe('nothing is said', () => {
  test.each([
    ['where nothing is published', off],
    [
      'where DNS does not answer',
      {
        ...healthy,
        record: { ...healthy.record, lookup: failed('_mta-sts.example.com', 'timeout'), authoritative: [] },
      },
    ],
    [
      'where the policy host could not be looked at',
      {
        ...healthy,
        policyHost: {
          ...healthy.policyHost,
          fetches: [
            {
              address: '192.0.2.10',
              timings: { totalMs: 0 },
              result: { kind: 'not-measured', because: 'time-is-over' },
            },
          ],
        },
      } satisfies Observation,
    ],
  ] as const)('%s', (_, seen) => {
    expect(createReport(seen as Observation).acceptance).toEqual([]);
  });
});
