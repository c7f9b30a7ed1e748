/**
 * The ways that a look takes out of this machine, and what it met on each: PURE. Whose fault it is that nobody answers
 * is judged in own-network.ts.
 */
import type {
  DnsLookup,
  MxHostObservation,
  NotMeasured,
  Observation,
  PolicyFetch,
  SmtpSession,
  SocketProblem,
} from '../check/observation.ts';
import { registrableDomain } from '../protocol/registrable-domain.ts';

/** Each can fail alone: firewalls close ports, and IPv6 breaks without IPv4. */
export const ways = ['dns', 'https-ipv4', 'https-ipv6', 'smtp-ipv4', 'smtp-ipv6'] as const;
export type Way = (typeof ways)[number];

export interface Met {
  /**
   * `reached`: somebody answered, whatever was said. `failed`: nobody did, and not an octet came. `held`: it failed,
   * and was taken to be the fault of this machine's network.
   */
  readonly outcome: 'reached' | 'failed' | 'held';
  /**
   * Who is there: networks of addresses, and domains of hosts. Two domains that have one of them in common may fall
   * silent together, and are one piece of evidence.
   */
  readonly providers: ReadonlySet<string>;
}

/** Of this look alone: what an earlier one saw of the MX hosts is left out. Ways that it did not take are absent. */
export function metOn(observation: Observation): ReadonlyMap<Way, Met> {
  const met = new Map<Way, Met>();
  for (const way of ways) {
    const outcomes = new Set(outcomesOf(observation, way));
    const outcome = (['reached', 'failed', 'held'] as const).find((one) => outcomes.has(one));
    if (outcome !== undefined) met.set(way, { outcome, providers: providersOf(observation, way) });
  }
  return met;
}

/** What failed on these ways is not measured: nothing follows from it, neither that it is so nor that it is mended. */
export function withoutFailures(observation: Observation, failed: ReadonlySet<Way>): Observation {
  const { record, policyHost, mxHosts, tlsRpt } = observation;
  const hold = (way: Way) => failed.has(way);
  const lookup = <T>(one: DnsLookup<T>): DnsLookup<T> =>
    hold('dns') && one.kind === 'failed' ? { ...held, name: one.name } : one;
  return {
    ...observation,
    record: { ...record, lookup: lookup(record.lookup), wildcard: lookup(record.wildcard) },
    policyHost: {
      ...policyHost,
      a: lookup(policyHost.a),
      aaaa: lookup(policyHost.aaaa),
      fetches: policyHost.fetches.map((fetch) =>
        isSilentFetch(fetch) && hold(wayTo('https', fetch)) ? { ...fetch, result: held } : fetch,
      ),
    },
    mxHosts: mxHosts.map((host) => ({
      ...host,
      a: lookup(host.a),
      aaaa: lookup(host.aaaa),
      tlsa: lookup(host.tlsa),
      sessions: host.sessions.map((session) =>
        isOfThisLook(host) && isSilentSession(session) && hold(wayTo('smtp', session))
          ? { ...session, result: held }
          : session,
      ),
    })),
    tlsRpt: { ...tlsRpt, lookup: lookup(tlsRpt.lookup) },
  };
}

const held: NotMeasured = { kind: 'not-measured', because: 'own-network' };

type Outcome = Met['outcome'] | undefined;

function outcomesOf({ record, policyHost, mxHosts }: Observation, way: Way): readonly Outcome[] {
  // A name that nobody asked for before: no cache has it, so that its answer comes from outside.
  if (way === 'dns') return [lookupOutcome(record.wildcard)];
  const [protocol] = way.split('-');
  return protocol === 'https'
    ? policyHost.fetches
        .filter((fetch) => wayTo('https', fetch) === way)
        .map((fetch) => outcomeOf(fetch.result, isSilentFetch(fetch)))
    : mxHosts
        .filter(isOfThisLook)
        .flatMap(({ sessions }) => sessions.filter((session) => wayTo('smtp', session) === way))
        .map((session) => outcomeOf(session.result, isSilentSession(session)));
}

function lookupOutcome(lookup: DnsLookup<unknown>): Outcome {
  if (lookup.kind === 'answered') return 'reached';
  if (lookup.kind === 'not-measured') return lookup.because === 'own-network' ? 'held' : undefined;
  // The zone answers, and is signed wrong; what is malformed has come from somewhere as well.
  return lookup.bogus === true || lookup.problem === 'malformed' ? 'reached' : 'failed';
}

function outcomeOf(result: PolicyFetch['result'] | SmtpSession['result'], isSilent: boolean): Outcome {
  switch (result.kind) {
    case 'address-refused':
      return undefined;
    case 'not-measured':
      return result.because === 'own-network' ? 'held' : undefined;
    default:
      return isSilent ? 'failed' : 'reached';
  }
}

/** As of a firewall on the way: some refuse, some drop, and some break off when they see what is wanted. */
const silences: ReadonlySet<SocketProblem | 'rejected' | 'not-offered'> = new Set([
  'connection-refused',
  'timeout',
  'reset',
  'closed',
  'unreachable',
]);

function isSilentFetch({ result }: PolicyFetch): boolean {
  return (
    result.kind === 'failed' &&
    silences.has(result.problem) &&
    result.at !== 'http' &&
    result.alert === undefined &&
    result.olderProtocol === undefined
  );
}

function isSilentSession({ greeting, result }: SmtpSession): boolean {
  return result.kind === 'failed' && silences.has(result.problem) && greeting === undefined;
}

function isOfThisLook({ lookedAt }: MxHostObservation): boolean {
  return lookedAt === undefined;
}

function wayTo(protocol: 'https' | 'smtp', { address }: { readonly address: string }): Way {
  return `${protocol}-${address.includes(':') ? 'ipv6' : 'ipv4'}`;
}

function providersOf({ domain, record, policyHost, mxHosts }: Observation, way: Way): ReadonlySet<string> {
  const [protocol] = way.split('-');
  switch (protocol) {
    case 'dns': {
      const { authoritative } = record;
      return named(
        [domain, ...authoritative.map(({ nameServer }) => nameServer)],
        authoritative.map(({ address }) => address),
      );
    }
    case 'https': {
      const aliases = [policyHost.a, policyHost.aaaa].flatMap((lookup) =>
        lookup.kind === 'answered' ? lookup.aliases : [],
      );
      return named(
        [domain, ...aliases],
        policyHost.fetches.map(({ address }) => address),
      );
    }
    default:
      return named(
        [domain, ...mxHosts.map(({ host }) => host)],
        mxHosts.flatMap(({ sessions }) => sessions.map(({ address }) => address)),
      );
  }
}

function named(hosts: readonly string[], addresses: readonly string[]): ReadonlySet<string> {
  return new Set([...hosts.map((host) => registrableDomain(host) ?? host), ...addresses.map(networkOf)]);
}

/**
 * Large blocks: a delivery network gives each customer other addresses of the same few, and that two strangers are
 * taken for one costs less than that one is taken for two.
 */
function networkOf(address: string): string {
  const isIpv6 = address.includes(':');
  return address
    .split(isIpv6 ? ':' : '.')
    .slice(0, 2)
    .join(isIpv6 ? ':' : '.');
}
