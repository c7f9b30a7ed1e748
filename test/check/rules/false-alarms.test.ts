/** What comes near a finding and must not raise it, and what is raised in whose place. */
import { describe, expect, test } from 'vitest';
import type { DnsLookup, Observation } from '../../../src/check/observation.ts';
import { judge } from '../../../src/check/rule.ts';
import { rules } from '../../../src/check/rules/index.ts';
import { readObservation } from '../../../src/check/seen.ts';
import type { HostName } from '../../../src/protocol/domain.ts';
import {
  answer,
  certificate,
  domain,
  failed,
  fetched,
  healthy,
  healthyPolicy,
  healthyRecord,
  healthyTlsRpt,
  nxdomain,
  testing,
  tls,
  txt,
  withPolicy,
  withRecords,
} from '../observations.ts';
import {
  withCertificate,
  withHeaders,
  withHost,
  withRecord,
  withReports,
  withResponse,
  withResult,
  withSecond,
  withTlsRpt,
} from './smallest-changes-record.ts';

const recordName = `_mta-sts.${domain}`;
const hostName = `mta-sts.${domain}`;
const plain = { 'content-type': 'text/plain; charset=utf-8' };
const page = '<!DOCTYPE html><html><body>Welcome</body></html>';

function judged(observation: Observation) {
  return judge(rules, readObservation(observation));
}

/** No record, and no policy host either. */
const off: Observation = {
  ...withHost({ a: nxdomain(hostName), aaaa: nxdomain(hostName), fetches: [] }),
  record: { ...healthy.record, lookup: nxdomain(recordName), authoritative: [] },
};
const lets = { issuer: "C=US, O=Let's Encrypt, CN=E7" };
const caa = (...values: readonly string[]) => ({
  caa: { name: domain, records: values.map((value) => ({ critical: false, tag: 'issue', value })) },
});

describe('nothing is raised by', () => {
  test.each<[string, Observation]>([
    ['a domain without MTA-STS', off],
    [
      'one whose every name is an alias to its web server',
      {
        ...off,
        record: {
          ...off.record,
          lookup: answer(recordName, [], { aliases: ['www.example.com'] }),
          wildcard: answer(`x7h2k9q4.${domain}`, [], { aliases: ['www.example.com'] }),
        },
        policyHost: {
          ...healthy.policyHost,
          fetches: [fetched('192.0.2.10', page, { status: 404, headers: { 'content-type': 'text/html' } })],
        },
      },
    ],
    [
      'one whose wildcard has a TXT record of something else',
      {
        ...off,
        record: {
          ...off.record,
          lookup: txt(recordName, 'v=spf1 -all'),
          wildcard: txt(`x7h2k9q4.${domain}`, 'v=spf1 -all'),
        },
      },
    ],
    [
      'servers that disagree about the TXT record of a wildcard',
      {
        ...off,
        record: {
          ...off.record,
          authoritative: healthy.record.authoritative.map((server, index) => ({
            ...server,
            lookup: index === 0 ? nxdomain(recordName) : txt(recordName, 'v=spf1 -all'),
          })),
        },
      },
    ],
    [
      'a domain without MTA-STS and without TLS-RPT',
      withTlsRpt({ lookup: nxdomain(`_smtp._tls.${domain}`), destinations: [] }, off),
    ],
    [
      'a removal in good order: no record, the policy says none',
      {
        ...withPolicy('version: STSv1\nmode: none\nmax_age: 86400\n'),
        record: off.record,
      },
    ],
    ['CR LF', withPolicy(healthyPolicy.replaceAll('\n', '\r\n'))],
    ['LF and CR LF together', withPolicy(healthyPolicy.replace('\n', '\r\n'))],
    ['no newline at the end', withPolicy(healthyPolicy.trimEnd())],
    ['spaces at the end of lines', withPolicy(healthyPolicy.replaceAll('\n', '  \n'))],
    ['a space after the last semicolon', withRecords('v=STSv1; id=2026; ')],
    ['no semicolon at the end', withRecords('v=STSv1; id=2026')],
    ['a record of several strings', withRecords(['v=STSv1; id=2026', '1101T080000Z;'])],
    ['max_age 0 in mode none', withPolicy('version: STSv1\nmode: none\nmax_age: 0\n')],
    [
      'mode none without TLS-RPT',
      withTlsRpt(
        { lookup: nxdomain(`_smtp._tls.${domain}`), destinations: [] },
        withPolicy('version: STSv1\nmode: none\nmax_age: 86400\n'),
      ),
    ],
    ['a day in testing', withPolicy(healthyPolicy.replace('enforce', 'testing').replace('2592000', '86400'))],
    ['a week in enforce', withPolicy(healthyPolicy.replace('2592000', '604800'))],
    [
      'a change that a resolver does not know yet',
      withRecord({ lookup: txt(recordName, 'v=STSv1; id=20250101T000000Z;') }),
    ],
    ['a record that is new, and not known to be there yet', withRecord({ lookup: nxdomain(recordName) })],
    [
      'a name server that does not answer',
      withRecord({
        authoritative: healthy.record.authoritative.map((server, index) =>
          index === 0 ? server : { ...server, lookup: failed(recordName, 'timeout') },
        ),
      }),
    ],
    [
      'one that may not be connected to',
      withRecord({
        authoritative: healthy.record.authoritative.map((server, index) =>
          index === 0 ? server : { ...server, lookup: { kind: 'address-refused', block: 'loopback' } },
        ),
      }),
    ],
    [
      'two records in another order at another server',
      withRecord({
        lookup: txt(recordName, healthyRecord),
        wrongNames: [txt(domain, 'v=spf1 -all', healthyTlsRpt)],
      }),
    ],
    [
      'a record that stands at a wrong name as well',
      withRecord({ wrongNames: [txt(domain, healthyRecord)] }),
    ],
    [
      'a delegated record and policy host',
      withHost(
        {
          a: answer(hostName, ['192.0.2.10'], { aliases: ['sts.provider.example'] }),
          aaaa: answer(hostName, ['2001:db8::10'], { aliases: ['sts.provider.example'] }),
        },
        withRecord({
          lookup: { ...txt(recordName, healthyRecord), aliases: ['example-com.sts.provider.example'] },
          authoritative: [],
        }),
      ),
    ],
    ['a resolver that does not answer', withRecord({ lookup: failed(recordName, 'timeout') })],
    [
      'a resolver that fails at everything',
      {
        ...withRecord({ lookup: failed(recordName, 'servfail'), authoritative: [] }),
        resolver: {},
      },
    ],
    [
      'a policy host that DNS does not tell of',
      withHost({ a: failed(hostName, 'timeout'), aaaa: failed(hostName, 'timeout'), fetches: [] }),
    ],
    ['a look whose time was over', withResult({ kind: 'not-measured', because: 'time-is-over' })],
    ['a machine without IPv6', withSecond({ kind: 'not-measured', because: 'no-route' })],
    [
      'different certificates at the addresses, each of them good',
      withHost({
        fetches: [
          fetched('192.0.2.10'),
          fetched('2001:db8::10', healthyPolicy, {
            tls: tls(hostName, { chain: [certificate([hostName], { sha256: 'ef'.repeat(32) })] }),
          }),
        ],
      }),
    ],
    [
      'other line ends at another address',
      withHost({
        fetches: [fetched('192.0.2.10'), fetched('2001:db8::10', healthyPolicy.replaceAll('\n', '\r\n'))],
      }),
    ],
    ['text/plain in capital letters', withHeaders({ 'content-type': 'Text/Plain; Charset="UTF-8"' })],
    ['text/plain alone, of ASCII', withHeaders({ 'content-type': 'text/plain' })],
    ['ASCII under another name of it', withHeaders({ 'content-type': 'text/plain; charset=iso-8859-1' })],
    ['an encoding that is none', withHeaders({ ...plain, 'content-encoding': 'identity' })],
    ['an authority that CAA allows', withHost(caa('letsencrypt.org'), withCertificate(lets))],
    [
      'one that CAA allows with parameters, beside others',
      withHost(caa('pki.goog', 'letsencrypt.org; validationmethods=dns-01'), withCertificate(lets)),
    ],
    ['CAA for an authority that is not known', withHost(caa('digicert.com'))],
    [
      'CAA that tells only where to report',
      withHost(
        {
          caa: { name: domain, records: [{ critical: false, tag: 'iodef', value: 'mailto:a@example.com' }] },
        },
        withCertificate(lets),
      ),
    ],
    [
      'CAA that forbids wildcards alone',
      withHost(
        {
          caa: {
            name: domain,
            records: [
              { critical: false, tag: 'issue', value: 'letsencrypt.org' },
              { critical: false, tag: 'issuewild', value: ';' },
            ],
          },
        },
        withCertificate(lets),
      ),
    ],
    [
      'reports that go to the own domain and to another one',
      withTlsRpt({
        destinations: [
          { uri: `mailto:tls@${domain}`, host: domain as HostName, mx: healthy.mx },
          ...healthy.tlsRpt.destinations,
        ],
      }),
    ],
    [
      'an address for reports that DNS does not tell of',
      withTlsRpt({
        destinations: healthy.tlsRpt.destinations.map((one) => ({
          ...one,
          mx: { kind: 'unknown', problem: 'timeout' },
        })),
      }),
    ],
    ['a TLS-RPT record with a field of the future', withReports(`${healthyTlsRpt}; x=1`)],
    [
      'TLS-RPT that DNS does not tell of',
      withTlsRpt({ lookup: failed(`_smtp._tls.${domain}`, 'timeout') }, testing),
    ],
  ])('%s', (_, observation) => {
    expect(judged(observation).findings).toEqual([]);
  });
});

describe('one fault is told once', () => {
  test.each<[string, Observation, readonly (readonly [id: string, severity: string, subject: string])[]]>([
    [
      'one address of two with an expired certificate',
      withHost({
        fetches: [
          fetched('192.0.2.10'),
          fetched('2001:db8::10', healthyPolicy, {
            tls: tls(hostName, {
              chain: [certificate([hostName], { notAfter: '2026-11-01T00:00:00.000Z' })],
            }),
          }),
        ],
      }),
      [['host.cert-expired', 'warning', '2001:db8::10']],
    ],
    [
      'the IPv4 address broken, so that senders without IPv6 get nothing',
      withHost({
        fetches: [
          {
            address: '192.0.2.10',
            timings: { totalMs: 60 },
            result: { kind: 'failed', at: 'connect', problem: 'timeout' },
          },
          fetched('2001:db8::10'),
        ],
      }),
      [['host.address-broken', 'error', '192.0.2.10']],
    ],
    [
      'a handshake that fails everywhere for no known reason',
      withResult({ kind: 'failed', at: 'tls', problem: 'tls', alert: 'internal_error' }),
      [['host.address-broken', 'error', hostName]],
    ],
    [
      'no HTTP answer behind the handshake',
      withResult({ kind: 'failed', at: 'http', problem: 'timeout', tls: tls(hostName) }),
      [['http.incomplete', 'error', hostName]],
    ],
    [
      'an expired certificate that signed itself for another name: three faults',
      withCertificate(
        { issuer: 'CN=localhost', subject: 'CN=localhost', notAfter: '2026-01-01T00:00:00.000Z' },
        ['localhost'],
        { trust: 'self-signed', nameMatches: false },
      ),
      [
        ['host.cert-expired', 'error', hostName],
        ['host.cert-name-mismatch', 'error', hostName],
        ['host.cert-self-signed', 'error', hostName],
      ],
    ],
    [
      'a large front page for every path',
      withResponse({ headers: { 'content-type': 'text/html' }, cut: 'too-long' }, page.padEnd(70_000)),
      [['http.html-body', 'error', hostName]],
    ],
    [
      'a page of GitHub for a name that nobody claims, with a certificate of GitHub',
      withHost(
        {
          a: answer(hostName, ['192.0.2.10'], { aliases: ['example.github.io'] }),
          aaaa: answer(hostName, ['2001:db8::10'], { aliases: ['example.github.io'] }),
        },
        withResponse(
          {
            status: 404,
            headers: { 'content-type': 'text/html' },
            tls: tls(hostName, { chain: [certificate(['*.github.io'])], nameMatches: false }),
          },
          "<html><p>There isn't a GitHub Pages site here.</p></html>",
        ),
      ),
      [['host.cname-dangling', 'error', hostName]],
    ],
    [
      'a redirect to a place where the policy is',
      withHost(
        {
          followUps: [
            { what: 'domain-itself', url: `https://${domain}/.well-known/mta-sts.txt`, isPolicy: true },
          ],
        },
        withResponse({ status: 302, headers: { location: '/elsewhere' } }, ''),
      ),
      [['http.redirect', 'error', hostName]],
    ],
    [
      'one private address of two',
      withSecond({ kind: 'address-refused', block: 'unique local' }),
      [['host.private-address', 'warning', '2001:db8::10']],
    ],
    [
      'a DMARC record in place of TLS-RPT',
      withReports('v=DMARC1; p=none; rua=mailto:dmarc@example.com'),
      [['rpt.dmarc-tags', 'notice', `_smtp._tls.${domain}`]],
    ],
    [
      'TLS-RPT at a wrong name, in testing',
      withTlsRpt(
        {
          lookup: nxdomain(`_smtp._tls.${domain}`),
          destinations: [],
          wrongNames: [txt(`_smtp-tlsrpt.${domain}`, healthyTlsRpt)],
        },
        testing,
      ),
      [['rpt.wrong-name', 'error', `_smtp-tlsrpt.${domain}`]],
    ],
    [
      'the same fault in three lines',
      withPolicy(healthyPolicy.replaceAll('mx: ', 'mx : ').replace('mode:', 'mode :')),
      [['policy.space-before-colon', 'error', `https://${hostName}/.well-known/mta-sts.txt`]],
    ],
  ])('%s', (_, observation, expected) => {
    const { findings } = judged(observation);
    expect(findings.map(({ id, severity, subject }) => [id, severity, subject])).toEqual(expected);
  });

  test('with its lines and the whole file', () => {
    const [finding] = judged(
      withPolicy(healthyPolicy.replaceAll('mx: ', 'mx : ').replace('mode:', 'mode :')),
    ).findings;
    expect(finding?.detail).toContain(
      'Line 2 is `mode : enforce`. Lines 3 and 4 have a fault of the kind, too.',
    );
    expect(finding?.remedy).toContain(`The whole file:\n${healthyPolicy.trimEnd()}\n`);
    expect(finding?.remedy).toMatch(/\nThen publish the record with a new id: `v=STSv1; id=\w+;`\.$/);
  });

  test('and the whole file with one finding alone', () => {
    const { findings } = judged(
      withPolicy(healthyPolicy.replace('mode', 'Mode').replace('max_age', 'max-age')),
    );
    expect(findings.map(({ id }) => id)).toEqual(['policy.key-case', 'policy.misspelt-key']);
    expect(findings.map(({ remedy }) => remedy.includes('The whole file:'))).toEqual([true, false]);
  });
});

describe('what was not measured is skipped', () => {
  function skippedIn(observation: Observation, id: string): string | undefined {
    return judged(observation).skipped.find((one) => one.id === id)?.because;
  }

  test.each<[string, Observation, readonly string[], string]>([
    [
      'a domain without MTA-STS',
      off,
      ['host.missing', 'host.cert-expired', 'http.status', 'policy.malformed', 'rpt.absent'],
      'no record asks for a policy',
    ],
    [
      'DNS that gives no answer',
      withRecord({ lookup: failed(recordName, 'timeout') }),
      ['txt.malformed', 'txt.servfail', 'host.missing', 'http.status', 'policy.bom'],
      'DNS gave no answer about the record',
    ],
    [
      'a policy host that could not be tried',
      withResult({ kind: 'not-measured', because: 'no-route' }),
      ['host.port-closed', 'host.cert-expired', 'http.status'],
      'no address of the policy host could be tried from here',
    ],
    [
      'a policy that did not come',
      withResponse({ status: 404 }, ''),
      ['policy.malformed', 'mx.pattern-ip'],
      'no policy could be fetched',
    ],
    [
      'an error page',
      withHeaders({ 'content-type': 'text/html' }, page),
      ['policy.malformed', 'policy.missing-mx'],
      'a web page was served instead',
    ],
    ['a policy in its place', healthy, ['http.wrong-place'], 'there is a file at the right place'],
  ])('%s', (_, observation, ids, because) => {
    for (const id of ids) expect(skippedIn(observation, id), id).toBe(because);
  });

  test('and never passed', () => {
    for (const observation of [off, withRecord({ lookup: failed(recordName, 'timeout') })]) {
      const { passed } = judged(observation);
      expect(passed.filter((id) => /^(?:host|http|policy)\./.test(id))).toEqual([]);
    }
  });
});

describe('no answer of DNS is no finding', () => {
  const { record, policyHost, tlsRpt } = healthy;
  const problems = ['timeout', 'refused', 'malformed', 'unreachable'] as const;
  const replaced = <T>(lookup: DnsLookup<T>) =>
    [
      ...problems.map((problem) => failed(lookup.name, problem)),
      { kind: 'not-measured', because: 'time-is-over', name: lookup.name },
    ] as const;
  const cases: readonly (readonly [string, readonly Observation[]])[] = [
    ['the record', replaced(record.lookup).map((lookup) => withRecord({ lookup }))],
    ['the wildcard', replaced(record.wildcard).map((wildcard) => withRecord({ wildcard }))],
    [
      'the name servers',
      replaced(record.lookup).map((lookup) =>
        withRecord({ authoritative: record.authoritative.map((one) => ({ ...one, lookup })) }),
      ),
    ],
    [
      'other names',
      replaced(record.lookup).map((lookup) => withRecord({ wrongNames: [lookup, lookup] }, off)),
    ],
    ['A of the policy host', replaced(policyHost.a).map((a) => withHost({ a }))],
    ['AAAA of the policy host', replaced(policyHost.aaaa).map((aaaa) => withHost({ aaaa }))],
    [
      'A, where there is no AAAA',
      replaced(policyHost.a).map((a) => withHost({ a, aaaa: answer(hostName, []), fetches: [] })),
    ],
    ['TLS-RPT', replaced(tlsRpt.lookup).map((lookup) => withTlsRpt({ lookup, destinations: [] }, testing))],
  ];

  test.each(cases)('%s', (_, observations) => {
    expect(observations.length).toBe(problems.length + 1);
    for (const observation of observations) expect(judged(observation).findings).toEqual([]);
  });
});
