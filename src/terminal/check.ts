/**
 * `mta-sts check`: looks at domains as they are published, or judges recorded looks again. How one domain is
 * looked at and judged is left to check/; how a report reads, to report-text.ts.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Network } from '../check/probes/network.ts';
import type { Progress } from '../check/progress.ts';
import type { Report } from '../check/report.ts';
import { type DomainName, displayDomain } from '../protocol/domain.ts';
import type { Arguments } from './arguments.ts';
import type { Printer } from './check-printers.ts';
import { readCheckRequest } from './check-request.ts';
import { wrap } from './layout.ts';
import { networkOf } from './network.ts';
import { plainLine } from './plain-text.ts';
import { barLine, createLiveLine, progressLine } from './progress.ts';
import { type Outcome, type Terminal, worse } from './terminal.ts';
import { wrongUsage } from './usage.ts';

/** One look at a domain, judged. */
export type Look = (
  domain: DomainName,
  now: Date,
  options: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
) => Promise<Report>;

/** Gets ready to look; what it loads delays the first question. */
export type OpenLook = (network: Network) => Promise<Look>;

/** Of 10, 20 and 40 the benchmark saw the most domains a second with 40; more would be more sockets, and one core is full. */
export const checksAtOnce = 40;

export async function check(given: Arguments, terminal: Terminal, openLook: OpenLook): Promise<Outcome> {
  const { words, options } = given;
  const [recorded] = options.get('recorded') ?? [];
  if (recorded !== undefined) {
    if (words.length > 0) {
      return wrongUsage(
        terminal,
        [`--recorded looks at no domain; leave ${words.map(plainLine).join(', ')} out.`],
        'check',
      );
    }
    return await (await import('./check-recorded.ts')).checkRecorded(recorded, options.has('json'), terminal);
  }
  if (words.length === 0)
    return wrongUsage(terminal, ['The domain is missing: mta-sts check example.com.'], 'check');
  const request = await readCheckRequest(words, terminal);
  if (!request.ok) return complain(terminal, [request.problem]);
  const { domains, problems, readings } = request.value;
  if (domains.length === 0 && problems.length > 0 && !words.includes('-'))
    return wrongUsage(terminal, problems, 'check');
  if (problems.length > 0) complain(terminal, problems);
  if (domains.length === 0)
    return problems.length > 0 ? 2 : complain(terminal, ['standard input lists no domain.']);
  for (const reading of readings) terminal.stderr.write(`mta-sts: ${reading}\n`);
  const network = networkOf(terminal);
  if (!network.ok) return complain(terminal, [network.problem]);
  const look = await openLook(network.value);
  const outcome = await checkAll(domains, look, terminal, options.has('json'));
  return worse(outcome, problems.length > 0 ? 2 : 0);
}

function complain({ stderr }: Terminal, problems: readonly string[]): Outcome {
  for (const problem of problems) {
    stderr.write(`${wrap(`mta-sts: ${problem}`, stderr.columns).join('\n')}\n`);
  }
  return 2;
}

async function checkAll(
  domains: readonly DomainName[],
  look: Look,
  terminal: Terminal,
  asJson: boolean,
): Promise<Outcome> {
  const total = domains.length;
  const live = createLiveLine(terminal.stderr);
  const showSteps = total === 1 && !asJson;
  const showBar = total > 1;
  const startedMs = performance.now();
  const clock = () => new Date(terminal.now.getTime() + Math.round(performance.now() - startedMs));
  // A fault of the program in one look ends all of them, and the process with them.
  const stop = new AbortController();
  let outcome: Outcome = 0;
  let done = 0;
  let broken = 0;
  const queue = domains.entries();
  // Loaded while the first answers are on their way: an import stops everything else, so it lets the questions go.
  let loading: Promise<Printer> | undefined;
  const printer = () => {
    loading ??= nextTurn().then(async () => {
      const { createPrinter } = await import('./check-printers.ts');
      return createPrinter(asJson, total, terminal.stdout, () => live.clear());
    });
    return loading;
  };
  const work = async () => {
    for (const [index, domain] of queue) {
      const looking = look(domain, clock(), {
        signal: stop.signal,
        onProgress: (progress) => {
          if (showSteps) live.show(progressLine(displayDomain(domain), progress, terminal.stderr.columns));
        },
      });
      const [report, { take }] = await Promise.all([looking, printer()]);
      done++;
      if (report.verdict === 'broken') broken++;
      outcome = worse(outcome, take(report, index));
      if (showBar && done < total) live.show(barLine(done, total, broken));
    }
  };
  if (showBar) live.show(barLine(0, total, 0));
  try {
    await Promise.all(Array.from({ length: Math.min(checksAtOnce, total) }, work));
  } finally {
    stop.abort();
    live.clear();
  }
  (await printer()).end();
  return outcome;
}
