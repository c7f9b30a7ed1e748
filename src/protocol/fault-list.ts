/** Gathers the faults of one text: where each stands, how many are told at most, and in which order. */
import { columnOf } from './characters.ts';
import type { Fault } from './fault.ts';

/** A fault without its place. */
export type Told = Omit<Fault, 'line' | 'column' | 'length'>;

/** Some characters of a line; index and length count UTF-16 code units. */
export interface Place {
  readonly line: number;
  /** The whole line, as it was read. */
  readonly text: string;
  readonly index: number;
  readonly length: number;
}

/**
 * A person mends the first faults and looks again; a hostile text has thousands. Problems and advice are
 * counted apart.
 */
export const faultsMax = 50;

export interface FaultList {
  /** Worded only where it is still told. */
  add(place: Place, told: () => Told): void;
  /** No more are told: what is left of the text need not be explained. */
  full(): boolean;
  /** In reading order. */
  list(): readonly Fault[];
}

export function createFaultList(): FaultList {
  const faults: Fault[] = [];
  return {
    add(place, told) {
      if (faults.length < faultsMax) faults.push(faultAt(place, told()));
    },
    full: () => faults.length >= faultsMax,
    list: () => faults.sort((a, b) => a.line - b.line || a.column - b.column),
  };
}

/** The place in lines and characters, as people count. */
export function faultAt({ line, text, index, length }: Place, told: Told): Fault {
  const column = columnOf(text, index);
  const { id, severity, title, detail, remedy, cite } = told;
  return {
    id,
    severity,
    title,
    detail,
    remedy,
    cite,
    line,
    column,
    length: length === 0 ? 0 : columnOf(text, index + length) - column,
  };
}
