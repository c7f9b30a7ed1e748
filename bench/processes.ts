/** Programs under measurement as processes of their own, and the Slack API that they call on loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../src/local/free-port.ts';
import { helpMessage } from '../src/slack/blocks/help-message.ts';

export const signingSecret = 'b0a7d0c5e11ab0a7d0c5e11ab0a7d0c5';

/** A start that takes longer has failed. */
const startLimitMs = 20_000;
/** A kernel's clock tick; Linux has had 100 a second for programs since ever. */
const ticksPerSecond = 100;

export interface StubApi {
  readonly url: string;
  stop(): void;
}

/** Answers every method at once and alike: the same little work for whoever calls. */
export async function createStubApi(): Promise<StubApi> {
  const body = JSON.stringify({
    ok: true,
    team_id: 'T0BENCH01',
    user_id: 'U0BENCH01',
    bot_id: 'B0BENCH01',
    view: { id: 'V0BENCH01', hash: '1.abc' },
  });
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

export interface Program {
  readonly pid: number;
  readonly port: number;
  /** From the start of the process to the line that says it takes commands, in milliseconds. */
  readonly takesCommandsMs: number;
  /** The same to the line that says all of it is ready. */
  readonly readyMs: number;
  /** As an operator does, and waits until it has gone: the bot ends its database. */
  stop(): Promise<void>;
}

/** What tells a program where Slack is: the stub. */
export function stubEnv(api: StubApi): Record<string, string> {
  return {
    SLACK_BOT_TOKEN: 'xoxb-bench-0123456789',
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_API_URL: api.url,
    BENCH_ANSWER_CHARS: String(JSON.stringify(helpMessage()).length),
    DNS_RESOLVERS: '127.0.0.1:1',
  };
}

/** What follows `node` for each. The bot as `npm start` runs it. */
export const bareBolt = [fileURLToPath(new URL('bare-bolt.ts', import.meta.url))];
const packageUrl = new URL('../package.json', import.meta.url);
export const mtaStsBot: readonly string[] = (
  JSON.parse(readFileSync(packageUrl, 'utf8')) as { scripts: { start: string } }
).scripts.start
  .split(' ')
  .slice(1)
  .map((word) => (word.startsWith('-') ? word : fileURLToPath(new URL(word, packageUrl))));

/** Starts a program of this repository and waits until it says that it is ready. The bot keeps its data in DATA_DIR. */
export async function startProgram(
  argv: readonly string[],
  env: Readonly<Record<string, string>> & { readonly DATA_DIR: string },
): Promise<Program> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawn(process.execPath, argv, {
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let takesCommandsAt: number;
  try {
    takesCommandsAt = await untilReady(child);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    pid: child.pid ?? 0,
    port,
    takesCommandsMs: takesCommandsAt - startedAt,
    readyMs: performance.now() - startedAt,
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

/**
 * Answers when it said that it takes commands. The bot says both as lines of its log, bare Bolt both at once. What
 * comes later is read and dropped.
 */
function untilReady({ stdout, pid }: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Process ${pid} was not ready in time.`)), startLimitMs);
    let takesCommandsAt: number | undefined;
    stdout?.on('data', (chunk: Buffer) => {
      const text = chunk.toString();
      if (/"msg":"commands are taken"/.test(text)) takesCommandsAt ??= performance.now();
      if (!/^ready$|"msg":"ready"/m.test(text)) return;
      clearTimeout(timer);
      resolve(takesCommandsAt ?? performance.now());
      stdout.removeAllListeners('data').resume();
    });
    stdout?.once('end', () => reject(new Error(`Process ${pid} ended instead of getting ready.`)));
  });
}

/** A folder for the bot's data while it is used. */
export async function withDataDir<T>(use: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mta-sts-bench-'));
  try {
    return await use(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** The embedded server of a data folder: its first process and all that it has started. Linux only. */
export function postgresPids(dataDir: string): readonly string[] {
  const [postmaster = ''] = readFileSync(join(dataDir, 'pg', 'postmaster.pid'), 'utf8').split('\n');
  const children = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && statOf(name)?.[1] === postmaster,
  );
  return [postmaster, ...children];
}

/** What the embedded server has used, those of its processes that have ended included, in milliseconds. */
export function postgresMs(dataDir: string): number {
  const [postmaster = '', ...children] = postgresPids(dataDir);
  return cpuMs(postmaster, true) + children.reduce((sum, pid) => sum + cpuMs(pid), 0);
}

/** What a process has used, in milliseconds; on request with the children that have ended. */
export function cpuMs(pid: string, withEnded = false): number {
  // utime, stime; of the children that were waited for.
  const used = statOf(pid)?.slice(11, withEnded ? 15 : 13) ?? [];
  return (used.reduce((sum, field) => sum + Number(field), 0) / ticksPerSecond) * 1000;
}

/** The fields after the name, from the state on; undefined when it has ended meanwhile. */
function statOf(pid: string): readonly string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
  } catch {
    return undefined;
  }
}

/** Sends each request over one of so many connections, and answers how long each response took, in milliseconds. */
export async function fire(
  port: number,
  requests: readonly Buffer[],
  connections: number,
): Promise<number[]> {
  const left = requests.values();
  const tookMs: number[] = [];
  const lane = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1').setNoDelay();
      let sentAt = 0;
      const next = () => {
        const { value, done } = left.next();
        if (done === true) {
          socket.end();
          resolve();
          return;
        }
        sentAt = performance.now();
        socket.write(value);
      };
      socket.once('connect', next);
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('The connection was closed.')));
      // Responses are small enough to come in one piece; a split one shows as a wrong first line.
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (!isWhole(text)) return;
        if (!text.startsWith('HTTP/1.1 200 ')) {
          reject(new Error(`Answered: ${text.split('\r\n', 1)[0]}`));
          socket.destroy();
          return;
        }
        text = '';
        tookMs.push(performance.now() - sentAt);
        next();
      });
    });
  await Promise.all(Array.from({ length: connections }, lane));
  return tookMs;
}

/** A head, and as much body as it says; chunked ones end with the empty chunk. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end + 2))?.[1];
  if (length !== undefined) return text.length >= end + 4 + Number(length);
  return text.endsWith('0\r\n\r\n') && text.length > end + 4;
}

/** The value below which this share of them lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
