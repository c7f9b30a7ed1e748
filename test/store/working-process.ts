/**
 * A process that looks and saves as fast as it can until it is killed, for jobs-killed.lab.test.ts: says on stdout each
 * look that it began and each that was saved. `node working-process.ts <database url>`
 */
import { setTimeout as wait } from 'node:timers/promises';
import { news, observationAt, openWatchWorld, outcome } from './watch-world.ts';

const [url = ''] = process.argv.slice(2);
const world = await openWatchWorld(url);
const nothing = async () => {};

await world.jobs.work(
  {
    async look({ domainId }) {
      const subject = await world.looks.subject(domainId);
      if (subject === undefined) return;
      const { looks } = subject;
      process.stdout.write(`began ${domainId} ${looks}\n`);
      const at = new Date();
      const answer = await world.looks.save(
        domainId,
        outcome({
          looks,
          observation: observationAt(at),
          fingerprint: `of look ${looks}`,
          state: { looks },
          ledger: [
            {
              id: `id${looks}`,
              policyHash: 'ab'.repeat(32),
              mode: 'testing',
              maxAgeSeconds: 86_400,
              body: 'version: STSv1',
              firstSeenAt: at.toISOString(),
              lastSeenAt: at.toISOString(),
              goneAt: null,
            },
          ],
          incident: news({ state: { looks }, entries: [{ looks }] }),
          nextLookAt: at,
        }),
      );
      process.stdout.write(`${answer} ${domainId} ${looks}\n`);
      // Between what is saved and what is said to be done: there a kill makes the look run again.
      await wait(Math.random() * 20);
    },
    tell: nothing,
    notice: nothing,
    digest: nothing,
  },
  { atOnce: 4 },
);
process.stdout.write('works\n');
