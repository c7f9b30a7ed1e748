/**
 * Kills at random moments: who writes, the server, all of both; and what must be there afterwards. The kinds of kill
 * of each backend stand here; what is written, and by which program, is an argument.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { startEmbedded } from '../../src/store/embedded.ts';
import { full } from '../runs.ts';
import type { DatabaseTask, Told } from './database-process.ts';
import { labFolder } from './lab-folder.ts';
import { copyCluster, madeCluster } from './made-cluster.ts';
import { killAll, postmasterOf, processesIn, readOf } from './processes.ts';
import { startTcpServer } from './tcp-server.ts';

export interface DatabaseProcess {
  readonly child: ChildProcess;
  /** All that it told, in order. */
  readonly told: readonly Told[];
  /** Waits for the first that fits; throws when the process ends without it. */
  until(fits: (told: Told) => boolean): Promise<Told>;
  /** The numbers whose commit it was told of. */
  committed(): number[];
  kill(): Promise<void>;
  /** Asks it to stop, and waits until it has gone. */
  stop(): Promise<void>;
}

export interface ProcessOptions {
  /** What stands before node, such as `setpriv --reuid=…`. */
  readonly prefix?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly program?: string;
}

const running = new Set<DatabaseProcess>();

/** Those that a test that failed left running. */
export async function endProcesses(): Promise<void> {
  await Promise.all([...running].map((one) => one.kill()));
}

export function startProcess(task: DatabaseTask, options: ProcessOptions = {}): DatabaseProcess {
  const program = options.program ?? fileURLToPath(new URL('database-process.ts', import.meta.url));
  const [file = '', ...args] = [...(options.prefix ?? []), process.execPath, program, JSON.stringify(task)];
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, ...options.env };
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const told: Told[] = [];
  const ended = once(child, 'close');
  let wake = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    told.push(JSON.parse(line) as Told);
    wake.resolve();
    wake = Promise.withResolvers();
  });
  const started: DatabaseProcess = {
    child,
    told,
    async until(fits) {
      for (;;) {
        const found = told.find(fits);
        if (found !== undefined) return found;
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`It ended: ${JSON.stringify(told.slice(-5))}`);
        }
        await Promise.race([wake.promise, ended]);
      }
    },
    committed: () => told.flatMap((one) => ('committed' in one ? [one.committed] : [])),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
  running.add(started);
  void ended.then(() => running.delete(started));
  return started;
}

/** Where rows are written and processes killed. */
export interface Ground {
  readonly target: DatabaseTask['target'];
  /** Opens what is left, as the next start does. */
  open(): Promise<{ readonly connection: pg.ClientConfig; close(): Promise<void> }>;
  /** Each ends what it says, at once; what is left of the writing process then stops, and is waited for. */
  readonly kills: Readonly<Record<string, (writing: DatabaseProcess) => Promise<void>>>;
  /** Removes it all. */
  end(): Promise<void>;
}

/** In full, as a bot has it. */
const where = full ? 'on disk' : 'in memory';
export const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface FolderGround extends Ground {
  readonly dataDir: string;
}

export async function embeddedGround(): Promise<FolderGround> {
  const ground = emptyGround();
  copyCluster(await madeCluster(), join(ground.dataDir, 'pg'));
  return ground;
}

/** The same before its first start. */
export function emptyGround(): FolderGround {
  const dataDir = labFolder(where);
  const data = join(dataDir, 'pg');
  const goesOn = async (writing: DatabaseProcess) => {
    const before = writing.committed().length;
    await writing.until(() => writing.committed().length >= before + 5);
    await writing.stop();
  };
  return {
    dataDir,
    target: { dataDir },
    async open() {
      const server = await startEmbedded({ dataDir, log: quiet });
      return { connection: server.connection, close: () => server.stop() };
    },
    kills: {
      'the bot': (writing) => writing.kill(),
      'the server': async (writing) => {
        killAll([postmasterOf(data)]);
        await goesOn(writing);
      },
      'a process of the server': async (writing) => {
        const server = postmasterOf(data);
        killAll(
          processesIn(dataDir)
            .filter((pid) => pid !== server && nameOf(pid).includes(' app '))
            .slice(0, 1),
        );
        await goesOn(writing);
      },
      'the bot and every process of the server': async (writing) => {
        killAll([...(writing.child.pid === undefined ? [] : [writing.child.pid]), ...processesIn(dataDir)]);
        await writing.kill();
      },
    },
    async end() {
      killAll(processesIn(dataDir));
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export async function tcpGround(): Promise<Ground> {
  const folder = labFolder(where);
  const server = await startTcpServer(folder, await madeCluster());
  const url = `${server.url}operator`;
  return {
    target: { url },
    open: async () => ({ connection: { connectionString: url }, close: async () => undefined }),
    kills: {
      'the bot': (writing) => writing.kill(),
      'the server': async (writing) => {
        await server.kill();
        await server.start();
        const before = writing.committed().length;
        await writing.until(() => writing.committed().length >= before + 5);
        await writing.stop();
      },
      'the bot and every process of the server': async (writing) => {
        killAll([...(writing.child.pid === undefined ? [] : [writing.child.pid]), ...processesIn(folder)]);
        await writing.kill();
        await server.kill();
        await server.start();
      },
    },
    async end() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `postgres: app postgres [local] idle`, as long as it is there. */
function nameOf(pid: number): string {
  return readOf(pid, 'cmdline').replaceAll('\0', ' ');
}

/** Numbers from 0 to below 1, the same in every run: mulberry32. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
