/** The commands without a process: what they write, and their exit code, at a fixed time. */
import { Writable } from 'node:stream';
import type { OpenLook } from '../../src/terminal/check.ts';
import type { Screen } from '../../src/terminal/layout.ts';
import { run } from '../../src/terminal/run.ts';
import type { Terminal } from '../../src/terminal/terminal.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What is no text, on standard output. */
  readonly octets: Buffer;
}

export interface Circumstances {
  /** In the place of the network. */
  readonly openLook?: OpenLook;
  /** Standard error is a terminal. */
  readonly live?: boolean;
  /** Called after each text that is written to standard output. */
  readonly onOut?: () => void;
}

/** Runs one command; without an environment no resolver can be reached. */
export async function ran(
  argv: readonly string[],
  stdin: string | Uint8Array = '',
  env: Readonly<Record<string, string>> = { DNS_RESOLVERS: '127.0.0.1:9' },
  { openLook, live = false, onOut = () => {} }: Circumstances = {},
): Promise<Ran> {
  const texts = { out: '', err: '' };
  const screen = (to: 'out' | 'err'): Screen => ({
    columns: 80,
    live: live && to === 'err',
    paint: (_, text) => text,
    write: (text) => {
      texts[to] += text;
      if (to === 'out') onOut();
    },
  });
  const octetsOut: Buffer[] = [];
  const octets = typeof stdin === 'string' ? new TextEncoder().encode(stdin) : stdin;
  const terminal: Terminal = {
    stdin: (async function* () {
      yield octets;
    })(),
    stdout: screen('out'),
    stderr: screen('err'),
    output: new Writable({
      write: (chunk, _, done) => {
        octetsOut.push(chunk);
        done();
      },
    }),
    env,
    now: new Date('2026-11-23T16:15:00Z'),
  };
  const code = await (openLook === undefined ? run(argv, terminal) : run(argv, terminal, openLook));
  return { code, ...texts, octets: Buffer.concat(octetsOut) };
}
