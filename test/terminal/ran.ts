/** The commands without a process: what they write, and their exit code, at a fixed time. */
import type { Screen } from '../../src/terminal/layout.ts';
import { run } from '../../src/terminal/run.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command; without an environment no resolver can be reached. */
export async function ran(
  argv: readonly string[],
  stdin: string | Uint8Array = '',
  env: Readonly<Record<string, string>> = { DNS_RESOLVERS: '127.0.0.1:9' },
): Promise<Ran> {
  const texts = { out: '', err: '' };
  const screen = (to: 'out' | 'err'): Screen => ({
    columns: 80, live: false,
    paint: (_, text) => text,
    write: (text) => {
      texts[to] += text;
    },
  });
  const octets = typeof stdin === 'string' ? new TextEncoder().encode(stdin) : stdin;
  const code = await run(argv, {
    stdin: (async function* () {
      yield octets;
    })(),
    stdout: screen('out'),
    stderr: screen('err'),
    env,
    now: new Date('2026-11-23T16:15:00Z'),
  });
  return { code, ...texts };
}
