/**
 * MTA-STS records and policies (RFC 8461): text ⇄ values, and which hosts a policy allows. How a faulty text
 * is explained is in record-text.ts, policy-text.ts and mx-pattern.ts; what to publish, in publication.ts.
 */
import type { HostName } from './domain.ts';
import type { Parsed, ValueFault } from './fault.ts';
import { maxAgeMaximum, modeWords } from './grammar.ts';
import { type MxPattern, readMxPattern } from './mx-pattern.ts';
import { readPolicy, writePolicy } from './policy-text.ts';
import { readRecord, readRecordSet } from './record-text.ts';
import type { Result } from './result.ts';

export type { MxPattern } from './mx-pattern.ts';

/** The order in which a domain takes them up, and then back. */
export const modes = modeWords;
export type Mode = (typeof modes)[number];

/** RFC 8461 §3.2: the largest max_age. There is no smallest; 0 is valid. */
export const maxAgeSecondsMax = maxAgeMaximum;

/** The TXT record at `_mta-sts.<domain>` (RFC 8461 §3.1). */
export interface MtaStsRecord {
  /** 1 to 32 ASCII letters and digits; only whether it changed says anything. */
  readonly id: string;
}

/** The file at `https://mta-sts.<domain>/.well-known/mta-sts.txt` (RFC 8461 §3.2). */
export interface Policy {
  readonly mode: Mode;
  /** Empty only in mode none. */
  readonly mx: readonly MxPattern[];
  readonly maxAgeSeconds: number;
}

/**
 * All TXT records at the name, each with its strings joined without spaces. Exactly one may begin with
 * `v=STSv1;` (RFC 8461 §3.1); the faults' lines count the records.
 */
export function parseRecordSet(records: readonly (Uint8Array | string)[]): Parsed<MtaStsRecord> {
  return readRecordSet(records);
}

/** One TXT record, its strings joined, taken literally. */
export function parseRecord(text: Uint8Array | string): Parsed<MtaStsRecord> {
  return readRecord(text);
}

/** The inverse of parseRecord, with no space before the first ";" (RFC 8461 erratum 6285). */
export function formatRecord(record: MtaStsRecord): string {
  return `v=STSv1; id=${record.id};`;
}

/** A policy file's octets, or its text. */
export function parsePolicy(body: Uint8Array | string): Parsed<Policy> {
  return readPolicy(body);
}

/** The inverse of parsePolicy: ASCII, version first, one mx a line, LF, one final newline. */
export function formatPolicy(policy: Policy): string {
  return writePolicy(policy);
}

/**
 * One pattern, without the spaces and the `mx:` around it. Capital letters are read as small ones, as DNS
 * does. The problem's suggestion is one pattern a line; each parses.
 */
export function parseMxPattern(text: string): Result<MxPattern, ValueFault> {
  return readMxPattern(text);
}

/**
 * RFC 8461 §4.1: `*` stands for exactly one label, and only as the whole left-most one: `*.example.com`
 * matches `mx.example.com`, neither `example.com` nor `a.mx.example.com`.
 */
export function matches(pattern: MxPattern, host: HostName): boolean {
  if (!pattern.startsWith('*.')) return pattern === (host as string);
  const dot = host.indexOf('.');
  return dot > 0 && host.length - dot === pattern.length - 1 && host.endsWith(pattern.slice(1));
}

/** Whether a sender may deliver to this MX as far as its name goes (RFC 8461 §4.1). Mode none allows every host (§5). */
export function allows(policy: Policy, host: HostName): boolean {
  return policy.mode === 'none' || policy.mx.some((pattern) => matches(pattern, host));
}
