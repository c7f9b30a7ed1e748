/** The door of this folder: looks at a domain and judges what was seen. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DomainName } from '../protocol/domain.ts';
import type { History } from './history.ts';
import { type LookOptions, observeDomain, type Prober } from './probes/observe.ts';
import { createTurns } from './probes/turns.ts';
import { createReport, type Report } from './report.ts';

export interface CheckOptions extends LookOptions {
  /** Of the looks before this one; without it nothing is told of changes. */
  readonly history?: History;
}

/**
 * What a sender would meet at the domain as it is published now, and how to mend it. Takes at most 30 seconds
 * (`options.timeoutMs`); what is not known by then is not measured. Throws nothing that a remote could cause.
 */
export async function checkDomain(
  domain: DomainName,
  prober: Prober,
  now: Date,
  options: CheckOptions = {},
): Promise<Report> {
  const observation = await observeDomain(domain, prober, now, options);
  return judging.run(async () => {
    await nextTurn();
    return createReport(observation, options.history);
  });
}

/**
 * Looks that end together, as at one deadline, are judged one after the other, with room for others between:
 * the worst takes a tenth of a second, which twenty of them must not hold everybody up for.
 */
const judging = createTurns(1);
