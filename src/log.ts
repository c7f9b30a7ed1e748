/**
 * The log: JSON lines on standard output, and the one place where tokens, response URLs and control
 * characters are taken out of whatever is logged. What is worth a line is left to the callers; nobody logs
 * what people typed.
 */
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { plainText } from './terminal/plain-text.ts';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'flush'>;

/** Fields that never reach the log, wherever they stand: secrets, and what people wrote. */
const neverLogged = new Set([
  'token',
  'botToken',
  'appToken',
  'signingSecret',
  'metricsToken',
  'authorization',
  'text',
  'blocks',
  'view',
  'private_metadata',
  'response_url',
  'responseUrl',
  'trigger_id',
  'triggerId',
]);

/** Slack's tokens, the addresses that answer a press without any, and bearer headers. */
const secrets =
  /\b(?:xoxe\.xox[a-z]|xox[a-z]|xapp)-[\w-]+|https:\/\/hooks\.slack[\w.-]*\/[^\s"']*|\bBearer\s+[^\s"']+/gi;

/** A field is for recognising a problem, not for carrying a body. */
const longestField = 4000;

/** Some twenty lines are written at once under load; a single one waits this long at most. */
const writtenCharsMin = 4096;
const flushMs = 100;
/** Some 50,000 lines. */
const unwrittenCharsMax = 10_000_000;

/** What lies deeper is somebody's body. */
const deepest = 6;

/** Writes to standard output unless told otherwise. */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: (fields) => cleanFields(fields, 0) },
    // formatters.log has described it already.
    serializers: { err: (error) => error },
    hooks: {
      logMethod(args, method) {
        const cleaned = args.map((arg: unknown) => (typeof arg === 'string' ? cleanText(arg) : arg));
        method.apply(this, cleaned as Parameters<typeof method>);
      },
    },
  };
  return pino(options, destination ?? standardOutput());
}

/**
 * Written without waiting: a reader that falls behind must not hold up an ack. What is left is written when
 * the process ends; beyond the bound lines are dropped.
 */
function standardOutput(): DestinationStream {
  const gathered = { minLength: writtenCharsMin, periodicFlush: flushMs };
  return pino.destination({ dest: 1, sync: false, maxLength: unwrittenCharsMax, ...gathered });
}

/** What ids, outcomes and codes look like. Every token has a hyphen, and every address a colon. */
const plainWord = /^[A-Za-z0-9_.]*$/;

/** Without secrets and control characters, and not endless. */
export function cleanText(text: string): string {
  // Each line has several of these, and what a line costs an ack waits for.
  if (text.length <= longestField && plainWord.test(text)) return text;
  const short = text.length > longestField ? `${text.slice(0, longestField)}…` : text;
  return plainText(short).replace(secrets, '[removed]').replaceAll('\n', ' | ');
}

function cleanFields(fields: object, depth: number): Record<string, unknown> {
  const cleaned: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    cleaned[name] = neverLogged.has(name) ? '[removed]' : clean(value, depth);
  }
  return cleaned;
}

function clean(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) return '…';
  if (value instanceof Error) return describeError(value, depth);
  return Array.isArray(value) ? value.map((item) => clean(item, depth + 1)) : cleanFields(value, depth + 1);
}

/** An Error with its causes; of Slack's answer only the code, because the rest may quote what people wrote. */
function describeError(error: Error, depth: number): Record<string, unknown> {
  const { code, statusCode, retryAfter, data } = error as Error & Record<string, unknown>;
  const slackError = typeof data === 'object' && data !== null && 'error' in data ? data.error : undefined;
  return {
    type: error.name,
    message: cleanText(error.message),
    ...(typeof code === 'string' && { code }),
    ...(typeof statusCode === 'number' && { statusCode }),
    ...(typeof retryAfter === 'number' && { retryAfter }),
    ...(typeof slackError === 'string' && { slackError: cleanText(slackError).slice(0, 100) }),
    stack: cleanText(error.stack ?? ''),
    ...(error.cause !== undefined && { cause: clean(error.cause, depth + 1) }),
    ...(error instanceof AggregateError && { errors: clean(error.errors, depth + 1) }),
  };
}
