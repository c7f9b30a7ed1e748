/**
 * What the store is made of, put together on one connection. Whether the database answers is left to open.ts: a part
 * asks it and throws what the driver throws.
 */
import type pg from 'pg';
import type { Log } from '../log.ts';
import type { Connection } from './connection.ts';
import { createEvents } from './events.ts';
import { createInstallations } from './installations.ts';
import { createPublications } from './publications.ts';
import type { Secrets } from './secrets.ts';
import type { Store } from './store.ts';
import { createTeams } from './teams.ts';

export interface PartsGiven {
  readonly connection: Connection;
  /** For what brings its own connections, such as jobs. */
  readonly config: pg.ClientConfig;
  readonly secrets: Secrets;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

export interface Parts extends Omit<Store, 'problem'> {
  /** After each time that the database was made ready: at the first opening, and when it had been away. */
  begin(): Promise<void>;
  /** Ends what runs by itself. */
  end(limitMs: number): Promise<void>;
}

export function createParts({ connection, secrets }: PartsGiven): Parts {
  return {
    installations: createInstallations(connection, secrets),
    teams: createTeams(connection),
    publications: createPublications(connection),
    events: createEvents(connection),
    watches: missing('watches'),
    looks: missing('looks'),
    incidents: missing('incidents'),
    notices: missing('notices'),
    jobs: missing('jobs'),
    async begin() {},
    async end() {},
  };
}

function missing<Part extends object>(name: string): Part {
  return new Proxy({} as Part, {
    get() {
      throw new Error(`the store has no ${name} yet`);
    },
  });
}
