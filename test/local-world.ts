/** `npm run local` as a process of its own, on a free port: what the tests in the browser open. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/local/main.ts', import.meta.url));

export interface LocalWorld {
  /** Where the page is, without a slash at its end. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Resolves when the page can be opened. */
export async function startLocalWorld(): Promise<LocalWorld> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    env: { ...process.env, LOCAL_PORT: '0' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    const url = /^http:\/\/127\.0\.0\.1:\d+$/.exec(line)?.[0];
    if (url === undefined) continue;
    child.stdout.resume();
    return {
      url,
      async stop() {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      },
    };
  }
  throw new Error(`The local world ended before it said its address:\n${lines.join('\n')}`);
}
