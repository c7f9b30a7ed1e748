/**
 * The embedded PostgreSQL: a real server that the bot starts itself in one folder, reached through a socket in the
 * file system and by no port, started again when it dies, and stopped with the bot. What is stored in it is left to
 * others.
 */
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../log.ts';
import { makeCluster, makeFolder, serverUser } from './cluster.ts';
import { endLeftovers, readPostmaster, removeSocket, socketFolderPrefix } from './leftovers.ts';
import { ownFolder, tryOwnFolder } from './owner-lock.ts';
import { findPostgres, type PostgresPrograms } from './postgres-programs.ts';
import { boundServerLog, lastWords } from './server-log.ts';
import { StoreUnavailable } from './store.ts';

export interface EmbeddedOptions {
  /** DATA_DIR; made when it is not there. */
  readonly dataDir: string;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** PG_BIN: a folder with initdb and postgres instead of the npm package's. */
  readonly bin?: string | undefined;
  /** How long to wait for the folder's owner to end; default 15 s, half as long again as a bot takes to stop. */
  readonly lockWaitMs?: number;
}

/** For pg's Pool and Client. No password: whoever can reach the socket is trusted, and only the folder's user can. */
export interface EmbeddedConnection {
  /** The folder of the socket. */
  readonly host: string;
  readonly user: string;
  readonly database: string;
}

export interface Embedded {
  readonly connection: EmbeddedConnection;
  /** Whether it takes connections, as far as is known: false between a crash and the next start. */
  running(): boolean;
  /** Ends it cleanly; after the limit (default 8 s) without ceremony, which loses nothing that was acknowledged. */
  stop(limitMs?: number): Promise<void>;
}

const defaultLockWaitMs = 15_000;
/** With the drain before it, within the 10 s that Docker waits. */
const defaultStopMs = 8000;
/** After a crash the log of changes is replayed, 64 MB at most: seconds, on a slow and busy disk many. */
const startMs = 120_000;
/** A server that does not answer by then answers nobody. */
const greetingMs = 2000;
const pollMs = 25;
/** A crash is mended soon; what does not mend itself, such as a full disk, is tried again at leisure. */
const firstPauseMs = 250;
const longestPauseMs = 10_000;
/** A server that ran so long did not fail at the start: the pauses begin anew. */
const steadyMs = 60_000;
const hourMs = 3_600_000;
/** macOS takes 103 octets for a socket's path, Linux 107. */
const longestSocketPath = 103;
const socketName = '.s.PGSQL.5432';

/** Made for one bot: some 34 MB of memory, few processes, every commit on the disk before it is acknowledged. */
const settings = {
  listen_addresses: '',
  // The folder may be open to others; its socket is not.
  unix_socket_permissions: '0700',
  // The pool, pg-boss, and clients from the command line, several times over; an unused one costs some 20 KB.
  max_connections: '60',
  shared_buffers: '16MB',
  huge_pages: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '64MB',
  min_wal_size: '32MB',
  // Reads in the process that asks, instead of by three more processes.
  io_method: 'sync',
  autovacuum_max_workers: '1',
  max_worker_processes: '2',
  max_parallel_workers: '0',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  max_logical_replication_workers: '0',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Its log says what befalls the server, never what a statement or a row holds: those who asked are told.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
} as const;

/**
 * Starts it, and makes the database when there is none. Throws StoreRefused when a person has to do something first:
 * the folder is another process's or another version's or cannot be written, or no PostgreSQL can run here; and
 * StoreUnavailable when the same call may succeed later: no room on the disk, or the server failed to start.
 */
export async function startEmbedded({
  dataDir,
  log,
  bin,
  lockWaitMs = defaultLockWaitMs,
}: EmbeddedOptions): Promise<Embedded> {
  const folder = await makeFolder(dataDir);
  const ownership = await ownFolder(folder, lockWaitMs);
  try {
    const postgres = await findPostgres({ bin, linksFolder: join(folder, 'pg-libraries') });
    const data = dataOf(folder);
    await endLeftovers(data, log);
    await makeCluster(data, postgres);
    const server = await keepServer(folder, postgres, log);
    return {
      ...server,
      async stop(limitMs) {
        try {
          await server.stop(limitMs);
        } finally {
          ownership.release();
        }
      },
    };
  } catch (error) {
    ownership.release();
    throw error;
  }
}

/**
 * How to reach the server that another process of ours runs in the folder, or undefined when none does: then the
 * folder is free for startEmbedded. Waits while that process starts its server, and throws StoreUnavailable when it
 * does not come up, StoreRefused when the folder is not for this user.
 */
export async function joinEmbedded(
  dataDir: string,
  limitMs = defaultLockWaitMs,
): Promise<EmbeddedConnection | undefined> {
  const folder = await realpath(dataDir).catch(() => undefined);
  if (folder === undefined) return undefined;
  for (const endAt = performance.now() + limitMs; ; await sleep(pollMs)) {
    const ownership = tryOwnFolder(folder);
    ownership?.release();
    if (ownership !== undefined) return undefined;
    const host = readPostmaster(dataOf(folder))?.socketFolder;
    if (host && (await greet(host)) === 'running') return connectionOf(host);
    if (performance.now() >= endAt) {
      throw new StoreUnavailable(`Another process owns ${folder}, but its database does not answer`);
    }
  }
}

function dataOf(folder: string): string {
  return join(folder, 'pg');
}

function connectionOf(host: string): EmbeddedConnection {
  return { host, user: serverUser, database: 'postgres' };
}

/** Starts the server, and again whenever it ends without having been asked to. */
async function keepServer(
  folder: string,
  postgres: PostgresPrograms,
  log: EmbeddedOptions['log'],
): Promise<Embedded> {
  const data = dataOf(folder);
  const socketFolder = socketFolderOf(folder);
  const logFile = join(folder, 'postgres.log');
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  let isReady = false;
  let restarting: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  const arguments_ = ['-D', data];
  for (const [name, value] of Object.entries({
    ...settings,
    // A list in which quotes protect what a folder's name may hold.
    unix_socket_directories: `"${socketFolder.replaceAll('"', '""')}"`,
  })) {
    arguments_.push('-c', `${name}=${value}`);
  }

  const start = async (): Promise<void> => {
    await endLeftovers(data, log);
    removeSocket(socketFolder);
    boundServerLog(logFile);
    const output = openSync(logFile, 'a', 0o600);
    const logged = statSync(logFile).size;
    // Its own group: a Ctrl-C that is meant for the bot must not end the server before the bot has drained.
    const started = postgres.spawn('postgres', arguments_, {
      cwd: folder,
      stdio: ['ignore', output, output],
      detached: true,
    });
    closeSync(output);
    child = started;
    const startedAt = performance.now();
    let failure: Error | undefined;
    const end = (error?: Error) => {
      if (child !== started) return;
      child = undefined;
      failure = error ?? new Error(`exit ${started.exitCode ?? started.signalCode}`);
      if (!isReady) return;
      isReady = false;
      if (stopping.signal.aborted) return;
      log.error(
        { exitCode: started.exitCode, signal: started.signalCode, said: lastWords(logFile, logged) },
        'The embedded PostgreSQL ended; it is started again',
      );
      restarting = restart(performance.now() - startedAt > steadyMs ? firstPauseMs : longestPauseMs / 10);
    };
    started.once('error', end).once('exit', () => end());
    started.unref();
    for (const endAt = performance.now() + startMs; performance.now() < endAt; await sleep(pollMs)) {
      if (failure !== undefined || stopping.signal.aborted) break;
      if ((await greet(socketFolder)) === 'running') {
        isReady = true;
        return;
      }
    }
    started.kill('SIGINT');
    const said = lastWords(logFile, logged);
    throw new StoreUnavailable(`The embedded PostgreSQL did not start (${said ?? `see ${logFile}`})`, {
      cause: failure,
    });
  };

  const restart = async (firstMs: number): Promise<void> => {
    for (let pauseMs = firstMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        await sleep(pauseMs, undefined, { signal: stopping.signal });
        await start();
        log.info('The embedded PostgreSQL runs again');
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        log.error({ err: error }, 'The embedded PostgreSQL does not start; it is tried again');
      }
    }
  };

  await start();
  const bounding = setInterval(() => boundServerLog(logFile), hourMs).unref();
  // A process that ends without having stopped it leaves none behind.
  const leave = () => child?.kill('SIGINT');
  process.on('exit', leave);

  const stop = async (limitMs: number): Promise<void> => {
    stopping.abort();
    clearInterval(bounding);
    const running = child;
    if (running !== undefined) {
      running.ref();
      const gone = new Promise<void>((resolve) => void running.once('exit', () => resolve()));
      running.kill('SIGINT');
      const hurry = setTimeout(() => running.kill('SIGQUIT'), limitMs);
      const kill = setTimeout(() => running.kill('SIGKILL'), limitMs + 1000);
      await gone;
      clearTimeout(hurry);
      clearTimeout(kill);
    }
    await restarting;
    process.off('exit', leave);
    isReady = false;
    removeSocket(socketFolder);
  };

  return {
    connection: connectionOf(socketFolder),
    running: () => isReady,
    stop: (limitMs = defaultStopMs) => {
      stopped ??= stop(limitMs);
      return stopped;
    },
  };
}

/** The folder itself, or a private one where the path would be too long for a socket. */
function socketFolderOf(folder: string): string {
  const fits = (path: string) => Buffer.byteLength(join(path, socketName)) <= longestSocketPath;
  if (fits(folder)) return folder;
  const short = fits(join(tmpdir(), `${socketFolderPrefix}123456`)) ? tmpdir() : '/tmp';
  return mkdtempSync(join(short, socketFolderPrefix));
}

async function greet(host: string): Promise<'running' | 'not yet'> {
  const client = new pg.Client({ ...connectionOf(host), connectionTimeoutMillis: greetingMs });
  // Without a listener a connection that breaks would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return 'running';
  } catch {
    return 'not yet';
  } finally {
    await client.end().catch(() => undefined);
  }
}
