/**
 * Looks through the network of this machine. What judges is loaded while the first answers are on their way,
 * because every module that is loaded before delays the first question.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createProber, observeDomain } from '../check/probes/observe.ts';
import type { Look, OpenLook } from './check.ts';

export const openLook: OpenLook = async (network) => {
  const prober = createProber(network);
  const look: Look = async (domain, now, options) => {
    const looking = observeDomain(domain, prober, now, options);
    const [observation, { createReport }] = await Promise.all([looking, loadJudgement()]);
    return createReport(observation);
  };
  return look;
};

/** An import stops everything else, so it lets the questions go before. */
async function loadJudgement(): Promise<typeof import('../check/report.ts')> {
  await nextTurn();
  return await import('../check/report.ts');
}
