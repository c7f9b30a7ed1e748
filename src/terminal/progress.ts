/**
 * The one line that is written over while somebody waits, on standard error and only on a terminal. How far
 * a look is, is told by check/progress.ts.
 */
import { type Progress, progressSteps } from '../check/progress.ts';
import type { Screen } from './layout.ts';
import { visibleText } from './plain-text.ts';

export interface LiveLine {
  show(text: string): void;
  /** Leaves the line empty, for what is written next. */
  clear(): void;
}

/** Back to the first column, and nothing right of the cursor (ECMA-48 §8.3.41). */
const startOfLine = '\r';
const eraseToEnd = '\u001b[K';

/** Writes nothing where lines cannot be written over. */
export function createLiveLine(screen: Screen): LiveLine {
  let shown = '';
  return {
    show(text) {
      // The last column stays free: some terminals wrap once it is filled.
      const line = cut(visibleText(text), screen.columns - 1);
      if (!screen.live || line === shown) return;
      screen.write(`${startOfLine}${line}${eraseToEnd}`);
      shown = line;
    },
    clear() {
      if (shown === '') return;
      screen.write(`${startOfLine}${eraseToEnd}`);
      shown = '';
    },
  };
}

/** `example.com: record ✓ · policy ✓ · mx1.example.com …`; of many hosts how many are done, and who is waited for. */
export function progressLine(name: string, progress: Progress, columns: number): string {
  const whole = `${name}: ${progressSteps(progress).join(' · ')}`;
  const { hosts } = progress;
  if (whole.length < columns || hosts.length === 0) return whole;
  const [record = '', policy = ''] = progressSteps(progress);
  const waiting = hosts.filter(({ state }) => state === 'looking').map(({ host }) => `${host} …`);
  const done = `${hosts.length - waiting.length} of ${hosts.length} MX hosts`;
  return [record, policy, done, ...waiting].join(' · ');
}

const barColumns = 20;

/** `12 of 1000 checked ━━━─────── 3 broken`. */
export function barLine(done: number, total: number, broken: number): string {
  const filled = Math.floor((done / total) * barColumns);
  const bar = '━'.repeat(filled) + '─'.repeat(barColumns - filled);
  return `${done} of ${total} checked ${bar}${broken === 0 ? '' : ` ${broken} broken`}`;
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
}
