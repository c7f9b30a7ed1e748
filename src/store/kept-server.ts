/**
 * A PostgreSQL server that is kept running in its folder: started, started again whenever it ends without having been
 * asked to, and stopped within a limit. The folder, its owner and its cluster are left to whoever calls.
 */
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../log.ts';
import { serverUser } from './cluster.ts';
import { serverFailure } from './folder-problems.ts';
import { endLeftovers, readPostmaster, removeSocket, socketFolderPrefix } from './leftovers.ts';
import type { PostgresPrograms } from './postgres-programs.ts';
import { boundServerLog, lastWords } from './server-log.ts';

export interface KeptServer {
  readonly connection: EmbeddedConnection;
  /** Whether it takes connections, as far as is known: false between a crash and the next start. */
  running(): boolean;
  /** Ends it cleanly; after the limit (default 8 s) without ceremony, which loses nothing that was acknowledged. */
  stop(limitMs?: number): Promise<void>;
}

/** For pg's Pool and Client. No password: whoever can reach the socket is trusted, and only the folder's user can. */
export interface EmbeddedConnection {
  /** The folder of the socket. */
  readonly host: string;
  /** Of the socket's name. Said, like the rest: pg would take what is missing from PGPORT, PGSSLMODE and the like. */
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly ssl: false;
}

/** With the drain before it, within the 10 s that Docker waits. */
const defaultStopMs = 8000;
/** What is left of those 10 s for a server that takes its time: a quick end, then none of its own. */
const quickEndMs = 1000;
/** After a crash the log of changes is replayed, 64 MB at most: seconds, on a slow and busy disk many. */
const startMs = 120_000;
/** A server that does not answer by then answers nobody. */
const greetingMs = 2000;
const pollMs = 20;
/** A crash is mended soon. What does not mend itself, such as a full disk, is tried again at leisure. */
const firstPauseMs = 250;
const longestPauseMs = 10_000;
/** One that ran so long did not fail at its start: the pauses begin anew. */
const steadyMs = 60_000;
const hourMs = 3_600_000;
/** macOS takes 103 octets for a socket's path, Linux 107. */
const longestSocketPath = 103;
const port = 5432;
const socketName = `.s.PGSQL.${port}`;

/** Made for one bot: little memory, few processes, and every commit on the disk before it is acknowledged. */
const settings = {
  listen_addresses: '',
  port: String(port),
  // The folder may be open to others; its socket is not.
  unix_socket_permissions: '0700',
  // A pool of ten, pg-boss and clients from the command line, with room to grow.
  max_connections: '60',
  shared_buffers: '16MB',
  huge_pages: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '64MB',
  min_wal_size: '32MB',
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
/** From 18 on: who asks reads by itself, instead of through three more processes. */
const settingsFrom18 = { io_method: 'sync' } as const;

/** Throws StoreUnavailable or StoreRefused when it does not start the first time; later it is tried for ever. */
export async function keepServer(
  data: string,
  postgres: PostgresPrograms,
  log: Pick<Log, 'info' | 'warn' | 'error'>,
): Promise<KeptServer> {
  const folder = dirname(data);
  const logFile = join(folder, 'postgres.log');
  const socketFolder = socketFolderOf(folder);
  const given = argumentsOf(data, socketFolder, postgres.major);
  const stopping = new AbortController();
  let run: Run | undefined;
  let isReady = false;
  let pauseMs = firstPauseMs;
  let restarting: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  const start = async (): Promise<void> => {
    await endLeftovers(data, log, socketFolder);
    stopping.signal.throwIfAborted();
    // Whoever tidies up the folder for short-lived files may have taken it.
    mkdirSync(socketFolder, { recursive: true, mode: 0o700 });
    boundServerLog(logFile);
    const output = openSync(logFile, 'a', 0o600);
    const from = statSync(logFile).size;
    // Its own group: a Ctrl-C that is meant for the bot must not end the server before the bot has drained.
    const stdio: StdioOptions = ['ignore', output, output];
    // In its folder from the beginning: a successor of this bot knows it by that.
    const started = follow(postgres.spawn('postgres', given, { cwd: data, stdio, detached: true }));
    closeSync(output);
    run = started;
    if (!(await becomesReady(data, started, stopping.signal))) {
      await end(started, 0);
      stopping.signal.throwIfAborted();
      const said = lastWords(logFile, from) ?? `see ${logFile}`;
      throw await serverFailure(folder, 'The embedded PostgreSQL does not start', said);
    }
    isReady = true;
    const readyAt = performance.now();
    void started.gone.then(() => {
      isReady = false;
      if (stopping.signal.aborted) return;
      const { exitCode, signalCode: signal } = started.child;
      const said = lastWords(logFile, from);
      log.error({ exitCode, signal, said }, 'The embedded PostgreSQL ended; it is started again');
      if (performance.now() - readyAt > steadyMs) pauseMs = firstPauseMs;
      restarting = restart();
    });
  };

  const restart = async (): Promise<void> => {
    for (;;) {
      try {
        await sleep(pauseMs, undefined, { signal: stopping.signal });
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
        await start();
        log.info('The embedded PostgreSQL runs again');
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        log.error({ err: error }, 'The embedded PostgreSQL does not start; it is tried again');
      }
    }
  };

  // A process that ends without having stopped it leaves none behind.
  const leave = () => run?.child.kill('SIGINT');
  process.on('exit', leave);
  const bounding = setInterval(() => boundServerLog(logFile), hourMs).unref();
  const stop = async (limitMs: number): Promise<void> => {
    stopping.abort();
    clearInterval(bounding);
    if (run !== undefined) await end(run, limitMs);
    await restarting;
    process.off('exit', leave);
    removeSocket(socketFolder);
  };

  try {
    await start();
  } catch (error) {
    await stop(0);
    throw error;
  }
  return {
    connection: connectionOf(socketFolder),
    running: () => isReady,
    stop: (limitMs = defaultStopMs) => {
      stopped ??= stop(limitMs);
      return stopped;
    },
  };
}

export function connectionOf(socketFolder: string): EmbeddedConnection {
  return { host: socketFolder, port, user: serverUser, database: 'postgres', ssl: false };
}

/** Whether a connection is taken there now. */
export async function answers(socketFolder: string): Promise<boolean> {
  const client = new pg.Client({ ...connectionOf(socketFolder), connectionTimeoutMillis: greetingMs });
  // Without a listener a connection that breaks would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    void client.end().catch(() => undefined);
  }
}

/** The folder itself, or a private one where the path would be too long for a socket. */
function socketFolderOf(folder: string): string {
  const fits = (path: string) => Buffer.byteLength(join(path, socketName)) <= longestSocketPath;
  if (fits(folder)) return folder;
  const short = fits(join(tmpdir(), `${socketFolderPrefix}123456`)) ? tmpdir() : '/tmp';
  return mkdtempSync(join(short, socketFolderPrefix));
}

function argumentsOf(data: string, socketFolder: string, major: number): string[] {
  const all = {
    ...settings,
    ...(major >= 18 && settingsFrom18),
    // A list, in which quotes protect what a folder's name may hold.
    unix_socket_directories: `"${socketFolder.replaceAll('"', '""')}"`,
  };
  return ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

interface Run {
  readonly child: ChildProcess;
  readonly gone: Promise<void>;
  isOver(): boolean;
}

function follow(child: ChildProcess): Run {
  let isOver = false;
  const gone = new Promise<void>((resolve) => {
    const end = () => {
      isOver = true;
      resolve();
    };
    child.once('error', end).once('exit', end).unref();
  });
  return { child, gone, isOver: () => isOver };
}

async function end({ child, gone, isOver }: Run, limitMs: number): Promise<void> {
  if (isOver()) return;
  child.ref();
  child.kill('SIGINT');
  const hurry = setTimeout(() => child.kill('SIGQUIT'), limitMs);
  const kill = setTimeout(() => child.kill('SIGKILL'), limitMs + quickEndMs);
  await gone;
  clearTimeout(hurry);
  clearTimeout(kill);
}

/** By what the server writes of itself first: a greeting before that would fill its log. */
async function becomesReady(data: string, run: Run, signal: AbortSignal): Promise<boolean> {
  for (const endAt = performance.now() + startMs; performance.now() < endAt; await sleep(pollMs)) {
    if (run.isOver() || signal.aborted) return false;
    const postmaster = readPostmaster(data);
    if (postmaster?.isReady !== true || postmaster.pid !== run.child.pid) continue;
    if (await answers(postmaster.socketFolder)) return true;
  }
  return false;
}
