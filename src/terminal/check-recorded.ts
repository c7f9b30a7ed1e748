/** `mta-sts check --recorded`: judges looks that were recorded, without a network. */
import { readRecorded } from '../check/recorded.ts';
import { createReport } from '../check/report.ts';
import { createPrinter } from './check-printers.ts';
import { readFile, readStandardInput } from './input.ts';
import { plainLine, visibleText } from './plain-text.ts';
import { type Outcome, type Terminal, worse } from './terminal.ts';

/** Some thousand looks; it is read as a whole. */
const limit = {
  octetsMax: 64 * 1_048_576,
  tooLarge: 'This is larger than 64 MiB; split it, one look a line.',
} as const;

/** Judges each look of the file; what is none is told, and does not stop the others. */
export async function checkRecorded(file: string, asJson: boolean, terminal: Terminal): Promise<Outcome> {
  const name = file === '-' ? 'standard input' : plainLine(file);
  const complain = (text: string) => {
    terminal.stderr.write(`mta-sts: ${name}: ${visibleText(text)}\n`);
  };
  const read = file === '-' ? await readStandardInput(terminal, limit) : await readFile(file, limit);
  if (!read.ok) {
    complain(read.problem);
    return 2;
  }
  const looks = readRecorded(new TextDecoder().decode(read.value));
  if (looks.length === 0) complain('This is empty; record a look with mta-sts check example.com --json.');
  let outcome: Outcome = looks.length === 0 ? 2 : 0;
  const usable = looks.filter(({ observation }) => observation.ok).length;
  const printer = createPrinter(asJson, usable, terminal.stdout, () => {});
  let index = 0;
  for (const { line, observation } of looks) {
    if (observation.ok) {
      outcome = worse(outcome, printer.take(createReport(observation.value), index));
      index++;
    } else {
      complain(`line ${line}: ${observation.problem}`);
      outcome = 2;
    }
  }
  printer.end();
  return outcome;
}
