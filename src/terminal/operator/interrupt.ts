/** Ctrl-C and SIGTERM for commands that have something to undo or to leave in order. */
import { setTimeout as sleep } from 'node:timers/promises';

const signals = ['SIGINT', 'SIGTERM'] as const;
/** A signal to oneself arrives at once. */
const arrivalMs = 1000;

/**
 * Does the work, and aborts it at the first signal: what it had done is undone, `told` says so, and the process ends
 * by that signal, as the shell expects. Work that succeeds all the same counts as done. A second signal waits for nothing.
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  told: () => void,
): Promise<T> {
  const stopping = new AbortController();
  let first: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals) => {
    if (first !== undefined) process.exit(2);
    first = signal;
    stopping.abort();
  };
  for (const signal of signals) process.on(signal, stop);
  // Whatever ends the process before the work has ended, such as a reader that went away, is no success.
  const { exitCode } = process;
  process.exitCode = 2;
  const leave = () => {
    for (const signal of signals) process.off(signal, stop);
  };
  try {
    return await work(stopping.signal);
  } catch (error) {
    if (first === undefined) throw error;
    told();
    leave();
    process.kill(process.pid, first);
    await sleep(arrivalMs);
    throw error;
  } finally {
    leave();
    process.exitCode = exitCode;
  }
}
