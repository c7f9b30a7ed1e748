/** The bot against the Slack and the internet of this machine: in this process, or as one of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, onTestFinished } from 'vitest';
import { createLook, type Look } from '../../src/check/look.ts';
import { readConfig } from '../../src/config.ts';
import { createHttp } from '../../src/http.ts';
import { createInternet, type Internet } from '../../src/local/internet/internet.ts';
import { parseManifest } from '../../src/local/slack/manifest.ts';
import { createWorkspace, type Workspace, type WorkspaceOptions } from '../../src/local/slack/workspace.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createSlackApp } from '../../src/slack/app.ts';
import { noStore } from '../../src/store/no-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { AtEnd } from '../made-once.ts';
import { backends, preparedDatabase } from '../store/servers.ts';

export type Transport = 'http' | 'socket' | 'oauth';

export interface World {
  readonly workspace: Workspace;
  /** What tells a bot where everything is. */
  readonly env: Record<string, string>;
}

export interface RunningBot {
  /** Each line of its log. */
  readonly lines: Record<string, unknown>[];
  /** Of its HTTP server. */
  readonly url: string;
  stop(): Promise<void>;
}

const manifestUrl = new URL('../../manifest.json', import.meta.url);

/** One for all tests of a file: no bot can change it. */
let internet: Promise<Internet> | undefined;
afterAll(async () => {
  const ended = internet;
  internet = undefined;
  await (await ended)?.stop();
});

/** A Slack, ended with the test, and an internet. */
export async function createWorld(
  transport: Transport,
  limits: NonNullable<WorkspaceOptions['limits']> = {},
): Promise<World> {
  internet ??= createInternet();
  const [{ env }, workspace, dataDir] = await Promise.all([
    internet,
    createWorkspace({ manifest: parseManifest(readFileSync(manifestUrl, 'utf8')), transport, limits }),
    mkdtemp(join(tmpdir(), 'mta-sts-world-')),
  ]);
  onTestFinished(async () => {
    await Promise.all([workspace.stop(), rm(dataDir, { recursive: true, force: true })]);
  });
  return { workspace, env: { ...workspace.env(), ...env, DATA_DIR: dataDir } };
}

/** A database on a server that is there already, for bots that are processes. */
export async function serverDatabase(atEnd: AtEnd): Promise<{ readonly DATABASE_URL: string }> {
  const [backend] = backends;
  if (backend === undefined) throw new Error('There is no database server.');
  const { url, drop } = await preparedDatabase(backend);
  atEnd(drop);
  return { DATABASE_URL: url };
}

/** The bot within this process, ready; `look` answers in the place of the real one. `lines` gets its log. */
export async function startBot(
  { workspace, env }: World,
  look?: Look,
  store: Store = noStore,
  lines: Record<string, unknown>[] = [],
): Promise<RunningBot> {
  const log = createLog('debug', { write: (line) => void lines.push(JSON.parse(line)) });
  const config = readConfig(env);
  const metrics = createMetrics();
  const { observe, observeCheck } = metrics;
  const slack = createSlackApp({
    config,
    log,
    store,
    observe,
    observeCheck,
    look: look ?? createLook(config.network, () => new Date()),
  });
  const { unready, slackEvents, installPaths } = slack;
  const { metricsToken } = config;
  const http = createHttp({ ...config.http, log, metrics, metricsToken, unready, slackEvents, installPaths });
  const port = await http.start();
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    http.close();
    await slack.stop(9000);
    http.end();
  };
  onTestFinished(() => (stopped ??= stop()));
  await slack.start();
  await workspace.ready();
  return { lines, url: `http://127.0.0.1:${port}`, stop: () => (stopped ??= stop()) };
}

/** A bot in this process, in a world of its own. */
export async function startAll(transport: Transport, look?: Look): Promise<World & RunningBot> {
  const world = await createWorld(transport);
  return { ...world, ...(await startBot(world, look)) };
}

export interface BotProcess {
  readonly lines: Record<string, unknown>[];
  /** What it wrote that is no JSON, standard error included. */
  readonly words: string[];
  kill(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
}

/** The bot as the process that `npm start` makes, told by nothing but these variables. */
export function spawnBot(env: Record<string, string>, atEnd: AtEnd = onTestFinished): BotProcess {
  const entry = fileURLToPath(new URL('../../src/main.mjs', import.meta.url));
  const child = spawn(process.execPath, [entry], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: Record<string, unknown>[] = [];
  const words: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.startsWith('{')) lines.push(JSON.parse(line));
      else words.push(line);
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string | null);
  atEnd(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { lines, words, ended, kill: (signal) => void child.kill(signal) };
}

/** Waits until there is such a line in the log. */
export async function logged(
  { lines }: { readonly lines: readonly Record<string, unknown>[] },
  wanted: Record<string, unknown>,
  timeoutMs = 30_000,
): Promise<Record<string, unknown>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = lines.find((line) => Object.entries(wanted).every(([name, value]) => line[name] === value));
    if (found !== undefined) return found;
    if (performance.now() > deadline)
      throw new Error(
        `No line ${JSON.stringify(wanted)} among:\n${lines.map((line) => JSON.stringify(line)).join('\n')}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
