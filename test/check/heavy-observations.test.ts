/**
 * Judging and telling the worst that a look can see takes a fraction of a second: nobody else is served
 * meanwhile. What looking at it costs is in attacks.lab.test.ts.
 */
import { afterAll, expect, test } from 'vitest';
import type { Observation, SmtpSession } from '../../src/check/observation.ts';
import { createReport, reportJson } from '../../src/check/report.ts';
import type { HostName } from '../../src/protocol/domain.ts';
import { reportMessage } from '../../src/slack/blocks/report-message.ts';
import { toldReport } from '../../src/slack/told-report.ts';
import { reportText } from '../../src/terminal/report-text.ts';
import {
  answer,
  certificate,
  domain,
  fetched,
  healthy,
  mxHost,
  session,
  tls,
  txt,
  withPolicy,
  withRecords,
} from './observations.ts';

/** Processor time, which other work on the machine does not lengthen; a quarter of it is what is seen. */
const limitMs = 800;

const many = <T>(count: number, one: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => one(at));
/** Lines of one policy, as many as 64 KB hold, and no more than 40,000. */
function policyOf(line: (at: number) => string): string {
  const lines = ['version: STSv1\nmode: enforce\nmax_age: 604800\n'];
  for (let at = 0, length = lines[0]?.length ?? 0; at < 40_000 && length < 65_536; at += 1) {
    const next = `${line(at)}\n`;
    lines.push(next);
    length += next.length;
  }
  return lines.join('').slice(0, 65_536);
}

const names = many(50, (at) => `mx${at}.example.com` as HostName);
const addresses = many(8, (at) => `198.51.100.${at + 1}`);

function withHosts(result?: (at: number) => SmtpSession['result'], base = healthy): Observation {
  return {
    ...base,
    mx: { kind: 'hosts', hosts: names.map((host, preference) => ({ host, preference })) },
    mxHosts: names.map((host, preference) =>
      mxHost(host, preference, addresses, {
        sessions: addresses.map((address, at) => session(host, address, result?.(at))),
      }),
    ),
  };
}

/** The policy at sixteen addresses, and fifty hosts that are to be held against it. */
function underPolicy(body: (address: number) => string): Observation {
  const base = withPolicy('');
  const fetches = many(16, (at) => fetched(`192.0.2.${at + 1}`, body(at)));
  return withHosts(undefined, { ...base, policyHost: { ...base.policyHost, fetches } });
}

const ownHosts = policyOf((at) => `mx: ${at.toString(36)}.free.example`);
const heaviest = tls('x', {
  nameMatches: false,
  trust: 'unknown-authority',
  chain: [
    certificate(
      many(300, (at) => `${at}.${'y'.repeat(36)}.test`),
      { notAfter: '2020-01-01T00:00:00.000Z', key: { type: 'rsa', bits: 512 } },
    ),
    ...many(9, () => certificate([])),
  ],
});

const heavy: Readonly<Record<string, () => Observation>> = {
  'thousands of patterns of other domains': () =>
    underPolicy(() => policyOf((at) => `mx: ${at.toString(36)}.co`)),
  'thousands of wildcards': () => underPolicy(() => policyOf((at) => `mx: *.${at.toString(36)}.co`)),
  'thousands of wildcards right below what anybody can register': () =>
    underPolicy(() => policyOf((at) => `mx: *.${at.toString(36)}`)),
  'thousands of patterns that nearly fit': () =>
    underPolicy(() => policyOf((at) => `mx: mx${at}.exampel.com`)),
  'thousands of patterns under a free name': () => ({
    ...underPolicy(() => ownHosts),
    patternDomains: [{ domain: 'free.example', lookup: answer('free.example', [], { exists: false }) }],
  }),
  'one pattern thousands of times': () => underPolicy(() => policyOf(() => 'mx: a.co')),
  'another policy at each address': () =>
    underPolicy((address) => policyOf((at) => `mx: ${address}-${at}.co`)),
  'thousands of lines that are none': () => underPolicy(() => policyOf(() => 'x')),
  'thousands of empty lines': () => underPolicy(() => policyOf(() => '')),
  'thousands of fields that nobody knows': () => underPolicy(() => policyOf((at) => `${at}: ${at}`)),
  'thousands of modes': () => underPolicy(() => policyOf(() => 'mode: enforce')),
  'thousands of lines that end with CR': () => underPolicy(() => 'mx: a.co\r'.repeat(7000)),
  'nothing but colons': () => underPolicy(() => ':'.repeat(65_536)),
  'nothing but spaces': () => underPolicy(() => ' '.repeat(65_536)),
  'nothing but NUL': () => underPolicy(() => '\0'.repeat(65_536)),
  'four hundred certificates with three hundred names': () =>
    withHosts(() => ({ kind: 'secured', tls: heaviest })),
  'four hundred long refusals': () =>
    withHosts(() => ({
      kind: 'failed',
      at: 'starttls',
      problem: 'rejected',
      reply: { code: 454, lines: many(100, () => 'z'.repeat(150)) },
    })),
  'four hundred private addresses': () => withHosts(() => ({ kind: 'address-refused', block: 'loopback' })),
  'hundreds of records': () => withRecords(...many(800, (at) => `v=STSv1;id=${at};`)),
  'thousands of fields in one record': () =>
    withRecords(`v=STSv1;${many(3000, (at) => `${at}=1`).join(';')}`),
  'thousands of semicolons': () => withRecords(`v=STSv1${';'.repeat(16_000)}`),
  'thousands of addresses for reports': () => ({
    ...healthy,
    tlsRpt: {
      ...healthy.tlsRpt,
      lookup: txt(`_smtp._tls.${domain}`, `v=TLSRPTv1;rua=${many(1600, () => 'mailto:a@b').join(',')}`),
    },
  }),
  'hundreds of records at wrong names': () => ({
    ...healthy,
    record: {
      ...healthy.record,
      lookup: txt(`_mta-sts.${domain}`),
      authoritative: [],
      wrongNames: many(5, (at) => txt(`w${at}.${domain}`, ...many(600, () => 'v=STSv1; id=1;'))),
    },
  }),
};

const took: string[] = [];

test.each(Object.entries(heavy))('%s', (name, make) => {
  const observation = make();
  const start = process.cpuUsage();
  const report = createReport(observation);
  const judged = cpuMsSince(start);
  const { blocks } = reportMessage(toldReport(report), { token: 'token', all: true });
  const text = reportText(report, { columns: 80, live: false, paint: (_, each) => each, write: () => {} });
  const json = JSON.stringify(reportJson(report));
  const all = cpuMsSince(start);
  took.push(`${String(judged).padStart(4)} ms judged ${String(all).padStart(4)} ms told  ${name}`);
  expect(all).toBeLessThan(limitMs);
  expect(blocks.length).toBeLessThanOrEqual(50);
  expect(text.length).toBeLessThan(100_000);
  expect(json.length).toBeLessThan(10_000_000);
});

function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return Math.round((user + system) / 1000);
}

afterAll(() => {
  process.stdout.write(`${took.join('\n')}\n`);
});
