/** Incidents for the tests of what Slack shows of alerts: written by hand, so that they do not change with the rules. */
import type { Incident, Json, LookSummary, Watch } from '../../src/store/shapes.ts';
import type { IncidentFinding, IncidentState, MendedFinding } from '../../src/watch/incident-shapes.ts';
import { finding } from './any-reports.ts';
import { alice, domainName } from './slack-world.ts';

const openedAt = new Date('2026-11-23T13:03:00Z');
export const incidentId = '0192f4a0-7c1e-7bb2-9d7e-3f1f6f1c2a10';

export function open(
  id: string,
  severity: IncidentFinding['severity'],
  change: Partial<IncidentFinding> = {},
): IncidentFinding {
  const { area: _area, breaks: _breaks, cite, ...rest } = finding(id, severity);
  const { label, url } = cite;
  return { ...rest, cite: { label, url }, since: openedAt.toISOString(), ...change };
}

export function mended(
  found: IncidentFinding,
  mendedAt: Date = new Date('2026-11-23T16:15:00Z'),
): MendedFinding {
  return { ...found, mendedAt: mendedAt.toISOString() };
}

export const notCovered = open('mx.not-covered', 'error', {
  detail:
    'Senders that honour the policy skip mx3.example.com, and mail waits when mx1 and mx2 are down. No mx line matches it.',
});
export const expired = open('smtp.cert-expired', 'error', {
  title: 'The certificate of an MX host has expired',
  detail: 'Senders that honour the policy skip mx3.example.com. The certificate ended on 2026-11-21.',
  remedy: 'Renew the certificate of mx3.example.com, and let the mail server load it.',
  cite: { label: 'RFC 8461 §4.2', url: 'https://www.rfc-editor.org/rfc/rfc8461#section-4.2' },
});
export const noReports = open('rpt.absent', 'warning', {
  subject: '_smtp._tls.example.com',
  title: 'There is no TLS-RPT record',
  detail: 'Senders cannot tell anybody that TLS fails.',
  remedy:
    'Publish a TXT record at `_smtp._tls.example.com`: `v=TLSRPTv1; rua=mailto:tls-reports@example.com`',
});
export const sixFindings: readonly IncidentFinding[] = [
  notCovered,
  expired,
  open('http.status', 'error', {
    subject: 'mta-sts.example.com',
    title: 'The policy host answers with an error',
    detail: 'No sender can fetch the policy; those with a copy use it until it ends. The answer was 404.',
    remedy: 'Serve the policy with status 200 at `https://mta-sts.example.com/.well-known/mta-sts.txt`.',
  }),
  open('txt.id-charset', 'error', {
    subject: '_mta-sts.example.com',
    title: 'The id of the record has other characters than letters and digits',
    detail: 'Senders do not read the record, so that the domain has no MTA-STS for them.',
    remedy: 'Publish `v=STSv1; id=20261123T162000Zb07d;`',
  }),
  noReports,
  open('mx.cname', 'warning', {
    subject: 'mx2.example.com',
    title: 'An MX host is an alias',
    detail: 'Some senders hold the certificate against the target, and may refuse it.',
    remedy: 'Give mx2.example.com A and AAAA records of its own.',
    unstable: true,
  }),
];

export function state(change: Partial<IncidentState> = {}): IncidentState {
  return {
    version: 1,
    verdict: 'broken',
    verdictBefore: 'enforced',
    open: [notCovered],
    mended: [],
    toldAt: openedAt.toISOString(),
    ...change,
  };
}

export function incident(change: Partial<Incident> = {}, told: IncidentState = state()): Incident {
  return {
    id: incidentId,
    team: 'T0HOME0001',
    domain: domainName('example.com'),
    openedAt,
    closedAt: undefined,
    version: 1,
    state: json(told),
    ...change,
  };
}

export const sentence =
  '1 of 3 mail hosts would be refused by senders that honour the policy (Gmail and Outlook.com do).';

export const summary: LookSummary = { verdict: 'broken', sentence, findings: [] };

export function watch(change: Partial<Watch> = {}): Watch {
  return {
    id: '0192f4a0-7c1e-7bb2-9d7e-3f1f6f1c2a11',
    team: 'T0HOME0001',
    domain: domainName('example.com'),
    conversation: 'C0MAILOPS1',
    owner: alice,
    everyHours: 6,
    createdAt: openedAt,
    paused: undefined,
    ...change,
  };
}

/** As the store keeps it. */
export function json(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}
