/** The bot as a process: environment → log → store → HTTP → Slack → watcher, and a clean stop. */
import { generatedOf } from './check/generated.ts';
import { createLook } from './check/look.ts';
import { readConfig } from './config.ts';
import { ConfigError } from './config-network.ts';
import { createHttp } from './http.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { createAnnouncer } from './slack/announcer.ts';
import { createSlackApp } from './slack/app.ts';
import { digestMessage } from './slack/blocks/digest-message.ts';
import { StartError } from './slack/slack-answers.ts';
import { createStore } from './store/open.ts';
import { StoreRefused } from './store/store.ts';
import type { OwnNetworkChange } from './watch/own-network.ts';
import type { Watcher } from './watch/watcher.ts';

/** SIGTERM is mostly followed by SIGKILL after ten seconds: this for what is under way, the rest for the database. */
const drainMs = 7000;
const storeStopMs = 2500;

/** Runs the bot until a signal ends it; what is wrong with its variables is one message and exit code 1. */
export async function start(): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

async function run(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  const { dataDir, databaseUrl, pgBin, secretsKeys } = config;
  const now = () => new Date();
  const opening = createStore({ dataDir, databaseUrl, pgBin, secretsKeys, generatedOf, log });
  const { store } = opening;
  const metrics = createMetrics(() => store.jobs.lag());
  const { observe, observeCheck, observeWatched, observeOwnNetwork } = metrics;
  const look = createLook(config.network, now);
  const slack = createSlackApp({ config, log, store, look, observe, observeCheck });
  const announcer = createAnnouncer({ workspaces: slack.workspaces, store, log, now });
  let watcher: Watcher | undefined;
  /** It loads every rule of the check, for which commands do not wait. */
  const loadWatcher = async (): Promise<Watcher> => {
    const { createWatcher } = await import('./watch/watcher.ts');
    return createWatcher({
      store,
      look,
      announcer: {
        ...announcer,
        sendDigest: (team, conversation, digest) =>
          announcer.send({ team, conversation }, digestMessage(digest)),
      },
      observe: observeWatched,
      onOwnNetwork(change) {
        observeOwnNetwork(change);
        log.warn({ way: change.way }, ownNetworkWords[change.to]);
      },
    });
  };
  const http = createHttp({
    ...config.http,
    log,
    metrics,
    metricsToken: config.metricsToken,
    async unready() {
      const [problem, others] = await Promise.all([store.problem(), slack.unready()]);
      return problem === undefined ? others : { ...others, store: problem };
    },
    slackEvents: slack.slackEvents,
    installPaths: slack.installPaths,
  });

  let stops = 0;
  const stop = async (signal: string) => {
    stops += 1;
    // Whoever signals twice does not want to wait.
    if (stops > 1) process.exit(1);
    log.info({ signal }, 'stopping');
    http.close();
    const [left] = await Promise.all([slack.stop(drainMs), watcher?.stop(drainMs)]);
    http.end();
    await opening.stop(storeStopMs);
    if (left > 0) log.warn({ left }, 'stopped with interactions under way');
    log.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error) => {
      log.fatal({ err: error, event }, 'a bug, or a machine in trouble: this process ends');
      process.exit(1);
    });
  }

  try {
    const port = await http.start();
    log.info({ port, host: config.http.host, transport: config.slack.transport }, 'HTTP listens');
    // Side by side: records and checks need no store.
    await Promise.all([
      opening.start(),
      slack.start().then(() => {
        log.info({ ms: Math.round(performance.now()) }, 'commands are taken');
        log.flush();
      }),
    ]);
    watcher = await loadWatcher();
    if (stops > 0) return;
    await watcher.start();
    log.info({ readyMs: Math.round(performance.now()) }, 'ready');
    log.flush();
  } catch (error) {
    if (stops > 0) return;
    const message = startProblem(error);
    if (message === undefined) throw error;
    process.stderr.write(`${message}\n`);
    await opening.stop(storeStopMs);
    process.exit(1);
  }
}

const ownNetworkWords: Readonly<Record<OwnNetworkChange['to'], string>> = {
  failing:
    'nobody answers on this way: the network of this machine is taken to be at fault, and no watch alerts of it',
  reached: 'somebody answers on this way again: watches go on',
  believed: 'nobody has answered on this way for a day: failures are held against the domains from now on',
};

/** What whoever started this can do about it; undefined for a bug. */
function startProblem(error: unknown): string | undefined {
  if (error instanceof StartError || error instanceof StoreRefused) return error.message;
  if (!(error instanceof Error) || !('syscall' in error) || error.syscall !== 'listen') return undefined;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return 'PORT: another program listens there already. Set PORT to a free one, or 0 for any.';
  if (code === 'EACCES') return 'PORT: this user may not listen there. Set PORT to 1024 or more.';
  if (code === 'EADDRNOTAVAIL')
    return 'HOST: this machine has no such address. Set HOST to one of its own, or 0.0.0.0.';
  return `HOST and PORT: cannot listen (${error.message}).`;
}
