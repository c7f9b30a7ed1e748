/**
 * Whether a fault that a look no longer shows is mended, or was only not looked at: a rule that was skipped, a host
 * that did not answer, a file that hides behind another fault prove nothing. PURE.
 */
import { asksForPolicy } from '../check/asked.ts';
import { readHosts } from '../check/delivery.ts';
import { type AddressState, type FailedAt, type HostState, isRefusedAddress } from '../check/mx-host.ts';
import { type DnsLookup, liveHosts, type NotMeasured } from '../check/observation.ts';
import type { Report } from '../check/report.ts';
import { readObservation, type Seen } from '../check/seen.ts';
import { unknownId } from './same-finding.ts';
import type { FindingKey } from './state.ts';

export interface Look {
  readonly report: Report;
  readonly seen: Seen;
  readonly passed: ReadonlySet<string>;
  readonly raised: ReadonlySet<string>;
  readonly skipped: ReadonlyMap<string, string>;
}

export function readLook(report: Report): Look {
  return {
    report,
    seen: readObservation(report.observation),
    passed: new Set(report.passed),
    raised: new Set(report.findings.map(({ id }) => id)),
    skipped: new Map(report.skipped.map(({ id, because }) => [id, because])),
  };
}

/**
 * Of a finding that the look does not show. `mended`: the rule looked at its subject and found nothing, or the
 * subject is gone. `no-rule`: this version has no such rule any more.
 */
export function absenceOf({ id, subject }: FindingKey, look: Look): 'mended' | 'not-measured' | 'no-rule' {
  const { passed, raised, skipped, seen, report } = look;
  if (id === unknownId) return report.verdict === 'unknown' ? 'not-measured' : 'mended';
  const because = skipped.get(id);
  if (because === undefined && !passed.has(id) && !raised.has(id)) return 'no-rule';
  if (ofHosts.test(id) && isHostGone(seen, subject)) return 'mended';
  const measured =
    because === undefined ? isSubjectMeasured({ id, subject }, look) : isWithoutObject(because, id, seen);
  return measured ? 'mended' : 'not-measured';
}

const always = () => true;
const isMxKnown = ({ observation }: Seen) => observation.mx.kind !== 'unknown';
const isPolicyKnown = (seen: Seen) => !asksForPolicy(seen) || seen.usablePolicy !== undefined;

/**
 * Rules are skipped for two reasons: something was not measured, or what they are about is not there, so that the
 * fault cannot be either. These are the latter, where the look really knows so.
 */
export const withoutObject: Readonly<Record<string, (seen: Seen, id: string) => boolean>> = {
  'no record asks for a policy': always,
  'a record stands at the right name': always,
  'a record stands there, or was meant to': always,
  'there is a file at the right place': always,
  'there is no record': always,
  'there is no record to read': always,
  'there is no TLS-RPT record to read': always,
  'there is no valid TLS-RPT record': always,
  'the policy is in mode none': always,
  'the policy is in mode enforce': always,
  'the policy that is served says none': always,
  'the record is no alias': always,
  'the record is not delegated by a CNAME': always,
  'no name server has a record': always,
  'the domain takes no mail': always,
  'the domain has no policy in force': always,
  'no MX host has several addresses': always,
  'the certificate is for a wildcard, and the CAA records are those of the host': always,
  'the domain has no MX host': isMxKnown,
  'no policy in mode enforce is in force': isPolicyKnown,
  'the mode is not none': isPolicyKnown,
  'no policy is served': ({ observation }) =>
    observation.policyHost.fetches.every(({ result }) => result.kind === 'response'),
  'the policy host has no address to try': (seen, id) =>
    id === 'host.private-address' &&
    [seen.observation.policyHost.a, seen.observation.policyHost.aaaa].every(isAnswered),
  // Also what could not be asked is left out there; then nothing of the host was answered.
  'no CAA record was found': ({ observation }) => isAnswered(observation.policyHost.a),
  'no address for reports is known': ({ tlsRpt }) => tlsRpt !== undefined,
  'the record has no https address that DNS tells of': ({ observation }) =>
    observation.tlsRpt.destinations.every(({ addresses }) => addresses === undefined),
  'the MX of no address for reports are known': ({ observation }) =>
    observation.tlsRpt.destinations.every(({ mx }) => mx === undefined),
};

function isWithoutObject(because: string, id: string, seen: Seen): boolean {
  return withoutObject[because]?.(seen, id) === true;
}

/** Where the subject is an MX host. */
const ofHosts =
  /^(?:smtp\.|dane\.(?!partial)|mx\.(?:nxdomain|no-address|private-address|cname|not-covered|backup-not-covered)$)/;

function isHostGone({ observation: { mx } }: Seen, host: string): boolean {
  if (mx.kind === 'unknown' || (mx.kind === 'hosts' && mx.omitted !== undefined)) return false;
  return !liveHosts(mx).some((one) => one.host === host);
}

/** The rule looked at something; whether at this subject, too. */
function isSubjectMeasured({ id, subject }: FindingKey, { seen, report }: Look): boolean {
  const { observation } = seen;
  const [area] = id.split('.');
  switch (area) {
    case 'smtp':
      return isSessionMeasured(id, hostOf(seen, subject));
    case 'dane':
      return isDaneMeasured(id, hostOf(seen, subject));
    case 'host':
    case 'http':
      return !observation.policyHost.fetches.some(({ result }) => isLeftOut(result));
  }
  switch (id) {
    case 'mx.nxdomain':
    case 'mx.no-address':
    case 'mx.private-address':
    case 'mx.cname': {
      const host = hostOf(seen, subject)?.observation;
      return host !== undefined && isAnswered(host.a) && isAnswered(host.aaaa);
    }
    case 'mx.not-covered':
    case 'mx.backup-not-covered':
      // A host that was left out has not been compared.
      return liveHosts(observation.mx).some(({ host }) => host === subject);
    case 'mx.pattern-unregistered':
      return !observation.patternDomains.some(({ lookup }) => isUnanswered(lookup));
    case 'txt.ns-inconsistent':
      return !observation.record.authoritative.some(
        ({ lookup }) => lookup.kind !== 'address-refused' && isUnanswered(lookup),
      );
    case 'rpt.mailbox-undeliverable':
    case 'rpt.https-endpoint': {
      const one = observation.tlsRpt.destinations.find(({ uri }) => uri.startsWith(subject));
      return one === undefined || (one.mx?.kind !== 'unknown' && one.addresses?.kind !== 'failed');
    }
    case 'enforce.unsafe-now':
      return report.deliveries.some(({ outcome }) => outcome !== 'skips' && outcome !== 'not-measured');
    default:
      return true;
  }
}

function hostOf(seen: Seen, name: string): HostState | undefined {
  return readHosts(seen).find(({ host }) => host === name);
}

function isAnswered({ kind }: DnsLookup<unknown>): boolean {
  return kind === 'answered';
}

function isUnanswered(lookup: DnsLookup<unknown>): boolean {
  return lookup.kind === 'failed' || isLeftOut(lookup);
}

/** Left out of this look alone; what no look of this machine reaches would be waited for in vain. */
function isLeftOut(one: NotMeasured | { readonly kind: string }): boolean {
  return 'because' in one && one.because !== 'no-route' && one.because !== 'too-many';
}

// How far a session came, so that a fault further on is known not to be there only where it came past it.

const depths: Readonly<Record<Exclude<FailedAt, 'address'>, number>> = {
  'starttls-missing': 2,
  'starttls-refused': 3,
  tls: 4,
  'tls-too-old': 5,
};
const whole = 6;

const depthNeeded: Readonly<Record<string, number>> = {
  'smtp.unreachable': 1,
  'smtp.cert-differs-by-address': 2,
  'smtp.starttls-missing': 3,
  'smtp.starttls-refused': 4,
  'smtp.tls-handshake': 5,
};

/** Undefined for an address that no look of this machine, or no sender, comes to. */
function depthOf(state: AddressState): number | undefined {
  if (isRefusedAddress(state)) return undefined;
  if (state.kind === 'passes' || state.kind === 'unverified') return whole;
  if ('at' in state) return state.at === 'address' ? undefined : depths[state.at];
  return state.because === 'no-ipv6' ? undefined : state.because === 'rejects-us' ? 1 : 0;
}

/** Told of single addresses, also of a host that passes at another. */
const ofAddresses = /^smtp\.(?:unreachable|cert-differs-by-address|cert-expiring|weak-key|sha1)$/;

function isSessionMeasured(id: string, host: HostState | undefined): boolean {
  if (host === undefined) return false;
  if (host.kind === 'passes' && !ofAddresses.test(id)) return true;
  const reached = host.addresses.flatMap(({ state }) => depthOf(state) ?? []);
  return reached.length > 0 && reached.every((depth) => depth >= (depthNeeded[id] ?? whole));
}

function isDaneMeasured(id: string, host: HostState | undefined): boolean {
  if (host === undefined) return false;
  const { dane, kind, observation } = host;
  if (dane === 'none' || dane === 'insecure') return isAnswered(observation.tlsa);
  switch (id) {
    case 'dane.tlsa-mismatch':
      return dane === 'matches';
    case 'dane.self-signed-with-sts':
      return kind === 'passes' || dane === 'mismatches';
    default:
      return isAnswered(observation.tlsa) && dane !== 'unknown';
  }
}
