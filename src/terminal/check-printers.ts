/** How reports get to standard output: as JSON Lines when they are known, or as text in the order asked for. */
import { type Report, reportJson } from '../check/report.ts';
import type { Screen } from './layout.ts';
import { jsonLine } from './plain-text.ts';
import { reportText } from './report-text.ts';
import { summaryText, type Tally, tallyOf } from './summary-text.ts';
import type { Outcome } from './terminal.ts';

export interface Printer {
  /** Takes a report in whatever order it becomes known; `index` is its place among those asked for. */
  take(report: Report, index: number): Outcome;
  /** After the last one. */
  end(): void;
}

/** Calls `beforeWriting` each time before something is written. */
export function createPrinter(
  asJson: boolean,
  total: number,
  screen: Screen,
  beforeWriting: () => void,
): Printer {
  const write = (text: string) => {
    beforeWriting();
    screen.write(text);
  };
  return asJson ? jsonPrinter(write) : textPrinter(total, screen, write);
}

function jsonPrinter(write: (text: string) => void): Printer {
  return {
    take(report) {
      write(jsonLine(reportJson(report)));
      return outcomeOf(report);
    },
    end() {},
  };
}

function textPrinter(total: number, screen: Screen, write: (text: string) => void): Printer {
  const separator = `\n${screen.paint('faint', '─'.repeat(screen.columns))}\n\n`;
  const waiting = new Map<number, string>();
  const tallies: Tally[] = [];
  let next = 0;
  return {
    take(report, index) {
      waiting.set(index, reportText(report, screen));
      tallies[index] = tallyOf(report);
      for (let text = waiting.get(next); text !== undefined; text = waiting.get(next)) {
        waiting.delete(next);
        write(`${next === 0 ? '' : separator}${text}`);
        next++;
      }
      return outcomeOf(report);
    },
    end() {
      if (total > 1) write(separator + summaryText(tallies, screen));
    },
  };
}

/** What the exit code says of one domain. */
function outcomeOf({ verdict, findings }: Report): Outcome {
  if (verdict === 'unknown') return 2;
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}
