/** What a domain is worth in one word, from what was seen and found. How it is told is in sentence.ts. */
import { parseRecordSet } from '../protocol/mtasts.ts';
import type { DnsLookup, PolicyFetch } from './observation.ts';
import type { Finding } from './rule.ts';
import { answered, joined, type Seen } from './seen.ts';

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

export function standingOf(seen: Seen, findings: readonly Finding[]): Standing {
  const { mx } = seen.observation;
  if (mx.kind === 'null-mx' || mx.kind === 'no-mail') return 'takes-no-mail';
  if (mx.kind === 'nxdomain') return 'no-domain';
  const record = recordStanding(seen);
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

function recordStanding(seen: Seen): Standing | undefined {
  const { txt, record } = seen;
  if (txt === undefined || record === undefined) return doesZoneFail(seen) ? 'zone-fails' : 'dns-unknown';
  if (record.verdict === 'valid') return undefined;
  return isMeant(seen) ? 'record-unusable' : 'no-record';
}

/** A zone that answers nobody: its signatures are wrong, or its own servers say that they fail. */
function doesZoneFail({ observation: { record } }: Seen): boolean {
  const { lookup, authoritative } = record;
  if (lookup.kind !== 'failed') return false;
  if (lookup.bogus === true) return true;
  return (
    lookup.problem === 'servfail' &&
    authoritative.length > 0 &&
    authoritative.every(
      ({ lookup: own }) => own.kind === 'failed' && (own.problem === 'servfail' || own.problem === 'refused'),
    )
  );
}

/** Whether a record was meant to be published, though no sender finds one: faulty, aliased to nothing, or elsewhere. */
function isMeant({ txt, record, observation }: Seen): boolean {
  if (record !== undefined && (record.verdict !== 'none' || record.problems.length > 0)) return true;
  if (txt !== undefined && (txt.aliasLoop === true || (txt.aliases.length > 0 && txt.records.length === 0))) {
    return true;
  }
  return observation.record.wrongNames.some((lookup) => {
    const found = answered(lookup);
    return found !== undefined && parseRecordSet(joined(found)).verdict !== 'none';
  });
}

/** Nothing of the policy host could be seen from here. */
function isPolicyUnknown({ observation: { policyHost } }: Seen): boolean {
  const { a, aaaa, fetches } = policyHost;
  if (fetches.length > 0) return fetches.every(isFetchNotMeasured);
  const known = (lookup: DnsLookup<string>) => lookup.kind === 'answered' && lookup.records.length === 0;
  return !(known(a) && known(aaaa));
}

function isFetchNotMeasured({ result }: PolicyFetch): boolean {
  return result.kind === 'not-measured';
}
