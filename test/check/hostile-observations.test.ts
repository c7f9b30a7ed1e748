/**
 * Whatever stands in any text field of an observation, what is told of it in Slack, in the terminal and as JSON
 * mentions nobody, links nowhere and steers no screen. Texts in single places, and what rules say of them, are
 * in rules/hostile-texts.test.ts.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Observation } from '../../src/check/observation.ts';
import { createReport, type Report, reportJson } from '../../src/check/report.ts';
import { checkMessage } from '../../src/local/slack/block-kit.ts';
import type { HostName } from '../../src/protocol/domain.ts';
import { reportMessage } from '../../src/slack/blocks/report-message.ts';
import { toldReport } from '../../src/slack/told-report.ts';
import type { Screen } from '../../src/terminal/layout.ts';
import { jsonLine } from '../../src/terminal/plain-text.ts';
import { reportText } from '../../src/terminal/report-text.ts';
import { anyCharacter } from '../characters.ts';
import { runs, seed } from '../runs.ts';
import {
  answer,
  certificate,
  domain,
  failed,
  fetched,
  healthy,
  healthyPolicy,
  healthyRecord,
  mxHost,
  session,
  testing,
  tls,
  txt,
  withPolicy,
  withRecords,
} from './observations.ts';

const host = `mta-sts.${domain}`;

/** Everything that can be wrong beside each other. */
const ill: Observation = {
  ...healthy,
  record: {
    ...healthy.record,
    lookup: { ...txt(`_mta-sts.${domain}`, healthyRecord, 'v=STSv1; id=2;'), aliases: ['a.example.net'] },
    authoritative: [
      { nameServer: 'ns1.example.net', address: '192.0.2.1', lookup: txt('x', 'v=STSv1; id=3;') },
      {
        nameServer: 'ns2.example.net',
        address: '192.0.2.2',
        lookup: failed('x', 'servfail', { extendedError: { code: 9, text: 'DNSKEY missing' } }),
      },
      {
        nameServer: 'ns3.example.net',
        address: '10.0.0.1',
        lookup: { kind: 'address-refused', block: 'private use' },
      },
    ],
    wildcard: txt('r4nd0m.example.com', 'v=spf1 -all'),
    wrongNames: [txt(domain, healthyRecord)],
    parent: txt('_mta-sts.example.org', healthyRecord),
  },
  policyHost: {
    ...healthy.policyHost,
    a: answer(host, ['192.0.2.10'], { aliases: ['sts.example.net'] }),
    caa: { name: domain, records: [{ critical: true, tag: 'issue', value: 'ca.example' }] },
    fetches: [
      fetched('192.0.2.10', '<html>sign in</html>', {
        status: 302,
        headers: { 'content-type': 'text/html; charset=x', location: 'https://example.org/', server: 'x' },
        tls: tls(host, {
          trust: 'invalid',
          nameMatches: false,
          chain: [certificate(['www.example.com'], { notAfter: '2026-01-01T00:00:00.000Z' })],
        }),
      }),
      fetched('192.0.2.11', healthyPolicy, {
        headers: { 'content-type': 'text/x', 'content-encoding': 'br' },
      }),
      {
        address: '192.0.2.12',
        timings: { totalMs: 1 },
        result: { kind: 'failed', at: 'tls', problem: 'tls', alert: 'unrecognized_name' },
      },
      {
        address: '10.0.0.2',
        timings: { totalMs: 0 },
        result: { kind: 'address-refused', block: 'private use' },
      },
    ],
    followUps: [
      { what: 'plain-http', url: `http://${host}/`, status: 200, contentType: 'text/plain', isPolicy: true },
      { what: 'domain-itself', url: `https://${domain}/`, status: 200, isPolicy: true },
    ],
  },
  mx: {
    kind: 'hosts',
    hosts: [
      { preference: 10, host: 'mx1.example.com' as HostName },
      { preference: 20, host: 'mx2.example.com' as HostName },
    ],
    unusable: [{ preference: 5, name: 'm\\000x', why: 'has characters that no host name has' }],
  },
  mxHosts: [
    mxHost('mx1.example.com', 10, ['192.0.2.11', '192.0.2.12', '192.0.2.13', '192.0.2.14'], {
      a: answer('mx1.example.com', ['192.0.2.11'], { aliases: ['mail.example.net'] }),
      sessions: [
        session('mx1.example.com', '192.0.2.11', {
          kind: 'failed',
          at: 'starttls',
          problem: 'rejected',
          reply: { code: 454, lines: ['TLS not available', 'today'] },
        }),
        session('mx1.example.com', '192.0.2.12', {
          kind: 'failed',
          at: 'greeting',
          problem: 'rejected',
          reply: { code: 554, lines: ['Go away'] },
        }),
        session('mx1.example.com', '192.0.2.13', {
          kind: 'failed',
          at: 'tls',
          problem: 'tls',
          alert: 'handshake_failure',
        }),
        session('mx1.example.com', '10.0.0.3', { kind: 'address-refused', block: 'private use' }),
      ],
    }),
    mxHost('mx2.example.com', 20, ['192.0.2.15'], {
      sessions: [
        session('mx2.example.com', '192.0.2.15', {
          kind: 'secured',
          tls: tls('mx2.example.com', {
            trust: 'unknown-authority',
            nameMatches: false,
            chain: [
              certificate(['*.example.net'], { signatureAlgorithm: 'sha1WithRSAEncryption' }),
              certificate([], { subject: 'CN=Intermediate', notAfter: '2020-01-01T00:00:00.000Z' }),
            ],
          }),
        }),
      ],
    }),
  ],
  tlsRpt: {
    lookup: txt(`_smtp._tls.${domain}`, 'v=TLSRPTv1; rua=mailto:a@example.com,https://example.org/x'),
    wrongNames: [txt(`_smtp-tlsrpt.${domain}`, 'v=TLSRPTv1; rua=x')],
    destinations: [
      { uri: 'mailto:a@example.com', host: 'example.com' as HostName, mx: { kind: 'nxdomain' } },
      { uri: 'https://example.org/x', host: 'example.org' as HostName, addresses: answer('example.org', []) },
    ],
  },
  patternDomains: [
    { domain: 'unregistered.example', lookup: answer('unregistered.example', [], { exists: false }) },
  ],
};

const shapes: readonly Observation[] = [
  healthy,
  testing,
  ill,
  withPolicy(healthyPolicy.replace('mx1', 'mx9'), ill),
  withRecords('v=STSv1; id=a b'),
  {
    ...ill,
    record: {
      ...ill.record,
      lookup: failed(`_mta-sts.${domain}`, 'servfail', { extendedError: { code: 6, text: 'bogus' } }),
    },
  },
  { ...ill, policyHost: { ...ill.policyHost, fetches: ill.policyHost.fetches.slice(1) } },
  { ...ill, policyHost: { ...ill.policyHost, fetches: ill.policyHost.fetches.slice(2) } },
];

/** Words of our own, instants, and names that were parsed: no remote writes these. */
const ours: ReadonlySet<string> = new Set([
  'kind',
  'domain',
  'startedAt',
  'problem',
  'because',
  'at',
  'trust',
  'what',
  'again',
  'cut',
  'notBefore',
  'notAfter',
  'olderProtocol',
  'protocol',
  'port25',
  'sha256',
  'host',
  'address',
]);

/** Names out of DNS: dns-wire.ts writes what is no printable ASCII as in zone files. */
const wireNames: ReadonlySet<string> = new Set(['aliases', 'nameServer', 'name']);

const hostile = fc.oneof(
  fc.constantFrom(
    '<!channel>',
    '<!here|here>',
    '<@U024BE7LH>',
    '<#C0GENERAL>',
    '<https://evil.example|example.com>',
    '<!subteam^S1>',
    '<!date^1^{date}|x>',
    '&lt;!channel&gt;',
    '`</!channel>`',
    '```\n<!everyone>\n```',
    '*b* _i_ ~s~ :siren:',
    '> q\n',
    '\u001b[2J\u001b]0;owned\u0007',
    '\u009b31m',
    '\r\n',
    '\u0000',
    '\b\b',
    '\u202egpj\u202c',
    '\u2066',
    '\u200b',
    '\u2028',
    '\ufeff',
    '\ud800',
    '\u{e0041}',
    '`',
    '``',
    'https://evil.example/',
    'mailto:x@y',
    '\u0301'.repeat(40),
    'x'.repeat(3000),
    '"',
    "'",
    '\\',
    '; ',
    ', ',
    '|',
    '\t',
  ),
  fc.string({ unit: anyCharacter, maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);
/** The text itself is kept half of the time, so that what comes after it is judged, too. */
const change = fc.record({
  text: hostile,
  how: fc.constantFrom('keep', 'keep', 'before', 'after', 'within', 'instead'),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(value: string, { text, how }: Change): string {
  const middle = Math.floor(value.length / 2);
  if (how === 'before') return text + value;
  if (how === 'after') return value + text;
  if (how === 'within') return value.slice(0, middle) + text + value.slice(middle);
  return how === 'instead' ? text : value;
}

/** Every text of others in the value, changed by the next of the changes. */
function infest(value: unknown, next: () => Change, key = ''): unknown {
  if (typeof value === 'string') {
    if (ours.has(key)) return value;
    const text = changed(value, next());
    return wireNames.has(key) ? text.replaceAll(/[^!-~]/g, '\\000') : text;
  }
  if (Array.isArray(value)) return value.map((one) => infest(one, next, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, one]) => [
      field,
      // What we asked for is ours; an MX that names no host is not.
      field === 'name' && !('why' in value) ? one : infest(one, next, field),
    ]),
  );
}

const infested = fc
  .record({ shape: fc.constantFrom(...shapes), changes: fc.array(change, { minLength: 1, maxLength: 40 }) })
  .map(({ shape, changes }): Observation => {
    let at = 0;
    const next = () => changes[at++ % changes.length] ?? { text: '', how: 'keep' as const };
    return infest(shape, next) as Observation;
  });

const invisible = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\n]]/v;
/** The top-level text and every mrkdwn may hold these, which we write. */
const ownParts =
  /^<(?:!date\^\d+\^\{date_short_pretty\} \{time\}\|[-0-9: ]+ UTC|https:\/\/www\.rfc-editor\.org\/[^<>|]*\|[^<>]*)>$/;

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}

function mrkdwnOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(mrkdwnOf);
  return 'type' in value && value.type === 'mrkdwn' && 'text' in value
    ? [String(value.text), ...inner]
    : inner;
}

function linksOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'url' in value && typeof value.url === 'string' ? [value.url] : [];
  return [...own, ...Object.values(value).flatMap(linksOf)];
}

function expectHarmlessInSlack(report: Report, all: boolean): void {
  const message = reportMessage(toldReport(report), { token: 'token', all });
  expect(checkMessage(message)).toEqual([]);
  for (const text of [message.text, ...mrkdwnOf(message.blocks)]) {
    const parts = text.match(/<[^>]*>?/g) ?? [];
    expect(parts.filter((part) => !ownParts.test(part))).toEqual([]);
    expect(text.replaceAll(/<[^<>]*>/g, '')).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/);
  }
  expect(linksOf(message.blocks).filter((url) => !url.startsWith('https://www.rfc-editor.org/'))).toEqual([]);
  expect(stringsOf(message).filter((text) => invisible.test(text))).toEqual([]);
}

/** Ours alone: what others write never has an escape left. */
const colour = '\u001b[1;7m';

function screen(columns: number): Screen {
  return {
    columns,
    live: false,
    write: () => {},
    paint: (_, text) => colour + text + colour,
  };
}

function expectHarmlessInTerminal(report: Report, columns: number): void {
  const painted = reportText(report, screen(columns));
  const text = painted.replaceAll(colour, '');
  expect(text).not.toMatch(invisible);
  // Texts to copy stay whole: indented further than sentences, one word, or one code span.
  const wide = text
    .split('\n')
    .filter((line) => line.length > columns && !/^ *[^ ]+$|^ {13}[^ ]|`/.test(line));
  expect(wide).toEqual([]);
}

function expectHarmlessAsJson(report: Report): void {
  const line = jsonLine(reportJson(report));
  expect(line.indexOf('\n')).toBe(line.length - 1);
  expect(line).not.toMatch(invisible);
  expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(reportJson(report))));
}

test('whatever stands in every field', () => {
  fc.assert(
    fc.property(infested, fc.boolean(), fc.integer({ min: 40, max: 100 }), (observation, all, columns) => {
      const report = createReport(observation);
      expectHarmlessInSlack(report, all);
      expectHarmlessInTerminal(report, columns);
      expectHarmlessAsJson(report);
    }),
    { numRuns: runs(100, 20_000), seed },
  );
});
