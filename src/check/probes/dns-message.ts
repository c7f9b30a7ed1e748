/**
 * DNS messages, as bytes: a question to send, and what an answer to it says. dns-packet reads the format
 * and trusts what it reads, so every value is looked at again here. Sockets and retries are left to
 * dns-client.ts.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { type Answer, AUTHENTIC_DATA, decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { fail, ok, type Result } from '../../protocol/result.ts';
import type { DnsProblem } from '../observation.ts';

/** What the records of each type hold; a type is asked for by adding it here and to `readers`. */
export interface RecordData {
  readonly A: string;
  readonly AAAA: string;
  /** The name as it stands in DNS, without the root's dot; `.` is the root. */
  readonly MX: { readonly preference: number; readonly exchange: string };
}

export type RecordType = keyof RecordData;

export interface Question<T extends RecordType> {
  readonly id: number;
  readonly name: string;
  readonly type: T;
}

/** An answer that was given: an empty one (NODATA) and NXDOMAIN are answers too. */
export interface DnsAnswer<T extends RecordType> {
  readonly exists: boolean;
  /** In the answer's order; those of other names and types are left out. */
  readonly records: readonly RecordData[T][];
}

/** An answer that fits the question, or the reason why it must not be taken for one. */
export type Reading<T extends RecordType> =
  | { readonly kind: 'answer'; readonly answer: Result<DnsAnswer<T>, DnsProblem> }
  /** Cut off (RFC 7766 §5), garbled, or about another question: to be asked again over TCP. */
  | { readonly kind: 'unusable' }
  /** Not even the id fits: late, or forged (RFC 5452 §3). */
  | { readonly kind: 'stray' };

/** No message is shorter than its header (RFC 1035 §4.1.1). */
const headerLength = 12;
const truncatedFlag = 0x0200;
/** What fits every path without fragments (DNS Flag Day 2020). */
const udpPayloadSize = 1232;
/**
 * How often a compressed name may lead to another pointer at once. Who compresses points at labels, never
 * at pointers; signatures that look like a longer chain by chance do not come.
 */
const mostPointers = 8;
/** Longer chains of aliases are loops or mistakes; BIND follows 16. */
const mostAliases = 16;

const noError = 0;
const nameError = 3;
const notImplemented = 4;
const refused = 5;
const notAuthoritative = 9;

/** The bytes of a question, with EDNS (RFC 6891) and the wish to know whether the data are authentic (RFC 6840 §5.7). */
export function encodeQuestion({ id, name, type }: Question<RecordType>): Buffer {
  return encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED | AUTHENTIC_DATA,
    questions: [{ name, type }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
}

/** Reads what came back. Never throws. */
export function readAnswer<T extends RecordType>(bytes: Buffer, question: Question<T>): Reading<T> {
  // The header first: a forged message costs nothing, one that is cut off need not be readable to its end.
  if (bytes.length < headerLength || bytes.readUInt16BE(0) !== question.id) return { kind: 'stray' };
  if ((bytes.readUInt16BE(2) & truncatedFlag) !== 0) return { kind: 'unusable' };
  const message = decoded(bytes);
  if (message === undefined || !answers(message, question)) return { kind: 'unusable' };
  const options = message.additionals?.find((record) => record.type === 'OPT');
  const rcode = ((options?.extendedRcode ?? 0) << 4) | ((message.flags ?? 0) & 15);
  if (rcode !== noError && rcode !== nameError)
    return { kind: 'answer', answer: fail(problemOfRcode(rcode)) };
  const records = recordsFor(message.answers ?? [], question);
  if (records === undefined) return { kind: 'answer', answer: fail('malformed') };
  return { kind: 'answer', answer: ok({ exists: rcode === noError, records }) };
}

type Message = ReturnType<typeof decode>;

function decoded(bytes: Buffer): Message | undefined {
  if (isPointerBomb(bytes)) return undefined;
  try {
    return decode(bytes);
  } catch {
    // dns-packet throws plain Errors and RangeErrors for whatever it cannot read.
    return undefined;
  }
}

/**
 * Whether names in it could be chains of pointers (RFC 1035 §4.1.4) that dns-packet follows to their end
 * for every record: 16 KB of those take it 80 ms. One pass, because pointers lead backwards only.
 */
function isPointerBomb(bytes: Buffer): boolean {
  const pointers = new Uint16Array(bytes.length);
  for (let at = headerLength; at + 1 < bytes.length; at += 1) {
    const word = bytes.readUInt16BE(at);
    const target = word & 0x3fff;
    if (word < 0xc000 || target >= at) continue;
    const chained = (pointers[target] ?? 0) + 1;
    if (chained > mostPointers) return true;
    pointers[at] = chained;
  }
  return false;
}

/** RFC 5452 §9.1: an answer repeats the question. */
function answers(message: Message, question: Question<RecordType>): boolean {
  const [asked, ...others] = message.questions ?? [];
  const opcode = ((message.flags ?? 0) >> 11) & 15;
  return (
    message.type === 'response' &&
    opcode === 0 &&
    others.length === 0 &&
    asked !== undefined &&
    sameName(asked.name, question.name) &&
    asked.type === question.type &&
    asked.class === 'IN'
  );
}

/** The records at the name, or where its aliases lead; undefined when a value is none of its type. */
function recordsFor<T extends RecordType>(
  given: readonly Answer[],
  { name, type }: Question<T>,
): RecordData[T][] | undefined {
  const own = ownerOf(given, name);
  const records: RecordData[T][] = [];
  for (const answer of given) {
    if (answer.type !== type || !('class' in answer) || answer.class !== 'IN' || !sameName(answer.name, own))
      continue;
    const data = readers[type](answer.data);
    if (data === undefined) return undefined;
    records.push(data);
  }
  return records;
}

/** The name at the end of the chain of CNAME records. */
function ownerOf(given: readonly Answer[], name: string): string {
  let owner = name;
  for (let hop = 0; hop < mostAliases; hop += 1) {
    const alias = given.find((answer) => answer.type === 'CNAME' && sameName(answer.name, owner));
    if (alias?.type !== 'CNAME' || typeof alias.data !== 'string') break;
    owner = alias.data;
  }
  return owner;
}

/** dns-packet makes "1.2.undefined.undefined" of a short A record, and more of the kind. */
const readers: { readonly [T in RecordType]: (data: unknown) => RecordData[T] | undefined } = {
  A: (data) => (typeof data === 'string' && isIPv4(data) ? data : undefined),
  AAAA: (data) => (typeof data === 'string' && isIPv6(data) ? data : undefined),
  MX: (data) => {
    if (typeof data !== 'object' || data === null || !('preference' in data) || !('exchange' in data))
      return undefined;
    const { preference, exchange } = data;
    if (typeof preference !== 'number' || !Number.isInteger(preference) || typeof exchange !== 'string')
      return undefined;
    return { preference, exchange };
  },
};

/** RFC 4343: ASCII letters of either case are the same. */
function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function problemOfRcode(rcode: number): DnsProblem {
  if (rcode === refused || rcode === notImplemented || rcode === notAuthoritative) return 'refused';
  // SERVFAIL, and whatever else says that this server could not answer this question.
  return 'servfail';
}
