/**
 * Whether a domain asks for a policy at all, and with what: a record, or what was meant as one though senders
 * may see none. What is wrong with it is left to rules/.
 */
import { parseRecordSet } from '../protocol/mtasts.ts';
import { type DnsAnswered, type DnsLookup, joined, type TxtRecord } from './observation.ts';
import { answered, type Seen } from './seen.ts';

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
