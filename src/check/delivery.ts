/**
 * The sender's eye: what a sender that follows RFC 8461 does now with mail to each MX host, and why. It
 * decides the verdict; the rules explain what is to be mended.
 */
import type { HostName } from '../protocol/domain.ts';
import { allows, type Policy } from '../protocol/mtasts.ts';
import { certificateCell, certificateOf, starttlsCell } from './delivery-cells.ts';
import { type DaneState, type HostState, isFault, isRefusedByDane, readHost } from './mx-host.ts';
import { once } from './once.ts';
import type { Seen } from './seen.ts';

/** What becomes of mail that a conforming sender brings to one host. */
export type Outcome =
  /** Delivers over TLS with a verified certificate, as the policy asks (mode enforce) or would ask (testing). */
  | 'delivers-verified'
  /** Mode testing: delivers although something fails, and reports it. */
  | 'delivers-and-reports'
  /** Mode enforce, or DANE, or no address to connect to: does not deliver to this host, and tries the next. */
  | 'skips'
  /** No usable policy: delivers with or without TLS, to whoever answers. */
  | 'delivers-unprotected'
  | 'not-measured';

export interface Delivery {
  readonly host: HostName;
  readonly preference: number;
  readonly outcome: Outcome;
  /** Why, in a whole sentence. */
  readonly because: string;
  /** Whether an mx line matches; undefined without a readable policy. */
  readonly inPolicy: boolean | undefined;
  /** `TLS 1.3`, `not offered`, `refused`, `not measured`: a table's cell. */
  readonly starttls: string;
  /** `valid, 61 days`, `expired 2 days ago`, `other name`, `–`: a table's cell. */
  readonly certificate: string;
}

/** The hosts as a sender reads them, in order of preference. */
export const readHosts = once(({ domain, hosts, now, observation }): readonly HostState[] => {
  const otherNames = [domain, ...hosts.map(({ host }) => host)];
  const { validates } = observation.resolver;
  return hosts.map((host) => readHost(host, { now, domain, validates, otherNames }));
});

/** For each MX host, in order of preference, what a conforming sender does now (RFC 8461 §5). */
export const deliveriesOf = once((seen): readonly Delivery[] =>
  readHosts(seen).map((state) => deliver(seen, state)),
);

function deliver(seen: Seen, state: HostState): Delivery {
  const { host, observation } = state;
  const readable = seen.policy?.value;
  return {
    host,
    preference: observation.preference,
    ...decide(seen.usablePolicy, state, seen.now),
    inPolicy: readable === undefined || readable.mode === 'none' ? undefined : allows(readable, host),
    starttls: starttlsCell(state),
    certificate: certificateCell(state, seen.now),
  };
}

type Decision = Pick<Delivery, 'outcome' | 'because'>;

function decide(policy: Policy | undefined, state: HostState, now: Date): Decision {
  const { host, kind, dane } = state;
  if (kind === 'no-address') {
    return { outcome: 'skips', because: `${host} has no address that a sender can connect to.` };
  }
  if (isRefusedByDane(dane)) {
    return {
      outcome: 'skips',
      because: `${daneWords(host)[dane] ?? ''}, so senders that know DANE refuse it, and MTA-STS does not rescue that.`,
    };
  }
  const plain = state.addresses.map((address) => address.state).find(({ kind }) => kind === 'fails');
  // RFC 7672 §2.2: with secured TLSA records TLS is mandatory, whatever they hold.
  if (dane === 'undecided' && kind === 'fails' && plain?.kind === 'fails') {
    return {
      outcome: 'skips',
      because: `${host} ${failureWords[plain.at]}, and its TLSA records ask for TLS, so senders that know DANE refuse it.`,
    };
  }
  if (policy === undefined || policy.mode === 'none') {
    return {
      outcome: 'delivers-unprotected',
      because:
        policy === undefined
          ? 'There is no policy that a sender could use, so nothing has to be verified.'
          : 'The mode is none, so nothing has to be verified.',
    };
  }
  const failure = failureOf(policy, state, now);
  if (failure !== undefined) {
    return policy.mode === 'enforce'
      ? { outcome: 'skips', because: failure }
      : { outcome: 'delivers-and-reports', because: failure };
  }
  if (kind === 'not-measured') return { outcome: 'not-measured', because: whyNotMeasured(state) };
  return { outcome: 'delivers-verified', because: passing(state) };
}

/** What a sender that honours the policy holds against the host, where that is known. */
function failureOf(policy: Policy, state: HostState, now: Date): string | undefined {
  const { host, kind, addresses, dane } = state;
  if (!allows(policy, host)) return `No mx line matches ${host}.`;
  if (kind !== 'fails') return undefined;
  const fault = addresses.map((address) => address.state).find(isFault);
  switch (fault?.kind) {
    case 'unverified':
      return dane === 'matches'
        ? `The certificate of ${host} satisfies DANE alone: senders without DANE do not take it.`
        : `The certificate of ${host} is not one that a sender takes: ${certificateOf(fault, now)}.`;
    case 'fails':
      return `${host} ${failureWords[fault.at]}.`;
    default:
      return undefined;
  }
}

function daneWords(host: HostName): Readonly<Partial<Record<DaneState, string>>> {
  return {
    mismatches: `No TLSA record of ${host} fits its certificate`,
    'anchor-only': `The TLSA records of ${host} name an authority, and its certificate is out of date or for another name`,
    bogus: `DNSSEC fails for the TLSA records of ${host}`,
  };
}

const failureWords = {
  address: 'has an address that nobody reaches',
  'starttls-missing': 'does not offer STARTTLS',
  'starttls-refused': 'offers STARTTLS and then refuses it',
  tls: 'fails in the TLS handshake',
  'tls-too-old': 'has no TLS version that senders take',
} as const;

function whyNotMeasured({ host, addresses }: HostState): string {
  const reasons = addresses.flatMap(({ state }) => (state.kind === 'not-measured' ? [state.because] : []));
  if (reasons.includes('second-try-differs')) {
    return `${host} failed once and came through a second time, so one try does not tell.`;
  }
  if (reasons.includes('rejects-us')) return `${host} turns this machine away before STARTTLS.`;
  if (reasons.includes('unreachable')) return `${host} could not be reached from here.`;
  if (reasons.length > 0 && reasons.every((reason) => reason === 'no-ipv6')) {
    return `${host} has IPv6 addresses alone, and this machine has no way to them.`;
  }
  return `${host} was not looked at to the end within the time of a look.`;
}

function passing({ host, addresses }: HostState): string {
  const failing = addresses.filter(({ state }) => isFault(state)).length;
  return failing === 0
    ? `${host} offers STARTTLS with a certificate that is valid for it.`
    : `${failing} of ${addresses.length} addresses of ${host} fail; a sender goes on to one that passes.`;
}
