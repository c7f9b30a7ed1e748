/** A real store for the tests of what Slack's people ask of it: on the embedded server, in a database of its own. */
import { createEvents } from '../../src/store/events.ts';
import { createInstallations } from '../../src/store/installations.ts';
import { createSecrets } from '../../src/store/secrets.ts';
import { type Store, StoreUnavailable } from '../../src/store/store.ts';
import { preparedDatabase } from '../store/servers.ts';
import { openWatchWorld } from '../store/watch-world.ts';

export interface KeptStore {
  readonly store: Store;
  /** Takes it away, and gives it back: what every call throws then is what it throws without a server. */
  away(isAway: boolean): void;
  /** As it was at first. */
  forget(...teams: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** One for a file: `forget` between its tests. */
export async function openStore(): Promise<KeptStore> {
  const database = await preparedDatabase({ name: 'embedded' });
  const world = await openWatchWorld(database.url);
  let isAway = false;
  /** The real one, behind a door that can be shut. */
  const guarded = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return async (...given: unknown[]) => {
          if (isAway) throw new StoreUnavailable('taken away by the test');
          return method.apply(target, given);
        };
      },
    });
  const { teams, publications, watches, looks, incidents, notices, jobs, connection } = world;
  return {
    away: (now) => {
      isAway = now;
    },
    async forget(...known) {
      isAway = false;
      for (const team of known) await teams.forget(team);
      // Each local Slack counts its events anew.
      await connection.db.deleteFrom('events').execute();
    },
    async close() {
      await world.close();
      await database.drop();
    },
    store: {
      installations: guarded(createInstallations(connection, createSecrets([new Uint8Array(32)]))),
      teams: guarded(teams),
      publications: guarded(publications),
      watches: guarded(watches),
      looks: guarded(looks),
      incidents: guarded(incidents),
      notices: guarded(notices),
      jobs: guarded(jobs),
      events: guarded(createEvents(connection)),
      problem: async () => (isAway ? 'taken away' : undefined),
    },
  };
}
