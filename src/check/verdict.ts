/** What a domain is worth in one word, from what was seen and found. How it is told is in sentence.ts. */
import { asksForPolicy } from './asked.ts';
import { type DnsLookup, type PolicyFetch, takesNoMail } from './observation.ts';
import { once } from './once.ts';
import type { Finding } from './rule.ts';
import type { Seen } from './seen.ts';

/**
 * `enforced`, `testing`: a usable policy is published in that mode and nothing measured stops mail. `broken`: a
 * record is published and no usable policy can be had, or a measured error stops mail or protection. `off`: no
 * record, mode none, null MX or no mail at all. `unknown`: DNS or the policy host could not be measured from here.
 */
export type Verdict = 'enforced' | 'testing' | 'broken' | 'off' | 'unknown';

/** Where the domain stands; each has a verdict and its own sentence. */
export type Standing =
  | 'takes-no-mail'
  | 'no-domain'
  | 'dns-unknown'
  | 'zone-fails'
  | 'no-record'
  | 'record-unusable'
  | 'policy-host-unknown'
  | 'no-policy'
  | 'mode-none'
  | 'mx-unknown'
  | 'faulty'
  | 'sound';

/**
 * How much hangs on the hosts: what senders do with one that fails. `unknown`: a record is published, and its
 * policy could not be read. `off`: senders ask nothing of it.
 */
export type Force = 'enforce' | 'testing' | 'unknown' | 'off';

export const forceOf = once((seen): Force => {
  if (takesNoMail(seen.observation.mx)) return 'off';
  if (seen.record !== undefined && !asksForPolicy(seen)) return 'off';
  if (seen.mode === undefined) return 'unknown';
  return seen.mode === 'none' ? 'off' : seen.mode;
});

export function standingOf(seen: Seen, findings: readonly Finding[]): Standing {
  const { mx } = seen.observation;
  if (mx.kind === 'null-mx' || mx.kind === 'no-mail') return 'takes-no-mail';
  if (mx.kind === 'nxdomain') return 'no-domain';
  const record = recordStanding(seen, findings);
  if (record !== undefined) return record;
  if (seen.usablePolicy === undefined) return isPolicyUnknown(seen) ? 'policy-host-unknown' : 'no-policy';
  if (seen.usablePolicy.mode === 'none') return 'mode-none';
  if (findings.some(({ breaks }) => breaks)) return 'faulty';
  return mx.kind === 'unknown' ? 'mx-unknown' : 'sound';
}

export function verdictOf(standing: Standing, seen: Seen): Verdict {
  switch (standing) {
    case 'takes-no-mail':
    case 'no-domain':
    case 'no-record':
    case 'mode-none':
      return 'off';
    case 'dns-unknown':
    case 'policy-host-unknown':
    case 'mx-unknown':
      return 'unknown';
    case 'zone-fails':
    case 'record-unusable':
    case 'no-policy':
    case 'faulty':
      return 'broken';
    case 'sound':
      return seen.usablePolicy?.mode === 'enforce' ? 'enforced' : 'testing';
  }
}

function recordStanding(seen: Seen, findings: readonly Finding[]): Standing | undefined {
  if (seen.record === undefined) {
    // The zone's own fault, and not that of the way to it.
    const fails = findings.some(({ area, breaks }) => area === 'record' && breaks);
    return fails ? 'zone-fails' : 'dns-unknown';
  }
  if (seen.record.verdict === 'valid') return undefined;
  return asksForPolicy(seen) ? 'record-unusable' : 'no-record';
}

/** Nothing of the policy host could be seen from here. */
export function isPolicyUnknown({ observation: { policyHost } }: Seen): boolean {
  const { a, aaaa, fetches } = policyHost;
  if (fetches.length > 0) return fetches.every(isFetchNotMeasured);
  const known = (lookup: DnsLookup<string>) => lookup.kind === 'answered' && lookup.records.length === 0;
  return !(known(a) && known(aaaa));
}

function isFetchNotMeasured({ result }: PolicyFetch): boolean {
  return result.kind === 'not-measured';
}
