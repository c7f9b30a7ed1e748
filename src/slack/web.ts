/**
 * Slack's Web API: which calls wait and try again and which must not, and what went wrong in words the
 * callers can decide on. What is said to people about it is left to them.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { webApi } from '@slack/bolt';
import type { Log } from '../log.ts';
import { boltLogger } from './bolt-log.ts';

const { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError, WebClient } =
  webApi;
type WebClient = webApi.WebClient;

/** A trigger lives three seconds, and some of them were spent on the way here. */
const triggerTimeoutMs = 2000;
/** Slack mostly answers in under a second; after this long no answer is likely to come. */
const callTimeoutMs = 10_000;

/** One try is usually enough, three tell an outage from a hiccup. */
const triesMax = 3;
/** Whoever pressed a button is still there after this long. */
const patienceMs = 30_000;
/** Times the tries so far, where Slack does not say how long to wait. */
const pauseMs = 500;

export interface SlackWeb {
  /** For calls with a trigger_id: one try within its life. */
  readonly trigger: WebClient;
  /**
   * For every other call. Waits as Slack asks (Retry-After) and tries again after failures that left no
   * trace; gives up after 30 seconds. A timeout is not repeated: the message may have been posted.
   */
  patiently<T>(call: (client: WebClient) => Promise<T>): Promise<T>;
  /** POSTs JSON to a response_url; throws unless Slack took it. */
  respond(url: string, message: object): Promise<void>;
  /** POSTs the bytes of a file to an upload_url; throws unless Slack took them. */
  upload(url: string, bytes: Uint8Array): Promise<void>;
}

export function createSlackWeb(options: {
  /** Undefined: only what needs none. */
  readonly token: string | undefined;
  readonly apiUrl: string;
  readonly log: Log;
  /** Aborted when the process stops: nobody waits for Retry-After then. */
  readonly stopping: AbortSignal;
}): SlackWeb {
  const once = {
    slackApiUrl: options.apiUrl,
    logger: boltLogger(options.log),
    // Otherwise the client itself sleeps for as long as Retry-After says, without a limit.
    rejectRateLimitedCalls: true,
    retryConfig: { retries: 0 },
  };
  const patient = new WebClient(options.token, { ...once, timeout: callTimeoutMs });
  return {
    trigger: new WebClient(options.token, { ...once, timeout: triggerTimeoutMs }),
    async patiently(call) {
      const startedAt = performance.now();
      for (let tries = 1; ; tries += 1) {
        try {
          return await call(patient);
        } catch (error) {
          const waitMs = tries < triesMax ? pauseAfter(error, tries) : undefined;
          if (waitMs === undefined || performance.now() - startedAt + waitMs > patienceMs) throw error;
          // An abort is not the failure to tell about: that is the one that made us wait.
          await delay(waitMs, undefined, { signal: options.stopping }).catch(() => {
            throw error;
          });
        }
      }
    },
    respond: (url, message) =>
      post(url, JSON.stringify(message), { 'content-type': 'application/json; charset=utf-8' }),
    upload: (url, bytes) => post(url, bytes, { 'content-type': 'application/octet-stream' }),
  };
}

/** How long to wait before the same call is worth another try; undefined when it is not. */
function pauseAfter(error: unknown, tries: number): number | undefined {
  if (error instanceof WebAPIRateLimitedError) return error.retryAfter * 1000;
  if (error instanceof WebAPIHTTPError) return error.statusCode >= 500 ? pauseMs * tries : undefined;
  if (error instanceof WebAPIRequestError) return neverArrived(error) ? pauseMs * tries : undefined;
  return undefined;
}

/** The codes of a connection that was never made, so that the call cannot have had an effect. */
const unconnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function neverArrived(error: Error): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && unconnected.has(cause.code)) return true;
  }
  return false;
}

async function post(url: string, body: string | Uint8Array, headers: Record<string, string>): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : new Uint8Array(body),
    redirect: 'error',
    signal: AbortSignal.timeout(callTimeoutMs),
  });
  const answer = (await response.text()).slice(0, 200);
  if (!response.ok || answer.startsWith('{"ok":false')) {
    throw new Error(`Slack answered ${response.status} to a post: ${answer}`);
  }
}

/** Slack's own word for why it refused (`channel_not_found`); undefined for every other failure. */
export function slackErrorOf(error: unknown): string | undefined {
  if (!(error instanceof WebAPIPlatformError)) return undefined;
  const { error: code } = error.data;
  // Where the answer was no JSON, the client puts the whole body there.
  return typeof code === 'string' && /^[a-z0-9_.-]{1,80}$/i.test(code) ? code : undefined;
}

/** For how long Slack wants no such call, in seconds; undefined for every other failure. */
export function retryAfterOf(error: unknown): number | undefined {
  return error instanceof WebAPIRateLimitedError ? error.retryAfter : undefined;
}

/** The trigger died, or Slack was too slow for it: typing the command again is all that helps. */
export function isTooLate(error: unknown): boolean {
  const code = slackErrorOf(error);
  if (code !== undefined)
    return ['expired_trigger_id', 'trigger_expired', 'trigger_exchanged', 'invalid_trigger_id'].includes(
      code,
    );
  return unansweredBySlack(error);
}

/** Slack was not reached, failed, or wants no more calls now. */
export function unansweredBySlack(error: unknown): boolean {
  return (
    error instanceof WebAPIRequestError ||
    error instanceof WebAPIHTTPError ||
    error instanceof WebAPIRateLimitedError
  );
}
