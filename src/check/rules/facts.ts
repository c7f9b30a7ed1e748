/**
 * What several rules need before they can look at all, and why they cannot where it is missing: a domain
 * that asks for no policy is not judged for having none, and what was not measured is not passed.
 */
import { quote } from '../../protocol/characters.ts';
import { parseRecordSet } from '../../protocol/mtasts.ts';
import { type DnsAnswered, type DnsLookup, joined, type TxtRecord } from '../observation.ts';
import type { Raised, Severity, Skip } from '../rule.ts';
import { answered, type Seen } from '../seen.ts';

/** The end of "Skipped because …". */
export function skip(because: string): Skip {
  return { skip: because };
}

/** The severity that each finding brings along, in words for docs/rules.md. */
export function asRaised(told: string, otherwise: Severity = 'error') {
  return { told, of: (_: unknown, raised: Raised): Severity => raised.severity ?? otherwise };
}

/** Of what may show at some addresses of the policy host and not at others. */
export const byAddresses = asRaised('error; warning where another address works');

const off = skip('no record asks for a policy');
export const recordUnknown = skip('DNS gave no answer about the record');

/** What a fault of the record in DNS does. */
export const noRecord = 'Senders see no record, and deliver as if there were no policy.';
/** What a fault of the policy host does. */
export const noPolicy =
  'Senders cannot fetch the policy: they deliver as if there were none, or by an older one that they still keep.';

/** Why the policy and its host are not judged; undefined where a record, or what was meant as one, asks for a policy. */
export function unasked(seen: Seen): Skip | undefined {
  if (seen.record === undefined) return recordUnknown;
  return asksForPolicy(seen) ? undefined : off;
}

/** Whether a record is published, or a text that was meant as one, though senders may see none. */
export function asksForPolicy(seen: Seen): boolean {
  const { record, observation } = seen;
  return (
    isMeant(record) ||
    brokenAlias(seen) !== undefined ||
    misplacedRecords(seen).length > 0 ||
    // Some of the servers have it.
    observation.record.authoritative.some(
      ({ lookup }) => lookup.kind === 'answered' && isMeant(parseRecordSet(joined(lookup))),
    )
  );
}

/** A record, or a text that was meant as one. */
export function isMeant(parsed: Seen['record']): boolean {
  return parsed !== undefined && (parsed.verdict !== 'none' || parsed.problems.length > 0);
}

/** The record's alias where it leads to no TXT record, or in a circle; an alias that every name has is nobody's intention. */
export function brokenAlias({ observation }: Seen): DnsAnswered<TxtRecord> | undefined {
  const lookup = answered(observation.record.lookup);
  const [first] = lookup?.aliases ?? [];
  if (lookup === undefined || first === undefined || lookup.records.length > 0) return undefined;
  const wildcard = answered(observation.record.wildcard);
  // Not known whether the alias is that of a wildcard: then nothing is said.
  return wildcard === undefined || wildcard.aliases[0] === first ? undefined : lookup;
}

/** Records at names where no sender looks, while there is none at the right one. */
export function misplacedRecords({ record, observation }: Seen): readonly DnsAnswered<TxtRecord>[] {
  return isMeant(record) ? [] : withRecords(observation.record.wrongNames);
}

function withRecords(lookups: readonly DnsLookup<TxtRecord>[]): readonly DnsAnswered<TxtRecord>[] {
  return lookups.flatMap((lookup) =>
    lookup.kind === 'answered' && parseRecordSet(joined(lookup)).verdict !== 'none' ? [lookup] : [],
  );
}

/** No character string of a TXT record is longer. */
const recordShown = 255;

/** Whether a record can be given word for word, to be published so. */
export function isShownWhole(text: string): boolean {
  return quote(text, recordShown) === `\`${text}\``;
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function inWords(items: readonly string[], max = 5): string {
  const shown = items.slice(0, max);
  const more = items.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** `_mta-sts.example.com → a.example.net → b.example.net`: more hops than a person follows are cut. */
export function chainOf({ name, aliases }: { name: string; aliases: readonly string[] }): string {
  const hops = [name, ...aliases];
  return hops.length <= 6 ? hops.join(' → ') : `${hops.slice(0, 5).join(' → ')} → … → ${hops.at(-1)}`;
}
