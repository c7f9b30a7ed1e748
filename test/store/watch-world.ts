/** A prepared database with everything of watches on it, for tests; any number of processes' worth of them on one database. */
import { type Generated, nothingKnown } from '../../src/check/history.ts';
import type { Observation } from '../../src/check/observation.ts';
import type { DomainName } from '../../src/protocol/domain.ts';
import { type Connection, connect } from '../../src/store/connection.ts';
import { createIncidents } from '../../src/store/incidents.ts';
import { createJobs } from '../../src/store/jobs.ts';
import { createLooks } from '../../src/store/looks.ts';
import { createNotices } from '../../src/store/notices.ts';
import { createPublications } from '../../src/store/publications.ts';
import { createQueues, type Queues } from '../../src/store/queues.ts';
import type { IncidentChange, LookOutcome, StoredPublication } from '../../src/store/shapes.ts';
import { createTeams } from '../../src/store/teams.ts';
import { createWatches } from '../../src/store/watches.ts';
import { healthy } from '../check/observations.ts';

export type WatchWorld = Awaited<ReturnType<typeof openWatchWorld>>;

/** As one process has it, which looks for jobs of dead ones so often; as a bot does, unless it is said. */
export async function openWatchWorld(url: string, superviseSeconds?: number) {
  const config = { connectionString: url };
  const connection: Connection = connect(config);
  const troubles: Error[] = [];
  const trouble = (error: Error) => troubles.push(error);
  const queues: Queues = createQueues(config, trouble, superviseSeconds);
  await queues.start();
  const publications = createPublications(connection);
  const jobs = createJobs({ queues, connection, alsoTidy: async () => {}, trouble });
  return {
    connection,
    queues,
    /** What went wrong beside any call. */
    troubles,
    publications,
    teams: createTeams(connection),
    watches: createWatches(connection, queues),
    looks: createLooks(connection, queues, publications, generatedOf),
    incidents: createIncidents(connection, queues),
    notices: createNotices(connection),
    jobs,
    async close() {
      await jobs.stop(1000);
      await queues.stop();
      await connection.close();
    },
  };
}

/** Stands for check/history's: the store only carries what it answers. */
function generatedOf({ at, id, policy }: StoredPublication): Generated | undefined {
  if (policy === 'unreadable') return undefined;
  return {
    at: at.toISOString(),
    id,
    policyHash: `hash of ${policy}`,
    mode: 'testing',
    maxAgeSeconds: 86_400,
  };
}

export const now = new Date('2026-11-26T12:00:00.000Z');
export const domain = 'example.com' as DomainName;

export function minutesAfter(minutes: number, from: Date = now): Date {
  return new Date(from.getTime() + minutes * 60_000);
}

export function observationAt(at: Date, more: Partial<Observation> = {}): Observation {
  return { ...healthy, startedAt: at.toISOString(), ...more };
}

export function outcome(more: Partial<LookOutcome> = {}): LookOutcome {
  return {
    looks: 0,
    observation: observationAt(now),
    fingerprint: 'as it was',
    smtpLookedAt: undefined,
    summary: { verdict: 'enforced', sentence: 'All is well.', findings: [] },
    ledger: [],
    trail: nothingKnown,
    state: { seen: 1 },
    incident: undefined,
    nextLookAt: minutesAfter(360, new Date()),
    ...more,
  };
}

export function news(more: Partial<IncidentChange> = {}): IncidentChange {
  return {
    state: { verdict: 'broken' },
    entries: [{ kind: 'added' }],
    closed: false,
    tellAt: new Date(0),
    ...more,
  };
}
