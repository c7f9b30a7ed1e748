/**
 * What the records of each type hold, read octet by octet: data that are shorter, longer or other than
 * their type says are none. Which records belong to an answer is left to dns-message.ts.
 */
import { type CaaRecord, octetsOf, type TlsaRecord, type TxtRecord } from '../observation.ts';
import { readName, type WireMessage, type WireRecord } from './dns-wire.ts';
import { canonicalAddress } from './network.ts';

/** A type is asked for by adding it here, to `typeNumbers` and to `readers`. */
export interface RecordData {
  readonly A: string;
  /** In canonical form. */
  readonly AAAA: string;
  /** Names here and below as dns-wire.ts writes them; `.` is the root. */
  readonly MX: { readonly preference: number; readonly exchange: string };
  readonly TXT: TxtRecord;
  readonly CNAME: string;
  readonly NS: string;
  readonly SOA: SoaRecord;
  readonly TLSA: TlsaRecord;
  readonly CAA: CaaRecord;
}

export type RecordType = keyof RecordData;

/** Of RFC 1035 §3.3.13 what is of use here. */
interface SoaRecord {
  readonly primary: string;
  readonly serial: number;
  /** For how long what is not there may be kept (RFC 2308 §4). */
  readonly minimumSeconds: number;
}

/** IANA, DNS Parameters. */
export const typeNumbers: Readonly<Record<RecordType, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  TLSA: 52,
  CAA: 257,
};

/** Undefined when the data are none of the type. */
export function readData<T extends RecordType>(
  type: T,
  message: WireMessage,
  { start, end }: WireRecord,
): RecordData[T] | undefined {
  return readers[type](message.bytes, start, end, message.known);
}

type Known = WireMessage['known'];
type Reader<T extends RecordType> = (
  bytes: Buffer,
  start: number,
  end: number,
  known: Known,
) => RecordData[T] | undefined;

const readers: { readonly [T in RecordType]: Reader<T> } = {
  A: (bytes, start, end) => (end - start === 4 ? bytes.subarray(start, end).join('.') : undefined),
  AAAA: (bytes, start, end) => {
    if (end - start !== 16) return undefined;
    const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(start + 2 * at).toString(16));
    return canonicalAddress(groups.join(':'));
  },
  MX: (bytes, start, end, known) => {
    if (end - start < 3) return undefined;
    const exchange = wholeName(bytes, start + 2, end, known);
    return exchange === undefined ? undefined : { preference: bytes.readUInt16BE(start), exchange };
  },
  TXT: readStrings,
  CNAME: wholeName,
  NS: wholeName,
  SOA: (bytes, start, end, known) => {
    const primary = readName(bytes, start, known);
    const mailbox = primary && readName(bytes, primary.next, known);
    // Serial, refresh, retry, expire and minimum: five times 32 bits.
    if (primary === undefined || mailbox === undefined || mailbox.next + 20 !== end) return undefined;
    return {
      primary: primary.text,
      serial: bytes.readUInt32BE(mailbox.next),
      minimumSeconds: bytes.readUInt32BE(mailbox.next + 16),
    };
  },
  TLSA: (bytes, start, end) => {
    // RFC 6698 §2.1
    if (end - start < 3) return undefined;
    const [usage = 0, selector = 0, matchingType = 0] = bytes.subarray(start, end);
    return { usage, selector, matchingType, data: bytes.toString('hex', start + 3, end) };
  },
  CAA: (bytes, start, end) => {
    // RFC 8659 §4.1: flags, the length of the tag, the tag, and the value to the end.
    if (end - start < 3) return undefined;
    const [flags = 0, length = 0] = bytes.subarray(start, end);
    const value = start + 2 + length;
    if (value > end) return undefined;
    const tag = octetsOf(bytes.subarray(start + 2, value)).toLowerCase();
    if (!/^[a-z0-9]+$/.test(tag)) return undefined;
    return { critical: flags >= 0x80, tag, value: octetsOf(bytes.subarray(value, end)) };
  },
};

/** A name that fills its data. */
function wholeName(bytes: Buffer, start: number, end: number, known: Known): string | undefined {
  const name = readName(bytes, start, known);
  return name?.next === end ? name.text : undefined;
}

/** RFC 1035 §3.3.14: one string or more, each with its length before it. */
function readStrings(bytes: Buffer, start: number, end: number): TxtRecord | undefined {
  const strings: string[] = [];
  let at = start;
  while (at < end) {
    const next = at + 1 + (bytes[at] ?? 0);
    if (next > end) return undefined;
    strings.push(octetsOf(bytes.subarray(at + 1, next)));
    at = next;
  }
  return strings.length === 0 ? undefined : strings;
}
