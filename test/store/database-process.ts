/**
 * A process of its own that opens a database and writes to it without pause, to be killed. Reads its task from its
 * first argument (JSON), tells what happens in JSON lines, and stops when its standard input ends.
 */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startEmbedded } from '../../src/store/embedded.ts';

export interface DatabaseTask {
  /** The embedded server's folder, or the address of a server. */
  readonly target: { readonly dataDir: string } | { readonly url: string };
  readonly bin?: string;
  readonly lockWaitMs?: number;
  /** From this number on, two rows with each; absent: nothing is written. */
  readonly writeFrom?: number;
}

export type Told =
  | { readonly started: { readonly host?: string } }
  | { readonly failed: { readonly name: string; readonly message: string } }
  | { readonly committed: number }
  | { readonly logged: string }
  | { readonly stopped: true };

/** As many as write at once. */
const writers = 3;
const task: DatabaseTask = JSON.parse(process.argv[2] ?? '');

/** At once, and not through a buffer of this process: it may be dead a moment later. */
function tell(told: Told): void {
  writeSync(1, `${JSON.stringify(told)}\n`);
}

async function open(): Promise<{ readonly connection: pg.PoolConfig; stop(): Promise<void> }> {
  if ('url' in task.target)
    return { connection: { connectionString: task.target.url }, stop: async () => undefined };
  const log = (fields: unknown, text?: string) => tell({ logged: `${JSON.stringify(fields)} ${text ?? ''}` });
  return startEmbedded({ ...task, ...task.target, log: { info: log, warn: log, error: log } });
}

async function write(connection: pg.PoolConfig, from: number, signal: AbortSignal): Promise<void> {
  const pool = new pg.Pool({ ...connection, max: writers, connectionTimeoutMillis: 5000 });
  // Without a listener a connection that breaks would end the process.
  pool.on('error', () => undefined).on('connect', (client) => client.on('error', () => undefined));
  let next = from;
  const writer = async () => {
    while (!signal.aborted) {
      const id = next;
      next += 1;
      try {
        const client = await pool.connect();
        let error: Error | undefined;
        try {
          await client.query('begin');
          await client.query("insert into kept values ($1, 'one')", [id]);
          await client.query("insert into kept values ($1, 'two')", [id]);
          await client.query('commit');
          tell({ committed: id });
        } catch (caught) {
          error = caught as Error;
        }
        client.release(error);
      } catch {
        await sleep(20);
      }
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  await pool.end();
}

try {
  const opened = await open();
  const { host } = opened.connection;
  tell({ started: host === undefined ? {} : { host } });
  const stopping = new AbortController();
  const asked = new Promise((resolve) => process.stdin.once('end', resolve).resume());
  const writing =
    task.writeFrom === undefined ? undefined : write(opened.connection, task.writeFrom, stopping.signal);
  await asked;
  stopping.abort();
  await writing;
  await opened.stop();
  tell({ stopped: true });
} catch (error) {
  const { name, message } = error as Error;
  tell({ failed: { name, message } });
}
