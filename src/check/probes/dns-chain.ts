/**
 * What an answer holds for a name: the records at the end of its chain of aliases, and how long they or their
 * absence may be kept. Whether it is an answer at all is left to dns-message.ts.
 */
import type { DnsAnswered } from '../observation.ts';
import { type RecordData, type RecordType, readData, typeNumbers } from './dns-data.ts';
import type { WireMessage } from './dns-wire.ts';

/** Longer chains of aliases are loops or mistakes; BIND follows 16. */
const mostAliases = 16;
/** RRSIG and NSEC: they belong beside a CNAME (RFC 4034 §3, §4). */
const aliasCompanions: ReadonlySet<number> = new Set([46, 47]);
/** The class of everything here (RFC 1035 §3.2.4). */
export const internet = 1;

/** The records at the name, or where its aliases lead; undefined when a value is none of its type. */
export function findRecords<T extends RecordType>(
  message: WireMessage,
  { name, type }: { readonly name: string; readonly type: T },
  exists: boolean,
): Omit<DnsAnswered<RecordData[T]>, 'kind' | 'name' | 'exists' | 'authentic'> | undefined {
  const chain = followAliases(message, name, type);
  if (chain === undefined) return undefined;
  const { names, aliases, loop, besideData } = chain;
  const ttls = [...chain.ttls];
  const records: RecordData[T][] = [];
  // RFC 8020 §2: a name that does not exist has no records, whatever else is said.
  for (const record of exists ? message.answers : []) {
    if (record.type !== typeNumbers[type] || record.class !== internet || !names.has(keyOf(record.name)))
      continue;
    const data = readData(type, message, record);
    if (data === undefined) return undefined;
    records.push(data);
    ttls.push(secondsOf(record.ttl));
  }
  if (records.length === 0) ttls.push(...absenceSeconds(message, [...names].at(-1) ?? ''));
  return {
    records,
    aliases,
    ...(loop && { aliasLoop: true }),
    ...(besideData && { aliasBesideData: true }),
    ...(ttls.length > 0 && { ttlSeconds: Math.min(...ttls) }),
  };
}

interface Chain {
  /** The name that was asked and the aliases, as keys of comparison. */
  readonly names: ReadonlySet<string>;
  readonly aliases: readonly string[];
  readonly loop: boolean;
  readonly besideData: boolean;
  readonly ttls: readonly number[];
}

function followAliases(message: WireMessage, name: string, type: RecordType): Chain | undefined {
  const names = new Set([keyOf(name)]);
  const aliases: string[] = [];
  const ttls: number[] = [];
  let owner = keyOf(name);
  let loop = false;
  let besideData = false;
  while (!loop && type !== 'CNAME' && aliases.length < mostAliases) {
    const own = message.answers.filter((record) => record.class === internet && keyOf(record.name) === owner);
    const alias = own.find((record) => record.type === typeNumbers.CNAME);
    if (alias === undefined) break;
    const target = readData('CNAME', message, alias);
    if (target === undefined) return undefined;
    besideData ||= own.some((record) => record !== alias && !aliasCompanions.has(record.type));
    aliases.push(target);
    ttls.push(secondsOf(alias.ttl));
    owner = keyOf(target);
    loop = names.has(owner);
    names.add(owner);
  }
  return { names, aliases, loop, besideData, ttls };
}

/** RFC 2308 §5: the smaller of the TTL and the minimum of the SOA record of the zone. */
function absenceSeconds(message: WireMessage, name: string): number[] {
  return message.authorities
    .filter(
      (record) =>
        record.type === typeNumbers.SOA && record.class === internet && isAtOrBelow(name, record.name),
    )
    .flatMap((record) => {
      const soa = readData('SOA', message, record);
      return soa === undefined ? [] : [Math.min(secondsOf(record.ttl), secondsOf(soa.minimumSeconds))];
    });
}

/** RFC 2181 §8: what has the highest bit set counts as zero. */
function secondsOf(ttl: number): number {
  return ttl > 0x7fff_ffff ? 0 : ttl;
}

/** RFC 4343: ASCII letters of either case are the same. */
function keyOf(name: string): string {
  return name.toLowerCase();
}

export function sameName(one: string, other: string): boolean {
  return keyOf(one) === keyOf(other);
}

function isAtOrBelow(name: string, zone: string): boolean {
  return zone === '.' || sameName(name, zone) || keyOf(name).endsWith(`.${keyOf(zone)}`);
}
