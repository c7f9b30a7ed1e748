/**
 * What the parsers of this folder answer: whether a text is valid by its RFC, what is wrong in it and
 * where, and what is valid yet unwise. The wording of each fault stands in the parser that raises it.
 */
import type { Citation } from './rfc.ts';

/** The worst first. MUST broken or mail lost: error; SHOULD broken or some senders only: warning; hygiene: notice. */
export const severities = ['error', 'warning', 'notice'] as const;
export type Severity = (typeof severities)[number];

/** One place in a text that is wrong or unwise. Ids are permanent; the live check uses the same ones. */
export interface Fault {
  /** Such as `policy.key-case`. */
  readonly id: string;
  readonly severity: Severity;
  /** States the fact: "The mode is not in lower case". */
  readonly title: string;
  /** What is so, and what a sender does about it. Full sentences. */
  readonly detail: string;
  /** An imperative with the exact text to publish instead. */
  readonly remedy: string;
  readonly cite: Citation;
  /** The line, from 1; in a set of TXT records the record, from 1. */
  readonly line: number;
  /** The first faulty character of the line, in characters (code points), from 1. */
  readonly column: number;
  /** How many characters from `column` on are meant; 0 marks a place where something is missing. */
  readonly length: number;
}

/** What is wrong with one value that stands alone, such as a line of a form's field: its column counts in the value. */
export interface ValueFault extends Omit<Fault, 'line'> {
  /** What to write instead, where that needs no guess; one value a line where it should be several. */
  readonly suggestion: string | undefined;
}

/** A text read by its grammar. */
export interface Parsed<T> {
  /**
   * By the letter of the RFC. `none`: nothing here claims to be such a text (no record with the literal
   * prefix); `multiple`: more than one record claims it, which counts as none for a sender.
   */
  readonly verdict: 'valid' | 'invalid' | 'none' | 'multiple';
  /** Present exactly when the verdict is `valid`. */
  readonly value: T | undefined;
  /** What is wrong, in reading order. Not empty when the verdict is `invalid` or `multiple`. */
  readonly problems: readonly Fault[];
  /** What the RFC allows and an experienced operator would change, in reading order. */
  readonly advice: readonly Fault[];
  /** The whole text as it should stand, when it can be derived without guessing; it parses as valid. */
  readonly corrected: string | undefined;
}
