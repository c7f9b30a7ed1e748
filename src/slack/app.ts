/**
 * Bolt put together: one of the two receivers, the door, the listeners, and a stop that waits for whoever
 * is inside. Serving HTTP is left to http.ts, ending the process to main.ts.
 */
import type { RequestListener } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import {
  App,
  type AppOptions,
  HTTPReceiver,
  type Receiver,
  type ReceiverEvent,
  SocketModeReceiver,
} from '@slack/bolt';
import { lookupMx } from '../check/probes/dns.ts';
import type { Network } from '../check/probes/network.ts';
import type { LookOptions } from '../check/probes/observe.ts';
import type { Report, Verdict } from '../check/report.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { DomainName } from '../protocol/domain.ts';
import { boltLogger } from './bolt-log.ts';
import type { Bot } from './bot.ts';
import { createDoor, type Door, type Home, type Interaction } from './door.ts';
import { registerListeners } from './listeners/index.ts';
import { createSlackWeb, type SlackWeb, slackErrorOf } from './web.ts';

export interface SlackApp {
  /**
   * Resolves once Slack knows the token and, in Socket Mode, once the socket is open. Waits for a Slack that
   * does not answer; rejects with a StartError when trying again would not help.
   */
  start(): Promise<void>;
  /** What does not answer, and why; empty when Slack does. */
  unready(): Promise<Readonly<Record<string, string>>>;
  /** Takes no more, and waits for what is under way at most ten seconds in all; answers what is left. */
  stop(): Promise<number>;
  /** For `POST /slack/events`; absent in Socket Mode. */
  readonly slackEvents: RequestListener | undefined;
}

/** The start cannot succeed; the message is for whoever started it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** DNS answers within this or counts as failed; the form says so then. */
const lookupTimeoutMs = 3000;
/** Slack signs with its own clock; further ahead than this nobody's clock is. */
const futureMs = 60_000;
/** The largest payload is a view of 100 blocks with its state. */
const bodyLimitBytes = 1024 * 1024;
/** SIGTERM is mostly followed by SIGKILL after ten seconds. */
const drainMs = 9000;
/** A dead connection shows after this long; Bolt also waits this long before it connects again. */
const socketPingTimeoutMs = 3000;
/** Between two tries to reach Slack: the first soon, the later ones without pressing. */
const retryPauseMs = { first: 500, longest: 15_000 };
/** How long an answer of Slack counts as news. */
const readyForMs = 30_000;

export function createSlackApp(options: {
  readonly config: Config;
  readonly log: Log;
  /** How a domain is looked at. */
  readonly check?: Bot['check'];
  readonly observe?: (interaction: Interaction) => void;
  /** Told of each look at a domain. */
  readonly observeCheck?: (check: CheckedOnce) => void;
  readonly now?: () => Date;
}): SlackApp {
  const {
    config,
    log,
    observe = () => {},
    observeCheck = () => {},
    now = () => new Date(),
    check = createCheck(config.network, now),
  } = options;
  const { slack, slackApiUrl, network } = config;
  const stopping = new AbortController();
  const web = createSlackWeb({ token: slack.botToken, apiUrl: slackApiUrl, log, stopping: stopping.signal });
  const bot: Bot = {
    web,
    log,
    now,
    stopping: stopping.signal,
    check: (domain, onProgress, signal = stopping.signal) =>
      observed(check(domain, onProgress, signal), observeCheck),
    lookUpMx: (domain) => lookupMx(domain, network, { timeoutMs: lookupTimeoutMs }),
  };
  const identity = Promise.withResolvers<Identity>();
  // Rejected at a stop before the start was through; whoever waits is told, nobody else has to be.
  identity.promise.catch(() => {});
  const door = createDoor({ bot, home: () => identity.promise, observe });
  const way =
    slack.transport === 'socket'
      ? createSocket(slack.appToken, slackApiUrl, log)
      : createSigned(slack.signingSecret, log, now);
  const app = new DoorApp(door, {
    receiver: way.receiver,
    // Asked for each payload; nothing is checked when the app is built, so nothing can fail there.
    authorize: async () => ({ ...(await identity.promise).bot }),
    logger: boltLogger(log),
    convoStore: false,
    extendedErrorHandler: true,
    clientOptions: { slackApiUrl, retryConfig: { retries: 0 } },
  });
  registerListeners(app, bot);
  let lastAnswerAt = Number.NEGATIVE_INFINITY;

  async function greet(): Promise<void> {
    const found = await authenticate(web, slack.botToken, slackApiUrl);
    lastAnswerAt = performance.now();
    identity.resolve(found);
  }

  return {
    slackEvents: way.slackEvents,
    async start() {
      await untilAnswered(greet, log, stopping.signal);
      await way.start(stopping.signal);
    },
    async unready() {
      const problems: Record<string, string> = {};
      if (stopping.signal.aborted) problems.process = 'It is stopping.';
      if (performance.now() - lastAnswerAt > readyForMs) {
        await greet().catch((error: unknown) => {
          problems.slack = reasonOf(error);
        });
      }
      if (!way.isOpen()) problems.socket = 'The Socket Mode connection is not open.';
      return problems;
    },
    async stop() {
      stopping.abort();
      identity.reject(new Error('The process is stopping.'));
      await way.stop();
      return door.drain(drainMs);
    },
  };
}

/** One look at a domain, for the metrics. */
export interface CheckedOnce {
  /** `error`: a failure of ours. */
  readonly verdict: Verdict | 'error';
  readonly durationMs: number;
}

/** The real look. What it is made of is loaded for the first of them, so that the start need not wait for it. */
function createCheck(network: Network, now: () => Date): Bot['check'] {
  let loaded: ReturnType<typeof load> | undefined;
  async function load() {
    const [{ checkDomain }, { createProber }] = await Promise.all([
      import('../check/check.ts'),
      import('../check/probes/observe.ts'),
    ]);
    const prober = createProber(network);
    return (domain: DomainName, options: LookOptions) => checkDomain(domain, prober, now(), options);
  }
  return async (domain, onProgress, signal) => {
    loaded ??= load();
    const look = await loaded;
    return look(domain, {
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(signal === undefined ? {} : { signal }),
    });
  };
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

interface Identity extends Home {
  readonly bot: { readonly botToken: string; readonly botId?: string; readonly botUserId?: string };
}

/** Who the token belongs to. Also opens the connection to Slack, which makes the first real call quick. */
async function authenticate(web: SlackWeb, botToken: string, apiUrl: string): Promise<Identity> {
  try {
    const found = await web.trigger.auth.test();
    if (found.team_id === undefined) throw new StartError(`${apiUrl} answers auth.test without a workspace.`);
    return {
      teamId: found.team_id,
      enterpriseId: found.enterprise_id,
      bot: {
        botToken,
        ...(found.bot_id !== undefined && { botId: found.bot_id }),
        ...(found.user_id !== undefined && { botUserId: found.user_id }),
      },
    };
  } catch (error) {
    const reason = badToken[slackErrorOf(error) ?? ''];
    if (reason === undefined) throw error;
    throw new StartError(
      `Slack does not accept SLACK_BOT_TOKEN (${slackErrorOf(error)}): ${reason} Copy the Bot User OAuth Token again, under OAuth & Permissions.`,
      { cause: error },
    );
  }
}

/** Slack's words for a token that will not work tomorrow either. */
const badToken: Readonly<Record<string, string>> = {
  not_authed: 'no token arrived there.',
  invalid_auth: 'it does not know this token.',
  account_inactive: 'the app was removed from the workspace, or the workspace is closed.',
  token_revoked: 'the token was revoked.',
  token_expired: 'the token has expired.',
  not_allowed_token_type: 'it is a token of another kind.',
  team_access_not_granted: 'the app has no access to the workspace.',
};

/** Tries until Slack answers; only a StartError, which no waiting can mend, gets through. */
async function untilAnswered(greet: () => Promise<void>, log: Log, stopping: AbortSignal): Promise<void> {
  for (let pauseMs = retryPauseMs.first; ; pauseMs = Math.min(pauseMs * 2, retryPauseMs.longest)) {
    try {
      return await greet();
    } catch (error) {
      if (error instanceof StartError || stopping.aborted) throw error;
      log.warn({ reason: reasonOf(error), againInMs: pauseMs }, 'Slack does not answer');
    }
    await delay(pauseMs, undefined, { signal: stopping });
  }
}

function reasonOf(error: unknown): string {
  const code = slackErrorOf(error);
  if (code !== undefined) return `Slack answers ${code}.`;
  const reasons: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) reasons.push(cause.message);
  return reasons.at(-1) ?? String(error);
}

/** How Slack reaches us. */
interface Way {
  readonly receiver: Receiver;
  readonly slackEvents: RequestListener | undefined;
  start(stopping: AbortSignal): Promise<void>;
  isOpen(): boolean;
  stop(): Promise<void>;
}

function createSigned(signingSecret: string, log: Log, now: () => Date): Way {
  const receiver = new HTTPReceiver({
    signingSecret,
    bodyLimit: bodyLimitBytes,
    logger: boltLogger(log),
    // Bolt has checked it by then: the door lets each signature in once.
    customPropertiesExtractor: ({ headers }) => ({ signature: headers['x-slack-signature'] }),
  });
  return {
    receiver,
    slackEvents: refusingTheFuture(receiver.requestListener, log, now),
    start: async () => {},
    isOpen: () => true,
    stop: async () => {},
  };
}

/** Bolt takes requests dated days ahead, which could be kept and replayed for as long. */
function refusingTheFuture(listener: RequestListener, log: Log, now: () => Date): RequestListener {
  return (request, response) => {
    const seconds = Number(request.headers['x-slack-request-timestamp']);
    if (seconds * 1000 > now().getTime() + futureMs) {
      log.warn({ timestamp: seconds }, 'refused a request dated in the future');
      request.resume();
      response.writeHead(401).end();
      return;
    }
    listener(request, response);
  };
}

function createSocket(appToken: string, slackApiUrl: string, log: Log): Way {
  const refused = Promise.withResolvers<never>();
  refused.promise.catch(() => {});
  const receiver = new SocketModeReceiver({
    appToken,
    logger: boltLogger(log),
    clientPingTimeout: socketPingTimeoutMs,
    installerOptions: {
      clientOptions: {
        slackApiUrl,
        // Patient without an end: an outage of Slack must not end this process.
        retryConfig: {
          forever: true,
          minTimeout: retryPauseMs.first,
          maxTimeout: retryPauseMs.longest,
          factor: 2,
        },
        fetch: async (url, init) => {
          const response = await fetch(url, init);
          const error = await refusalOf(response.clone());
          // The client would try again for ever with a token that never opens a connection.
          if (error !== undefined) refused.reject(badAppToken(error));
          return response;
        },
      },
    },
  });
  let open = false;
  receiver.client.on('connected', () => {
    open = true;
  });
  for (const lost of ['close', 'reconnecting', 'disconnecting', 'disconnected']) {
    receiver.client.on(lost, () => {
      if (open) log.warn('the Socket Mode connection is lost');
      open = false;
    });
  }
  return {
    receiver,
    slackEvents: undefined,
    async start(stopping) {
      const stopped = new Promise<never>((_resolve, reject) => {
        stopping.addEventListener('abort', () => reject(stopping.reason), { once: true });
      });
      const started = receiver.start();
      started.catch(() => {});
      await Promise.race([started, refused.promise, stopped]);
    },
    isOpen: () => open,
    async stop() {
      open = false;
      await receiver.stop();
    },
  };
}

/** Of apps.connections.open: Slack's word for a token that will not work tomorrow either. */
async function refusalOf(response: Response): Promise<string | undefined> {
  const answer: unknown = await response.json().catch(() => undefined);
  const error = typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : undefined;
  return typeof error === 'string' && (error === 'missing_scope' || Object.hasOwn(badToken, error))
    ? error
    : undefined;
}

function badAppToken(error: string): StartError {
  const reason = error === 'missing_scope' ? 'it lacks the scope connections:write.' : badToken[error];
  return new StartError(
    `Slack does not accept SLACK_APP_TOKEN (${error}): ${reason} Make an app-level token with connections:write, under Basic Information.`,
  );
}
