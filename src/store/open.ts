/**
 * The store, opened and kept open: in the embedded database or in a server's. While the database is away every method
 * says so at once, and it is tried again until it is back. What is asked of it is left to the parts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Log } from '../log.ts';
import type { Connection } from './connection.ts';
import type { KeptServer } from './kept-server.ts';
import type { Parts, PartsGiven } from './parts.ts';
import { isWriteProblem, type Place, placeUnknown, problemOf } from './problem.ts';
import { createSecrets } from './secrets.ts';
import { type JobHandlers, type Store, type StoreRefused, StoreUnavailable } from './store.ts';

export interface StoreOptions {
  /** Of the embedded database. */
  readonly dataDir: string;
  /** A server's, instead of the embedded one. */
  readonly databaseUrl: string | undefined;
  /** PG_BIN: other programs for the embedded one than the npm package's. */
  readonly pgBin?: string | undefined;
  /** 32 bytes each: the first seals, all of them open. */
  readonly secretsKeys: readonly Uint8Array[];
  /** What the rules know of a version that was generated; undefined when its texts are not readable any more. */
  readonly generatedOf: PartsGiven['generatedOf'];
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

export interface OpenStore {
  /** To be handed out before it is open. */
  readonly store: Store;
  /**
   * Resolves when it is open, and also when the database is away: then it goes on trying. Throws StoreRefused when
   * somebody has to do something first.
   */
  start(): Promise<void>;
  /** Takes nothing more. What is under way has so long to end. */
  stop(limitMs: number): Promise<void>;
}

/** A restart takes a moment; who is away for long is asked at leisure. */
const firstPauseMs = 250;
const longestPauseMs = 10_000;
/** Whoever reads the log learns that it is still away. */
const remindMs = 60_000;
/** A full disk lets some writes through: it is told for so long after the last that failed. */
const writeProblemMs = 30_000;

/** All that exists once it is known where the database is. */
interface Opened {
  readonly config: pg.ClientConfig;
  readonly place: Place;
  readonly connection: Connection;
  readonly parts: Parts;
}

/** Loading them takes a tenth of a second, in which the bot can take commands already: when the store is opened. */
async function modules() {
  const { connect, serverConfig } = await import('./connection.ts');
  const { createParts } = await import('./parts.ts');
  const { prepare } = await import('./prepare.ts');
  const { placeOf } = await import('./reach.ts');
  return { connect, serverConfig, createParts, prepare, placeOf };
}

type Modules = Awaited<ReturnType<typeof modules>>;

type Work = { readonly handlers: JobHandlers; readonly options: { readonly atOnce: number } };

export function createStore({
  dataDir,
  databaseUrl,
  pgBin,
  secretsKeys,
  generatedOf,
  log,
}: StoreOptions): OpenStore {
  const secrets = createSecrets(secretsKeys);
  const stopping = new AbortController();
  let embedded: KeptServer | undefined;
  let opened: Opened | undefined;
  let wasOpen = false;
  /** Undefined while it is open. */
  let away: StoreUnavailable | StoreRefused | undefined = new StoreUnavailable('the store is not open yet');
  let writeProblem: { readonly message: string; readonly at: number } | undefined;
  let opening: Promise<void> | undefined;
  let isRecovering = false;
  let work: Work | undefined;
  let isWorking = false;

  // Where a URL names a file that cannot be read, the place is not known either.
  const place = (): Place => opened?.place ?? placeUnknown({ dataDir, databaseUrl });
  const told = (error: unknown) => problemOf(error, place());

  const locate = ({ connect, serverConfig, createParts, placeOf }: Modules): Opened => {
    const config = embedded?.connection ?? serverConfig(databaseUrl ?? '');
    const where = placeOf({ dataDir, databaseUrl });
    const connection = connect(config);
    const parts = createParts({ connection, config, secrets, generatedOf, log });
    return { config, place: where, connection, parts };
  };

  const beginWork = async ({ jobs }: Parts): Promise<void> => {
    if (work === undefined || isWorking) return;
    isWorking = true;
    try {
      await jobs.work(work.handlers, work.options);
    } catch (error) {
      isWorking = false;
      throw error;
    }
  };

  const open = async (): Promise<void> => {
    if (databaseUrl === undefined && embedded === undefined) {
      const { startEmbedded } = await import('./embedded.ts');
      embedded = await startEmbedded({ dataDir, log, bin: pgBin });
    }
    const loaded = await modules();
    opened ??= locate(loaded);
    await loaded.prepare({ ...opened, secrets, log, again: wasOpen });
    await opened.parts.begin();
    await beginWork(opened.parts);
    if (stopping.signal.aborted) return;
    away = undefined;
    wasOpen = true;
  };

  const recover = async (): Promise<void> => {
    let said: { readonly message: string; readonly at: number } | undefined;
    let pauseMs = firstPauseMs;
    while (away !== undefined) {
      const now = performance.now();
      if (away.message !== said?.message || now - said.at > remindMs) {
        log.error({ err: away }, 'the store does not answer; it is tried again');
        said = { message: away.message, at: now };
      }
      await sleep(pauseMs, undefined, { signal: stopping.signal });
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      try {
        opening = open();
        await opening;
      } catch (error) {
        // A bug must not keep the bot from trying: what it says is in the log.
        away = told(error) ?? new StoreUnavailable('the store cannot be opened', { cause: error });
        opened?.connection.reset();
      }
    }
    // At once, so that whoever finds it away again does not take this for still trying.
    isRecovering = false;
    log.info({ where: place().where }, 'the store answers again');
  };

  const leave = (problem: StoreUnavailable | StoreRefused): void => {
    if (stopping.signal.aborted) return;
    away = problem;
    opened?.connection.reset();
    if (isRecovering) return;
    isRecovering = true;
    recover().catch((error: unknown) => {
      if (!stopping.signal.aborted) log.error({ err: error }, 'a bug: the store is not tried again');
    });
  };

  let probing: Promise<string | undefined> | undefined;
  /** Why it does not answer; notes it when it is so. */
  const probe = (): Promise<string | undefined> => {
    probing ??= (async () => {
      if (away !== undefined || opened === undefined) return away?.message;
      try {
        const { standby } = await opened.connection.probeDb
          .selectNoFrom(({ fn }) => fn<boolean>('pg_is_in_recovery').as('standby'))
          .executeTakeFirstOrThrow();
        if (!standby) return undefined;
        throw new StoreUnavailable(`PostgreSQL at ${place().where} takes no writing: it is a standby.`);
      } catch (error) {
        const problem = told(error);
        if (problem === undefined) throw error;
        leave(problem);
        return problem.message;
      }
    })().finally(() => {
      probing = undefined;
    });
    return probing;
  };

  const run = async (ask: (parts: Parts) => Promise<unknown>): Promise<unknown> => {
    if (away !== undefined || opened === undefined) {
      throw new StoreUnavailable(away?.message ?? 'the store is not open', { cause: away });
    }
    try {
      return await ask(opened.parts);
    } catch (error) {
      const problem = told(error);
      if (problem === undefined) throw error;
      if (isWriteProblem(error)) writeProblem = { message: problem.message, at: performance.now() };
      // One query may have met with bad luck; whether all would is asked once, and nobody waits for it.
      void probe().catch(() => {});
      throw problem instanceof StoreUnavailable
        ? problem
        : new StoreUnavailable(problem.message, { cause: error });
    }
  };

  const part = <Name extends keyof Omit<Store, 'problem'>>(name: Name): Store[Name] =>
    partOf(name, run) as Store[Name];

  const store: Store = {
    installations: part('installations'),
    teams: part('teams'),
    publications: part('publications'),
    events: part('events'),
    watches: part('watches'),
    looks: part('looks'),
    incidents: part('incidents'),
    notices: part('notices'),
    jobs: {
      // Begins when the database is there, which may be later.
      async work(handlers, options) {
        work = { handlers, options };
        if (away === undefined) await run(beginWork);
      },
      stop: async (limitMs) => {
        work = undefined;
        if (opened !== undefined && isWorking) await opened.parts.jobs.stop(limitMs);
        isWorking = false;
      },
      digestAt: async (team, at) => part('jobs').digestAt(team, at),
      lag: async () => part('jobs').lag(),
    },
    async problem() {
      const problem = await probe();
      if (problem !== undefined) return problem;
      if (writeProblem === undefined) return undefined;
      return performance.now() - writeProblem.at < writeProblemMs ? writeProblem.message : undefined;
    },
  };

  let stopped: Promise<void> | undefined;
  const stop = async (limitMs: number): Promise<void> => {
    const endAt = performance.now() + limitMs;
    const left = () => Math.max(0, endAt - performance.now());
    stopping.abort();
    away = new StoreUnavailable('the store is closed');
    await within(left(), opening);
    await within(left(), opened?.parts.end(left()));
    await within(left(), opened?.connection.close());
    await embedded?.stop(Math.max(left(), shortestEndMs));
  };

  return {
    store,
    async start() {
      const startedAt = performance.now();
      try {
        opening = open();
        await opening;
        const ms = Math.round(performance.now() - startedAt);
        log.info({ where: place().where, ms }, 'the store is open');
      } catch (error) {
        const problem = told(error);
        if (problem instanceof StoreUnavailable) {
          leave(problem);
          return;
        }
        await opened?.parts.end(0);
        await opened?.connection.close();
        await embedded?.stop();
        throw problem ?? error;
      }
    },
    stop(limitMs) {
      stopped ??= stop(limitMs);
      return stopped;
    },
  };
}

/** The embedded server ends in a tenth of a second; a limit that is over already must not make it a crash. */
const shortestEndMs = 2000;

function partOf(
  name: keyof Omit<Store, 'problem'>,
  run: (ask: (parts: Parts) => Promise<unknown>) => Promise<unknown>,
): unknown {
  return new Proxy(
    {},
    {
      get:
        (_, method) =>
        (...given: unknown[]) =>
          run((parts) => Reflect.apply(Reflect.get(parts[name], method), parts[name], given)),
    },
  );
}

async function within(limitMs: number, work: Promise<unknown> | undefined): Promise<void> {
  if (work === undefined) return;
  const limit = new AbortController();
  const ends = sleep(limitMs, undefined, { signal: limit.signal }).catch(() => {});
  // What fails while everything ends is of no use to anybody.
  await Promise.race([work.catch(() => {}), ends]);
  limit.abort();
}
