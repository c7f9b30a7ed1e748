/** What a command has to do with: where text comes from and goes to, the environment, the time. */
import type { Writable } from 'node:stream';
import type { Screen } from './layout.ts';

/** 0 nothing wrong, 1 findings of severity error, 2 could not look or wrong usage. */
export type Outcome = 0 | 1 | 2;

export interface Terminal {
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
  readonly stdout: Screen;
  readonly stderr: Screen;
  /** Standard output, for what is no text. */
  readonly output: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: Date;
}

/** Of several, the highest counts. */
export function worse(one: Outcome, other: Outcome): Outcome {
  return one > other ? one : other;
}
