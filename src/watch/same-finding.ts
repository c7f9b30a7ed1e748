/**
 * What makes two findings the same one, which of them may be a passing failure, and which say the same fault in
 * another way. PURE tables; what follows from them is in news.ts.
 */
import type { Report } from '../check/report.ts';
import type { Finding } from '../check/rule.ts';
import { rules } from '../check/rules/index.ts';
import type { FindingKey } from './state.ts';

/** Host names have 253 characters at most; addresses for reports that are longer count as one. */
const longestSubject = 300;

/**
 * What is wrong at the policy host counts as one, whichever of its addresses show it: those of a large host are
 * others at each look.
 */
export function keyOf({ id, subject }: FindingKey): FindingKey {
  return { id, subject: /^(?:host|http)\./.test(id) ? '' : subject.slice(0, longestSubject) };
}

export function textOf({ id, subject }: FindingKey): string {
  return `${id} ${subject}`;
}

/** Stands for the verdict `unknown` among the findings. */
export const unknownId = 'look.unknown';

/**
 * Rests on a connection or a lookup that failed, on a machine that answers differently each time, or on a change
 * that is under way: another look may find it well. A record, policy or certificate that says something wrong is not here.
 */
const mayPass: ReadonlySet<string> = new Set([
  unknownId,
  'txt.servfail',
  // Seen for minutes while keys are rolled.
  'txt.dnssec-bogus',
  // Servers of a zone take a change one after the other.
  'txt.ns-inconsistent',
  // RFC 8461 §8.1 changes file and record one after the other: a look may fall between.
  'txt.id-not-bumped',
  'txt.id-bumped-before-policy',
  'host.port-closed',
  'host.address-broken',
  'host.sni-alert',
  'host.addresses-differ',
  'http.slow',
  'http.incomplete',
  'http.client-blocked',
  'smtp.unreachable',
  'smtp.starttls-missing',
  'smtp.starttls-refused',
  'smtp.tls-handshake',
  'smtp.cert-differs-by-address',
]);

/** Whether it has to be seen by two looks before it is news; `enforce.unsafe-now` as those it follows from. */
export function isUncertain({ id, subject }: Pick<Finding, 'id' | 'subject'>, report: Report): boolean {
  switch (id) {
    case 'http.status':
      return statusesOf(report).every((status) => status >= 500 || status === 429 || status === 408);
    case 'dane.tlsa-mismatch':
      return report.observation.mxHosts.some(({ host, tlsa }) => host === subject && tlsa.kind === 'failed');
    case 'enforce.unsafe-now':
      return report.findings.some((other) => other.area === 'smtp' && mayPass.has(other.id));
    default:
      return mayPass.has(id);
  }
}

function statusesOf({ observation }: Report): readonly number[] {
  return observation.policyHost.fetches.flatMap(({ result }) =>
    result.kind === 'response' && result.response.status !== 200 ? [result.response.status] : [],
  );
}

const quieted = new Map(rules.map(({ id, supersedes, silences }) => [id, { supersedes, silences }]));

/** Findings of which one takes the place of another: why a certificate or a host fails, which MX is not covered. */
const families: readonly RegExp[] = [
  /^host\.cert-/,
  /^smtp\.(?!unreachable|cert-expiring)|^dane\.self-signed-with-sts$/,
  /^smtp\.cert-(?:expiring|expired)$/,
  /^mx\.(?:backup-)?not-covered$/,
];

/** Whether the fault is told by the other finding now: the old one leaves without a word. */
export function isReplacedBy(old: FindingKey, other: FindingKey): boolean {
  const { supersedes = [], silences = [] } = quieted.get(other.id) ?? {};
  if (silences.includes(old.id)) return true;
  // In one text a fault moves from line to line; hosts are things of their own.
  if (old.id === other.id) return /^(?:txt|policy|rpt|mx\.pattern)/.test(old.id);
  if (old.subject !== other.subject) return false;
  return (
    supersedes.includes(old.id) || families.some((family) => family.test(old.id) && family.test(other.id))
  );
}
