/**
 * `npm run local` as a process of its own, on a free port, with a database that is there already: what the tests in the
 * browser open.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { labFolder } from './store/lab-folder.ts';
import { copyCluster, madeCluster } from './store/made-cluster.ts';
import { backends, preparedDatabase } from './store/servers.ts';

const main = fileURLToPath(new URL('../src/local/main.ts', import.meta.url));

export interface LocalWorld {
  /** Where the page is, without a slash at its end. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Resolves when the page can be opened. The store is a server's that is there already, or the bot's own, which can be
 * stopped from the page.
 */
export async function startLocalWorld({
  store = 'server',
}: {
  readonly store?: 'server' | 'embedded';
} = {}): Promise<LocalWorld> {
  const database = store === 'server' ? await emptyDatabase() : undefined;
  const dataDir = labFolder();
  if (database === undefined) copyCluster(await madeCluster(), join(dataDir, 'pg'));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    // Empty is as if it were not set.
    env: { ...process.env, LOCAL_PORT: '0', DATABASE_URL: database?.url ?? '', LOCAL_DATA: dataDir },
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
        await database?.drop();
        rmSync(dataDir, { recursive: true, force: true });
      },
    };
  }
  throw new Error(`The local world ended before it said its address:\n${lines.join('\n')}`);
}

function emptyDatabase() {
  const [backend] = backends;
  if (backend === undefined) throw new Error('There is no database server.');
  return preparedDatabase(backend);
}
