/** Signed HTTP: what Slack posts to an app's request URL, with the v0 signature over the exact bytes. */
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Delivery, Envelope, Retry, Transport } from './delivery.ts';
import { parseJson } from './json.ts';

/** An answer longer than this is no answer of a bot. */
const answerBytesMax = 1024 * 1024;

/** The signature of a body: `v0=` and the HMAC-SHA256 of `v0:{timestamp}:{body}` in hex. */
export function signature(signingSecret: string, timestampSeconds: number, body: string): string {
  const digest = createHmac('sha256', signingSecret).update(`v0:${timestampSeconds}:${body}`).digest('hex');
  return `v0=${digest}`;
}

export function createHttpTransport(options: {
  requestUrl: string;
  signingSecret: string;
  now: () => number;
}): Transport & { reachable(): Promise<boolean> } {
  const url = new URL(options.requestUrl);
  return {
    send(envelope, retry, signal) {
      const { body, contentType } = encode(envelope);
      const timestamp = Math.floor(options.now() / 1000);
      const headers = {
        'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        'content-type': contentType,
        'content-length': Buffer.byteLength(body),
        'x-slack-request-timestamp': String(timestamp),
        'x-slack-signature': signature(options.signingSecret, timestamp, body),
        ...retryHeaders(retry),
      };
      return post(url, headers, body, signal);
    },
    reachable: () =>
      new Promise((resolve) => {
        const socket = connect(Number(url.port), url.hostname);
        const end = (answer: boolean) => {
          socket.destroy();
          resolve(answer);
        };
        socket.once('connect', () => end(true)).once('error', () => end(false));
      }),
  };
}

function encode({ type, payload }: Envelope): { body: string; contentType: string } {
  if (type === 'events_api') return { body: JSON.stringify(payload), contentType: 'application/json' };
  const fields = type === 'interactive' ? { payload: JSON.stringify(payload) } : payload;
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) form.set(name, String(value));
  return { body: form.toString(), contentType: 'application/x-www-form-urlencoded' };
}

function retryHeaders(retry: Retry | undefined): Record<string, string> {
  if (retry === undefined) return {};
  return { 'x-slack-retry-num': String(retry.number), 'x-slack-retry-reason': retry.reason };
}

function post(
  url: URL,
  headers: Record<string, string | number>,
  body: string,
  signal: AbortSignal,
): Promise<Delivery> {
  return new Promise((resolve) => {
    // No kept connection: one that the bot closed while it restarted would look like a failure.
    const outgoing = request(url, { method: 'POST', headers, agent: false, signal }, (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.byteLength;
        if (size > answerBytesMax) incoming.destroy(new Error('too long'));
        else chunks.push(chunk);
      });
      incoming.on('error', (error) => resolve(failed(error, signal)));
      incoming.on('end', () => resolve(answered(incoming.statusCode ?? 0, Buffer.concat(chunks).toString())));
    });
    outgoing.on('error', (error) => resolve(failed(error, signal)));
    outgoing.end(body);
  });
}

function answered(status: number, text: string): Delivery {
  if (status < 200 || status > 299) return { ok: false, problem: 'refused', detail: `status ${status}` };
  return { ok: true, answer: text === '' ? undefined : (parseJson(text) ?? text) };
}

function failed(error: Error, signal: AbortSignal): Delivery {
  if (signal.aborted) return { ok: false, problem: 'no answer', detail: 'no answer in time' };
  const code = 'code' in error ? String(error.code) : error.message;
  return { ok: false, problem: 'unreachable', detail: code };
}
