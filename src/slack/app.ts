/**
 * Bolt put together: one of the two receivers, the door, the listeners, and a stop that waits for whoever
 * is inside. Serving HTTP is left to http.ts, ending the process to main.ts.
 */
import type { RequestListener } from 'node:http';
import { App, type AppOptions, type ReceiverEvent } from '@slack/bolt';
import type { Look } from '../check/look.ts';
import { lookupMx } from '../check/probes/dns.ts';
import type { Report, Verdict } from '../check/report.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import { boltLogger } from './bolt-log.ts';
import type { Base } from './bot.ts';
import { createDoor, type Door, type Interaction } from './door.ts';
import { createInstalledWorkspaces } from './installed-workspaces.ts';
import { installPath, redirectPath } from './installer.ts';
import { registerListeners } from './listeners/index.ts';
import { createOneWorkspace } from './one-workspace.ts';
import { untilAnswered } from './slack-answers.ts';
import { createSigned, createSocket, type Way } from './ways.ts';
import { createSlackWeb } from './web.ts';
import type { RunningWorkspaces, Workspaces } from './workspaces.ts';

export interface SlackApp {
  /**
   * Resolves once Slack knows the token and, in Socket Mode, once the socket is open. Waits for a Slack that
   * does not answer; rejects with a StartError when trying again would not help.
   */
  start(): Promise<void>;
  /** What does not answer, and why; empty when Slack does. */
  unready(): Promise<Readonly<Record<string, string>>>;
  /** Takes no more, and waits for what is under way at most so long; answers what is left. */
  stop(limitMs: number): Promise<number>;
  /** For `POST /slack/events`, and for the pages of an installation; absent in Socket Mode. */
  readonly slackEvents: RequestListener | undefined;
  /** Empty unless there are many workspaces. */
  readonly installPaths: readonly string[];
  readonly workspaces: Workspaces;
}

/** DNS answers within this or counts as failed; the form says so then. */
const lookupTimeoutMs = 3000;

export function createSlackApp(options: {
  readonly config: Config;
  readonly log: Log;
  readonly store: Store;
  /** How a domain is looked at. */
  readonly look: Look;
  readonly observe?: (interaction: Interaction) => void;
  /** Told of each look that somebody asked for. */
  readonly observeCheck?: (check: CheckedOnce) => void;
  readonly now?: () => Date;
}): SlackApp {
  const { config, log, store, look, observe = () => {}, observeCheck = () => {} } = options;
  const { now = () => new Date() } = options;
  const { slackApiUrl, network } = config;
  const stopping = new AbortController();
  const { workspaces, way } = connect({ config, store, log, now, stopping: stopping.signal });
  const base: Base = {
    log,
    store,
    workspaces,
    now,
    stopping: stopping.signal,
    check: (domain, onProgress, signal = stopping.signal) =>
      observed(look(domain, { signal, ...(onProgress !== undefined && { onProgress }) }), observeCheck),
    lookUpMx: (domain) => lookupMx(domain, network, { timeoutMs: lookupTimeoutMs }),
  };
  const door = createDoor({ base, observe });
  const app = new DoorApp(door, {
    receiver: way.receiver,
    // Asked for each payload; nothing is checked when the app is built, so nothing can fail there.
    authorize: async (_source, body) => ({ ...door.tokenOf(body as object) }),
    logger: boltLogger(log),
    convoStore: false,
    extendedErrorHandler: true,
    clientOptions: { slackApiUrl, retryConfig: { retries: 0 } },
  });
  registerListeners(app, base);

  return {
    slackEvents: way.slackEvents,
    installPaths: config.slack.transport === 'oauth' ? [installPath, redirectPath] : [],
    workspaces,
    async start() {
      await untilAnswered(workspaces.greet, log, stopping.signal);
      await way.start(stopping.signal);
    },
    async unready() {
      const problems: Record<string, string> = {};
      if (stopping.signal.aborted) problems.process = 'It is stopping.';
      const slackProblem = await workspaces.problem();
      if (slackProblem !== undefined) problems.slack = slackProblem;
      if (!way.isOpen()) problems.socket = 'The Socket Mode connection is not open.';
      return problems;
    },
    async stop(limitMs) {
      stopping.abort();
      workspaces.stop();
      await way.stop();
      return door.drain(limitMs);
    },
  };
}

/** Who is there, and on which way they come. */
function connect({
  config: { slack, slackApiUrl },
  store,
  log,
  now,
  stopping,
}: {
  readonly config: Config;
  readonly store: Store;
  readonly log: Log;
  readonly now: () => Date;
  readonly stopping: AbortSignal;
}): { readonly workspaces: RunningWorkspaces; readonly way: Way } {
  if (slack.transport === 'oauth') {
    const workspaces = createInstalledWorkspaces({ store, apiUrl: slackApiUrl, log, stopping });
    const oauth = { ...slack, slackApiUrl, events: store.events, save: workspaces.save };
    return { workspaces, way: createSigned(slack.signingSecret, log, now, oauth) };
  }
  const { botToken } = slack;
  const web = createSlackWeb({ token: botToken, apiUrl: slackApiUrl, log, stopping });
  return {
    workspaces: createOneWorkspace({ botToken, apiUrl: slackApiUrl, web, store, log }),
    way:
      slack.transport === 'socket'
        ? createSocket(slack.appToken, slackApiUrl, log)
        : createSigned(slack.signingSecret, log, now),
  };
}

/** One look at a domain, for the metrics. */
export interface CheckedOnce {
  /** `error`: a failure of ours. */
  readonly verdict: Verdict | 'error';
  readonly durationMs: number;
}

async function observed(look: Promise<Report>, observe: (check: CheckedOnce) => void): Promise<Report> {
  const startedAt = performance.now();
  const tell = (verdict: CheckedOnce['verdict']) =>
    observe({ verdict, durationMs: performance.now() - startedAt });
  try {
    const report = await look;
    tell(report.verdict);
    return report;
  } catch (error) {
    tell('error');
    throw error;
  }
}

/** Bolt, with our door before it. */
class DoorApp extends App {
  readonly #door: Door;

  constructor(door: Door, options: AppOptions) {
    super(options);
    this.#door = door;
    // Bolt's type is that of both kinds of handler at once; extendedErrorHandler makes it this one.
    this.error(async (caught: { error: Error; body: unknown }) =>
      door.failed(caught.body, originalOf(caught.error)),
    );
  }

  override processEvent(arrival: ReceiverEvent): Promise<void> {
    return this.#door.pass(arrival, (admitted) => super.processEvent(admitted));
  }
}

/** Bolt wraps every error that has no code. */
function originalOf(error: Error): unknown {
  return 'original' in error && error.original instanceof Error ? error.original : error;
}
