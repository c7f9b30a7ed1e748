/**
 * Bringing a command, an interaction or an event to the bot over the transport of the moment, within Slack's
 * time, and writing it in the wire log. What the answer means is left to who asked.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Faults } from './faults.ts';
import type { Json } from './json.ts';
import type { PageState } from './page/protocol.ts';
import type { Limits } from './slack.ts';
import type { Wire } from './wire.ts';

export interface Envelope {
  readonly type: 'slash_commands' | 'interactive' | 'events_api';
  /** For the wire log: `slash_commands`, `view_submission`, `app_home_opened` … */
  readonly name: string;
  readonly payload: Json;
}

/** Of an event that is sent again, as Slack numbers and names it. */
export interface Retry {
  readonly number: number;
  readonly reason: 'http_timeout' | 'connection_failed' | 'http_error';
}

/** `answer` is JSON, a text, or undefined when the bot only acknowledged. */
export type Delivery =
  | { readonly ok: true; readonly answer: unknown }
  | {
      readonly ok: false;
      readonly problem: 'no answer' | 'unreachable' | 'refused';
      readonly detail: string;
    };

/** One way to the bot. It may wait for ever; the time limit is ours. */
export interface Transport {
  send(envelope: Envelope, retry: Retry | undefined, signal: AbortSignal): Promise<Delivery>;
}

export interface DeliveryOptions {
  readonly transports: Readonly<Record<PageState['transport'], Transport>>;
  readonly current: () => PageState['transport'];
  readonly limits: Limits;
  readonly faults: Faults;
  readonly wire: Wire;
  readonly now: () => number;
  /** Aborted when the workspace stops: no retry after that. */
  readonly stopped: AbortSignal;
}

export function createDelivery(options: DeliveryOptions): (envelope: Envelope) => Promise<Delivery> {
  const { transports, current, limits, faults, wire, now, stopped } = options;

  const attempt = async (envelope: Envelope, retry?: Retry): Promise<Delivery> => {
    const startedAt = now();
    const limit = AbortSignal.any([AbortSignal.timeout(limits.answerMs), stopped]);
    const sent = transports[current()].send(envelope, retry, limit);
    const delivery = await (faults.on('lost-answer') ? sent.then(() => lost(limit)) : sent);
    wire.add({
      direction: 'to-bot',
      name: retry === undefined ? envelope.name : `${envelope.name} (retry ${retry.number})`,
      startedAt,
      endedAt: now(),
      outcome: delivery.ok ? 'acknowledged' : delivery.detail,
      failed: !delivery.ok,
      request: envelope.payload,
      response: delivery.ok ? delivery.answer : undefined,
    });
    return delivery;
  };

  return async (envelope) => {
    const first = await attempt(envelope);
    if (envelope.type !== 'events_api') return first;
    let last = first;
    for (const [index, delayMs] of limits.eventRetriesMs.entries()) {
      const again = !last.ok || (index === 0 && faults.on('repeated-delivery'));
      if (!again || !(await pause(delayMs, stopped))) break;
      last = await attempt(envelope, { number: index + 1, reason: reasonOf(last) });
    }
    return last;
  };
}

function reasonOf(delivery: Delivery): Retry['reason'] {
  if (delivery.ok || delivery.problem === 'no answer') return 'http_timeout';
  return delivery.problem === 'unreachable' ? 'connection_failed' : 'http_error';
}

/** Waits until the time is up, as if the answer had not come. */
function lost(limit: AbortSignal): Promise<Delivery> {
  const delivery = { ok: false, problem: 'no answer', detail: 'answer lost' } as const;
  return new Promise((resolve) => {
    if (limit.aborted) resolve(delivery);
    else limit.addEventListener('abort', () => resolve(delivery), { once: true });
  });
}

/** False when the workspace stopped meanwhile. */
async function pause(delayMs: number, stopped: AbortSignal): Promise<boolean> {
  return sleep(delayMs, true, { signal: stopped, ref: false }).catch(() => false);
}
