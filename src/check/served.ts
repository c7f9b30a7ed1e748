/**
 * Which policies a sender could have fetched in this look, and whether any other might be served where nothing was
 * seen: what a failure shows about other senders, and what it shows about this machine alone.
 */
import { type Policy, parsePolicy } from '../protocol/mtasts.ts';
import { isInDate } from './certificate-dates.ts';
import {
  bytesOf,
  type DnsLookup,
  type Observation,
  type Octets,
  octetsOf,
  type PolicyFetch,
} from './observation.ts';
import { contentOf } from './policy-content.ts';
import { policyHashOf } from './policy-hash.ts';
import type { Answer, Seen } from './seen.ts';

export interface Served {
  readonly policy: Policy;
  /** As policyHashOf gives it. */
  readonly hash: string;
  readonly body: Octets;
}

export interface ServedNow {
  /** Each policy once, the one that is judged first. */
  readonly served: readonly Served[];
  readonly elsewhere: Elsewhere;
}

/** What is served besides. */
export type Elsewhere =
  /** Nothing that a sender takes: measured. */
  | 'nothing'
  /** It fails, and nobody can tell from here whether it does for others. */
  | 'unclear'
  /** This machine did not look, or is treated otherwise than senders are. */
  | 'not-known';

export function servedNow(seen: Seen): ServedNow {
  const bodies = new Set(seen.usableFetches.map(({ result }) => octetsOf(contentOf(result.response))));
  const read = [...bodies].flatMap((body) => {
    const policy = policyIn(body);
    return policy === undefined ? [] : [{ policy, hash: policyHashOf(policy), body }];
  });
  const served = [...new Map(read.toReversed().map((one) => [one.hash, one])).values()].reverse();
  return { served, elsewhere: elsewhereOf(seen) };
}

/**
 * The policy that senders hold who were served this text. Most of them read over small faults (7 of 11 take a
 * comment, 8 a blank line), so that one which can be corrected without a guess counts as corrected.
 */
export function policyIn(body: Octets): Policy | undefined {
  const { value, corrected } = parsePolicy(bytesOf(body));
  return value ?? (corrected === undefined ? undefined : parsePolicy(corrected).value);
}

function elsewhereOf(seen: Seen): Elsewhere {
  const { a, aaaa, fetches } = seen.observation.policyHost;
  if (fetches.length === 0) return ofLookups([a, aaaa], seen.observation);
  const states = fetches.map((fetch) => stateOf(fetch, seen));
  if (states.includes('not-known')) return 'not-known';
  // A host that answers at one address shows what it has; others that are dead serve nobody.
  if (states.includes('nothing')) return 'nothing';
  return states.includes('unclear') ? 'unclear' : 'not-known';
}

/** No address was there to connect to. */
function ofLookups(lookups: readonly DnsLookup<string>[], { resolver }: Observation): Elsewhere {
  if (lookups.every((lookup) => lookup.kind === 'answered' && lookup.records.length === 0)) return 'nothing';
  // A resolver that cannot tell of the root either has a fault of its own.
  const isZone = (lookup: DnsLookup<string>) =>
    lookup.kind === 'answered' || (lookup.kind === 'failed' && lookup.problem === 'servfail');
  return lookups.every(isZone) && resolver.validates !== undefined ? 'unclear' : 'not-known';
}

/** Of one address; `not-tried` shows nothing, and others are tried in its place. */
function stateOf(fetch: PolicyFetch, seen: Seen): Elsewhere | 'not-tried' {
  const { result } = fetch;
  switch (result.kind) {
    case 'address-refused':
      return 'nothing';
    case 'not-measured':
      return result.because === 'no-route' || result.because === 'too-many' ? 'not-tried' : 'not-known';
    case 'failed':
      return 'unclear';
    case 'response':
      return ofAnswer({ ...fetch, result }, seen);
  }
}

/** Where whoever is not known, or asks too often, is turned away: it may serve others. */
const turnsAway: ReadonlySet<number> = new Set([401, 403, 407, 429, 451]);

function ofAnswer({ result: { tls, response } }: Answer, { now, observation }: Seen): Elsewhere {
  const { status, cut } = response;
  if (!tls.nameMatches || !isInDate(tls, now)) return 'nothing';
  // Others may trust this authority, or have the intermediate.
  if (tls.trust !== 'trusted') return 'unclear';
  const browsersGetIt = observation.policyHost.followUps.some(
    ({ what, isPolicy }) => what === 'browser-agent' && isPolicy,
  );
  if (turnsAway.has(status) || browsersGetIt) return 'not-known';
  if (cut !== undefined) return 'unclear';
  // RFC 8461 §3.3: 200 alone, and no redirect is followed. What else fails with 4xx or 5xx may pass in a minute.
  return status < 400 || status === 404 || status === 410 ? 'nothing' : 'unclear';
}
