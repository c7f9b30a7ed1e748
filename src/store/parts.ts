/**
 * What the store is made of, put together on one connection. Whether the database answers is left to open.ts: a part
 * asks it and throws what the driver throws.
 */
import type pg from 'pg';
import type { Generated } from '../check/history.ts';
import type { Log } from '../log.ts';
import type { Connection } from './connection.ts';
import { createEvents, tidyEvents } from './events.ts';
import { createIncidents } from './incidents.ts';
import { createInstallations } from './installations.ts';
import { createJobs } from './jobs.ts';
import { createLooks } from './looks.ts';
import { createNotices } from './notices.ts';
import { createPublications } from './publications.ts';
import { createQueues } from './queues.ts';
import type { Secrets } from './secrets.ts';
import type { StoredPublication } from './shapes.ts';
import type { Store } from './store.ts';
import { createTeams } from './teams.ts';
import { createWatches } from './watches.ts';

export interface PartsGiven {
  readonly connection: Connection;
  /** For what brings its own connections, such as jobs. */
  readonly config: pg.ClientConfig;
  readonly secrets: Secrets;
  /** What the rules know of a version that was generated; undefined when its texts are not readable any more. */
  readonly generatedOf: (publication: StoredPublication) => Generated | undefined;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

export interface Parts extends Omit<Store, 'problem'> {
  /** After each time that the database was made ready: at the first opening, and when it had been away. */
  begin(): Promise<void>;
  /** Ends what runs by itself. */
  end(limitMs: number): Promise<void>;
}

export function createParts({ connection, config, secrets, generatedOf, log }: PartsGiven): Parts {
  const trouble = (err: Error) => log.warn({ err }, 'work failed; it is tried again');
  const queues = createQueues(config, trouble);
  const publications = createPublications(connection);
  const jobs = createJobs({
    queues,
    connection,
    alsoTidy: async (now) => void (await tidyEvents(connection.patientDb, now)),
    trouble,
  });
  const looks = createLooks(connection, queues, publications, generatedOf);
  const watches = createWatches(connection, queues);
  const incidents = createIncidents(connection, queues);
  return {
    installations: createInstallations(connection, secrets),
    teams: createTeams(connection),
    publications,
    events: createEvents(connection),
    watches: { ...watches, add: thenNudged(watches.add), pause: thenNudged(watches.pause) },
    looks: { ...looks, save: thenNudged(looks.save), soon: thenNudged(looks.soon) },
    incidents: { ...incidents, change: thenNudged(incidents.change) },
    notices: createNotices(connection),
    jobs: { work: jobs.work, stop: jobs.stop, digestAt: jobs.digestAt, lag: jobs.lag },
    begin: () => queues.start(),
    async end(limitMs) {
      await jobs.stop(limitMs);
      await queues.stop();
    },
  };

  /** What these make due is waited for by somebody. */
  function thenNudged<Given extends unknown[], Answer>(method: (...given: Given) => Promise<Answer>) {
    return async (...given: Given): Promise<Answer> => {
      const answer = await method(...given);
      jobs.nudge();
      return answer;
    };
  }
}
