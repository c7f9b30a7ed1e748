/**
 * The bot as a separate process, unmodified: started with nothing but the environment given, started again when
 * it dies, stopped with whoever started it. What to print is left to the caller.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The bot has 10 s to drain; then a little more, and it is killed. */
const stopMs = 11_000;
/** A bot that lived as long as this was well: the count of its deaths starts anew. */
const wellMs = 10_000;
/** How long to wait after each death in a row; after the last, a person must ask. */
const restartDelaysMs = [500, 2000, 5000];

export interface BotProcessOptions {
  /** The program, such as src/main.mjs. */
  readonly entry: string;
  readonly env: () => Readonly<Record<string, string>>;
  /** Each line of its output. */
  readonly onLine: (line: string) => void;
  /** It ended without having been told to; `restartMs` is null when it stays down until start(). */
  readonly onDeath: (how: string, restartMs: number | null) => void;
  /** Default {@link restartDelaysMs}. */
  readonly delaysMs?: readonly number[];
}

export interface BotProcess {
  /** Undefined while it is down. */
  readonly pid: number | undefined;
  /** Starts it, unless it runs. */
  start(): void;
  /** Stops it and starts it with the environment as it is then. */
  restart(): Promise<void>;
  /** Ends it without a warning (SIGKILL), as often as wanted: it starts again all the same. */
  kill(): void;
  stop(): Promise<void>;
}

const tether = fileURLToPath(new URL('./tether.mjs', import.meta.url));

export function createBotProcess(options: BotProcessOptions): BotProcess {
  const delaysMs = options.delaysMs ?? restartDelaysMs;
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let deaths = 0;

  const start = (): void => {
    clearTimeout(timer);
    if (child !== undefined) return;
    const startedAt = Date.now();
    const running = spawn(process.execPath, ['--import', tether, options.entry], {
      env: options.env(),
      // Its input stays open as long as this process lives.
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child = running;
    for (const stream of [running.stdout, running.stderr])
      createInterface({ input: stream }).on('line', options.onLine);
    running.stdin.on('error', () => {
      // It ended while its input was still open: told by `exit`.
    });
    running.once('error', (error) => died(running, error.message, startedAt));
    running.once('exit', (code, signal) => died(running, signal ?? `exit code ${code}`, startedAt));
  };

  const died = (which: ChildProcess, how: string, startedAt: number): void => {
    // Told to stop: nothing to tell.
    if (child !== which) return;
    child = undefined;
    deaths = Date.now() - startedAt >= wellMs ? 0 : deaths;
    const restartMs = delaysMs[deaths] ?? null;
    deaths += 1;
    options.onDeath(how, restartMs);
    if (restartMs !== null) timer = setTimeout(start, restartMs);
  };

  // Two at once would start a bot while the old one still has the port.
  let turn = Promise.resolve();
  const inTurn = (step: () => Promise<void>): Promise<void> => {
    turn = turn.then(step);
    return turn;
  };

  const stopNow = async (): Promise<void> => {
    clearTimeout(timer);
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill('SIGTERM');
    const kill = setTimeout(() => running.kill('SIGKILL'), stopMs);
    await gone;
    clearTimeout(kill);
  };

  return {
    get pid() {
      return child?.pid;
    },
    start() {
      if (child === undefined) deaths = 0;
      start();
    },
    restart: () =>
      inTurn(async () => {
        await stopNow();
        deaths = 0;
        start();
      }),
    kill() {
      deaths = 0;
      child?.kill('SIGKILL');
    },
    stop: () => inTurn(stopNow),
  };
}
