/**
 * DNS messages: a question to send, and what an answer to it says. The octets of an answer are read by
 * dns-wire.ts, dns-data.ts and dns-chain.ts; sockets and retries are left to dns-transport.ts and dns-client.ts.
 */
import { AUTHENTIC_DATA, CHECKING_DISABLED, encode, RECURSION_DESIRED } from 'dns-packet';
import type { DnsAnswered, DnsFailed, DnsProblem, ExtendedError } from '../observation.ts';
import { findRecords, internet, sameName } from './dns-chain.ts';
import { type RecordData, type RecordType, typeNumbers } from './dns-data.ts';
import { headerLength, readMessage, type WireMessage, type WireRecord } from './dns-wire.ts';

/** How a question is meant. */
export type Asking =
  /** For a resolver. */
  | 'recursive'
  /** For a resolver, that is not to validate (RFC 4035 §3.2.2). */
  | 'unchecked'
  /** For a server of the zone: answers that it only knows from others do not count. */
  | 'authoritative';

export interface Question<T extends RecordType> {
  readonly id: number;
  /** One that fits DNS: `isAskable`. */
  readonly name: string;
  readonly type: T;
  readonly asking: Asking;
}

/** NODATA and NXDOMAIN are answers too. */
export type Outcome<T extends RecordType> = DnsAnswered<RecordData[T]> | DnsFailed;

/** An answer that fits the question, or the reason why it must not be taken for one. */
export type Reading<T extends RecordType> =
  | { readonly kind: 'answer'; readonly answer: Outcome<T> }
  /** Cut off (RFC 7766 §5), garbled, or about another question: to be asked again over TCP. */
  | { readonly kind: 'unusable' }
  /** Not even the id fits: late, or forged (RFC 5452 §3). */
  | { readonly kind: 'stray' };

/** What fits every path without fragments (DNS Flag Day 2020). */
const udpPayloadSize = 1232;
/** A line that people read; some resolvers write whole paragraphs. */
const longestErrorText = 120;

const optType = 41;
const extendedErrorOption = 15;
const flag = { response: 0x8000, authoritative: 0x0400, truncated: 0x0200, authentic: 0x0020 } as const;
const rcodes = {
  noError: 0,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
  notAuthoritative: 9,
} as const;

const questionFlags: Readonly<Record<Asking, number>> = {
  // With AD the wish to know whether the data are authentic (RFC 6840 §5.7).
  recursive: RECURSION_DESIRED | AUTHENTIC_DATA,
  unchecked: RECURSION_DESIRED | CHECKING_DISABLED,
  authoritative: 0,
};

/** Whether a name can be asked for as it is written: labels of letters, digits, `-` and `_` that fit DNS; or the root. */
export function isAskable(name: string): boolean {
  return name === '.' || (name.length <= 253 && /^[\w-]{1,63}(?:\.[\w-]{1,63})*$/.test(name));
}

/** The octets of a question, with EDNS (RFC 6891). */
export function encodeQuestion({ id, name, type, asking }: Question<RecordType>): Buffer {
  return encode({
    type: 'query',
    id,
    flags: questionFlags[asking],
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
  if ((bytes.readUInt16BE(2) & flag.truncated) !== 0) return { kind: 'unusable' };
  const message = readMessage(bytes);
  if (message === undefined || !answers(message, question)) return { kind: 'unusable' };
  const options = message.additionals.filter(({ type }) => type === optType);
  // RFC 6891 §6.1.1: one at most.
  if (options.length > 1) return { kind: 'unusable' };
  const [option] = options;
  const rcode = (((option?.ttl ?? 0) >>> 24) << 4) | (message.flags & 15);
  const error = option === undefined ? undefined : extendedErrorIn(bytes, option);
  const extended = error === undefined ? {} : { extendedError: error };
  const failed = (problem: DnsProblem): Reading<T> => ({
    kind: 'answer',
    answer: { kind: 'failed', name: question.name, problem, ...extended },
  });
  if (rcode !== rcodes.noError && rcode !== rcodes.nameError) return failed(problemOfRcode(rcode));
  // A referral, or what somebody else's server has heard.
  if (question.asking === 'authoritative' && (message.flags & flag.authoritative) === 0)
    return failed('refused');
  const exists = rcode === rcodes.noError;
  const found = findRecords(message, question, exists);
  if (found === undefined) return failed('malformed');
  return {
    kind: 'answer',
    answer: {
      kind: 'answered',
      name: question.name,
      exists,
      ...found,
      authentic: (message.flags & flag.authentic) !== 0,
      ...extended,
    },
  };
}

/** RFC 5452 §9.1: an answer repeats the question. */
function answers({ flags, questions }: WireMessage, question: Question<RecordType>): boolean {
  const [asked, ...others] = questions;
  const opcode = (flags >> 11) & 15;
  return (
    (flags & flag.response) !== 0 &&
    opcode === 0 &&
    others.length === 0 &&
    asked !== undefined &&
    sameName(asked.name, question.name) &&
    asked.type === typeNumbers[question.type] &&
    asked.class === internet
  );
}

/** RFC 8914 §2; the first one, as a line of plain ASCII. */
function extendedErrorIn(bytes: Buffer, { start, end }: WireRecord): ExtendedError | undefined {
  for (let at = start; at + 4 <= end; ) {
    const length = bytes.readUInt16BE(at + 2);
    const next = at + 4 + length;
    if (next > end) return undefined;
    if (bytes.readUInt16BE(at) === extendedErrorOption && length >= 2)
      return { code: bytes.readUInt16BE(at + 4), text: plain(bytes.subarray(at + 6, next)) };
    at = next;
  }
  return undefined;
}

function plain(octets: Uint8Array): string {
  const text = Buffer.from(octets)
    .toString('latin1')
    .replace(/[^ -~]+/g, ' ')
    .trim();
  return text.length > longestErrorText ? `${text.slice(0, longestErrorText - 3)}...` : text;
}

function problemOfRcode(rcode: number): DnsProblem {
  const refusals: readonly number[] = [rcodes.refused, rcodes.notImplemented, rcodes.notAuthoritative];
  // SERVFAIL, and whatever else says that this server could not answer this question.
  return refusals.includes(rcode) ? 'refused' : 'servfail';
}
