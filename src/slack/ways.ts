/** The two ways on which payloads come: signed HTTP and Socket Mode. What is in them is left to the door. */
import type { RequestListener } from 'node:http';
import { HTTPReceiver, type Receiver, SocketModeReceiver } from '@slack/bolt';
import type { Log } from '../log.ts';
import { boltLogger } from './bolt-log.ts';
import { installerOf, type OAuth } from './installer.ts';
import { badToken, retryPauseMs, StartError } from './slack-answers.ts';

/** Slack signs with its own clock; further ahead than this nobody's clock is. */
const futureMs = 60_000;
/** The largest payload is a view of 100 blocks with its state. */
const bodyLimitBytes = 1024 * 1024;
/** A dead connection shows after this long; Bolt also waits this long before it connects again. */
const socketPingTimeoutMs = 3000;

/** How Slack reaches us. */
export interface Way {
  readonly receiver: Receiver;
  readonly slackEvents: RequestListener | undefined;
  start(stopping: AbortSignal): Promise<void>;
  isOpen(): boolean;
  stop(): Promise<void>;
}

export function createSigned(signingSecret: string, log: Log, now: () => Date, oauth?: OAuth): Way {
  const receiver = new HTTPReceiver({
    signingSecret,
    ...(oauth === undefined ? {} : installerOf(oauth, log)),
    bodyLimit: bodyLimitBytes,
    logger: boltLogger(log),
    // Bolt has checked it by then: the door lets each signature in once.
    customPropertiesExtractor: ({ headers }) => ({ signature: headers['x-slack-signature'] }),
  });
  return {
    receiver: withoutInstaller(receiver),
    slackEvents: refusingTheFuture(receiver.requestListener, log, now),
    start: async () => {},
    isOpen: () => true,
    stop: async () => {},
  };
}

/** Bolt does not let tokens be looked up by anybody but the installer, once it sees that there is one. */
function withoutInstaller(receiver: Receiver): Receiver {
  return {
    init: (app) => receiver.init(app),
    start: (...given) => receiver.start(...given),
    stop: (...given) => receiver.stop(...given),
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

export function createSocket(appToken: string, slackApiUrl: string, log: Log): Way {
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
