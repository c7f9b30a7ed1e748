/** The policy as it should stand for the MX that the domain has now, and the record that goes with a changed policy. */
import {
  formatPolicy,
  formatRecord,
  type MxPattern,
  type Policy,
  parseMxPattern,
} from '../protocol/mtasts.ts';
import { coverage, isTooBroad, trapOf } from '../protocol/providers.ts';
import { createId, createPublication, usualMaxAgeSeconds } from '../protocol/publication.ts';
import { liveHosts } from './observation.ts';
import { once } from './once.ts';
import type { Seen } from './seen.ts';

/**
 * The published policy with every MX that it leaves out, and without the patterns that strangers could use
 * or that never match. Patterns that only match nothing today stay: mail may be moving there.
 */
export function correctedPolicy(seen: Seen, policy: Policy): Policy {
  const hosts = liveHosts(seen.observation.mx).map(({ host }) => host);
  const missing = coverage(policy.mx, hosts)
    .byHost.filter(({ pattern }) => pattern === undefined)
    .flatMap(({ host }) => {
      const parsed = parseMxPattern(host);
      return parsed.ok ? [parsed.value] : [];
    });
  const kept = policy.mx.filter(
    (pattern) =>
      !isTooBroad(pattern) &&
      trapOf(pattern, hosts) === undefined &&
      strangersDomain(seen, pattern) === undefined,
  );
  const mx = [...new Set([...kept, ...missing])];
  // A policy with a mode needs a host (RFC 8461 §3.2).
  return { ...policy, mx: mx.length === 0 ? policy.mx : mx };
}

/** The domain of a pattern that is not registered, so that anybody can take it. */
export function strangersDomain({ observation }: Seen, pattern: MxPattern): string | undefined {
  return observation.patternDomains.find(
    ({ domain, lookup }) =>
      (pattern === domain || pattern.endsWith(`.${domain}`)) && lookup.kind === 'answered' && !lookup.exists,
  )?.domain;
}

/** The value of the TXT record with an id that no sender has seen, for this policy from now on. */
export function freshRecord({ domain, record, policy: published, now }: Seen, policy: Policy): string {
  const id = record?.value?.id;
  const before = published?.value;
  return createPublication(
    {
      domain,
      policy,
      rua: [],
      ...(id === undefined || before === undefined ? {} : { previous: { id, policy: before } }),
    },
    now,
  ).record.value;
}

/** A remedy with the record that goes with it, where the policy changes. */
export function withFreshRecord(remedy: string, seen: Seen, policy: Policy): string {
  const known = addedTo(seen);
  const added = known.get(policy) ?? recordSentence(seen, policy);
  known.set(policy, added);
  return `${remedy}${added}`;
}

/** Writing and comparing policies of 64 KB takes milliseconds, and fifty findings may end in the same sentence. */
const addedTo = once((_: Seen) => new WeakMap<Policy, string>());

function recordSentence(seen: Seen, policy: Policy): string {
  const before = seen.policy?.value;
  if (before !== undefined && formatPolicy(before) === formatPolicy(policy)) return '';
  return ` Then publish the record with a new id: \`${freshRecord(seen, policy)}\`.`;
}

/** The value of the TXT record with an id that was never seen here, although the policy stays as it is. */
export function renewedRecord({ record, history, now }: Seen, policy: Policy): string {
  const used = new Set([
    record?.value?.id,
    ...(history?.ledger ?? []).map(({ id }) => id),
    ...(history?.generated ?? []).map(({ id }) => id),
  ]);
  const body = formatPolicy(policy);
  let at = now.getTime();
  while (used.has(createId(body, new Date(at)))) at += 1000;
  return formatRecord({ id: createId(body, new Date(at)) });
}

const nonePolicy: Policy = { mode: 'none', mx: [], maxAgeSeconds: usualMaxAgeSeconds.none };

/**
 * The remedy that ends a policy in good order (RFC 8461 §8.3); `until` as a sentence holds it. `orElse` is what else
 * would mend it, an imperative without its full stop.
 */
export function endInOrder(seen: Seen, until: string, orElse?: string): string {
  const { policyUrl, recordName, record } = seen;
  const value = renewedRecord(seen, nonePolicy);
  const publish =
    record?.verdict === 'valid'
      ? `Then publish the record with a new id: \`${value}\`.`
      : `Then publish a TXT record at \`${recordName}\` with \`${value}\`.`;
  const lead = orElse === undefined ? 'Serve' : `${orElse}; or, to end MTA-STS, serve`;
  return `${lead} this policy at ${policyUrl} until ${until}:\n${formatPolicy(nonePolicy)}${publish}`;
}
