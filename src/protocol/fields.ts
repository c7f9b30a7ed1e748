/**
 * What the two TXT records of this project have in common: a version, then fields between semicolons, each
 * with its place. What the fields mean is left to record-text.ts and tlsrpt.ts.
 */
import { isBlank, trimmed } from './characters.ts';
import type { Fault } from './fault.ts';
import { faultAt, faultsMax, type Told } from './fault-list.ts';
import { extensionName, recordExtensionValue } from './grammar.ts';

export interface Field {
  /** The field without blanks around it. */
  readonly text: string;
  /** Where it begins in the record, from 0. */
  readonly at: number;
  /** Nothing but the end of the record stands behind it. */
  readonly last: boolean;
}

/** `field-delim = *WSP ";" *WSP` (RFC 8461 §3.1, RFC 8460 §3), from the end of the version on. */
export function splitFields(text: string, start: number): Field[] {
  const parts = text.slice(start).split(';');
  let at = start;
  return parts.map((part, index) => {
    const field = trimmed(part);
    const found = {
      text: field,
      at: at + (field === '' ? 0 : part.indexOf(field)),
      last: index === parts.length - 1,
    };
    at += part.length + 1;
    return found;
  });
}

/** A blank at the very end is part of a delimiter only behind a semicolon. */
export function endsInBlank(text: string): boolean {
  return isBlank(text, text.length - 1) && !trimmed(text).endsWith(';');
}

/** An extension of either RFC. */
export function isExtension(name: string, value: string): boolean {
  return extensionName.test(name) && recordExtensionValue.test(value);
}

/** For people: "Records 1, 2 and 4", from indices. */
export function numbers(indices: readonly number[]): string {
  const shown = indices.slice(0, 8).map((index) => `${index + 1}`);
  if (indices.length > shown.length)
    return `Records ${shown.join(', ')} and ${indices.length - shown.length} more`;
  return `Records ${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** Octets as text; what is no UTF-8 becomes U+FFFD, which no grammar here takes. */
export function decode(octets: Uint8Array | string): string {
  return typeof octets === 'string' ? octets : new TextDecoder('utf-8', { ignoreBOM: true }).decode(octets);
}

/** The faults of one record, in reading order and not without end. */
export class Faults {
  readonly list: Fault[] = [];
  readonly #text: string;
  readonly #line: number;

  constructor(text: string, line: number) {
    this.#text = text;
    this.#line = line;
  }

  /** `at` from 0 and `length`, both in the units of a string. */
  raise(at: number, length: number, told: Told): void {
    if (!this.full) this.list.push(faultAt({ line: this.#line, text: this.#text, index: at, length }, told));
  }

  get full(): boolean {
    return this.list.length >= faultsMax;
  }
}
