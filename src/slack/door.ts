/**
 * The door that every payload comes through, whatever brought it. What came before stays outside, who is
 * not of this workspace is told so, what nobody answers is answered, a failure is told with its reference,
 * and each interaction is one line of the log. What the app does is left to the listeners.
 */
import { randomInt } from 'node:crypto';
import type { ReceiverEvent as Arrival } from '@slack/bolt';
import { StoreUnavailable } from '../store/store.ts';
import {
  elsewhereMessage,
  errorMessage,
  memoryAwayMessage,
  notInstalledMessage,
  problemMessage,
} from './blocks/notices.ts';
import type { Message } from './blocks/pieces.ts';
import { type Base, type Bot, botIn } from './bot.ts';
import { type Payload, readPayload, readPlace } from './payload.ts';
import { tell } from './private-answer.ts';
import { createSeen } from './seen.ts';
import type { Workspace } from './workspaces.ts';

/** One interaction, for the log and the metrics. */
export interface Interaction extends Pick<Payload, 'kind' | 'name'> {
  /** `repeated`: without effect, it was there before. `elsewhere`: told that it is not for this workspace. */
  readonly outcome: 'answered' | 'repeated' | 'elsewhere' | 'unknown' | 'failed';
  /** From arrival to ack. */
  readonly ackMs: number;
  /** From arrival until nothing is left to do. */
  readonly durationMs: number;
}

/** One payload on its way through. */
interface Visit {
  readonly payload: Payload;
  readonly arrival: Arrival;
  readonly ack: Arrival['ack'];
  /** Of the workspace that it comes from, as soon as that is known. */
  bot: Bot;
}

export interface Door {
  /** Lets one payload in; `process` is Bolt's own way with it. Never throws. */
  pass(arrival: Arrival, process: (arrival: Arrival) => Promise<void>): Promise<void>;
  /** With which token Bolt is to answer a payload that was let in. */
  tokenOf(body: object): Workspace['bot'];
  /** What Bolt's error handler caught while a payload with this body was inside. */
  failed(body: unknown, error: unknown): void;
  /** Waits for those inside, at most so long; answers how many are left. */
  drain(limitMs: number): Promise<number>;
}

/** Slack's signatures live five minutes; clocks differ by less than the sixth. */
const requestLifetimeMs = 6 * 60_000;
/** About 15 MB at most; reached only beyond 270 interactions a second. */
const requestsMax = 100_000;
/** What must not be lost: Slack sends it again until it is acked, which it is once it was done. */
const doneBeforeAck: ReadonlySet<string> = new Set([
  'app_uninstalled',
  'tokens_revoked',
  'team_access_revoked',
]);
/** With what the end of a workspace that is not there is let in: nothing is said to Slack about it. */
const nobody: Workspace['bot'] = { botToken: '' };
/** A second press this soon is a slip of the finger. */
const pressLifetimeMs = 2000;
const pressesMax = 10_000;

export function createDoor(options: {
  readonly base: Base;
  readonly observe: (interaction: Interaction) => void;
}): Door {
  const { base, observe } = options;
  const { workspaces } = base;
  const clock = () => base.now().getTime();
  const requests = createSeen(requestLifetimeMs, requestsMax, clock);
  const presses = createSeen(pressLifetimeMs, pressesMax, clock);
  const failures = new WeakMap<object, unknown>();
  const tokens = new WeakMap<object, Workspace['bot']>();
  const inside = new Set<Promise<void>>();

  async function admit(arrival: Arrival, process: (arrival: Arrival) => Promise<void>): Promise<void> {
    const startedAt = performance.now();
    const payload = readPayload(arrival.body);
    let ackMs: number | undefined;
    const ack: Arrival['ack'] = (answer) => {
      ackMs ??= performance.now() - startedAt;
      return arrival.ack(answer);
    };
    const keys = requestKeys(arrival, payload);
    let reference: string | undefined;
    let outcome: Interaction['outcome'];
    // Until it is known where this comes from.
    const visit: Visit = { payload, arrival, ack, bot: botIn(base, { web: workspaces.nowhere, teamId: '' }) };
    try {
      outcome = (await isNew(payload, keys)) ? await letIn(visit, process) : 'repeated';
      if (ackMs === undefined) await ack();
      if (outcome === 'unknown') await answerUnknown(visit);
    } catch (error) {
      outcome = 'failed';
      reference = createReference();
      base.log.error({ reference, err: error }, 'an interaction failed');
      // It had no effect that counts: Slack may send it again.
      await forget(payload, keys);
      const told = error instanceof StoreUnavailable ? memoryAwayMessage(reference) : errorMessage(reference);
      await apologise(visit, { mayAck: ackMs === undefined, reference, told });
    }
    const durationMs = performance.now() - startedAt;
    const { kind, name, team, user } = payload;
    observe({ kind, name, outcome, ackMs: ackMs ?? durationMs, durationMs });
    const line = {
      team,
      user,
      kind,
      name,
      outcome,
      ackMs: tenths(ackMs),
      durationMs: tenths(durationMs),
      reference,
    };
    base.log.info(line, 'interaction');
  }

  async function letIn(
    visit: Visit,
    process: (arrival: Arrival) => Promise<void>,
  ): Promise<Interaction['outcome']> {
    const { payload, arrival } = visit;
    const workspace = await workspaces.of({ teamId: payload.installedIn, enterpriseId: payload.enterprise });
    if (workspace !== undefined) visit.bot = botIn(base, workspace);
    // An organisation's end names no workspace, and that of the last installation none that is still there.
    const isEnd = doneBeforeAck.has(payload.name);
    if (!isEnd && (workspace === undefined || (await isElsewhere(payload, workspace)))) {
      await turnAway(visit, workspace === undefined ? notInstalledMessage() : elsewhereMessage());
      return 'elsewhere';
    }
    tokens.set(arrival.body, workspace?.bot ?? nobody);
    let answered = false;
    const ack: Arrival['ack'] = async (answer) => {
      answered = true;
      // Bolt acks an event before anybody has done anything about it.
      if (!doneBeforeAck.has(payload.name)) await visit.ack(answer);
    };
    await process({ ...arrival, ack, customProperties: { ...arrival.customProperties, bot: visit.bot } });
    if (failures.has(arrival.body)) throw failures.get(arrival.body);
    return answered ? 'answered' : 'unknown';
  }

  /** In a shared channel people of other workspaces see our buttons; within one enterprise all are at home. */
  async function isElsewhere({ kind, team, enterprise }: Payload, home: Workspace): Promise<boolean> {
    if (kind === 'event' || team === undefined || team === home.teamId) return false;
    if (enterprise === undefined || enterprise !== home.enterpriseId) return true;
    return !(await workspaces.isOf(enterprise, team));
  }

  /** Here, and for what Slack itself repeats, in every other process. */
  async function isNew({ name, press, eventId }: Payload, keys: readonly string[]): Promise<boolean> {
    if (!addAll(requests, keys) || (press !== undefined && !presses.add(press))) return false;
    // A store that goes away half-way could not forget that it saw it: doing it twice harms nobody.
    if (eventId === undefined || doneBeforeAck.has(name)) return true;
    return withoutStore(base.store.events.isNew(eventId), true);
  }

  async function forget({ name, eventId }: Payload, keys: readonly string[]): Promise<void> {
    for (const key of keys) requests.forget(key);
    if (eventId === undefined || doneBeforeAck.has(name)) return;
    await withoutStore(base.store.events.forget(eventId), undefined);
  }

  async function turnAway({ bot, payload, arrival, ack }: Visit, message: Message): Promise<void> {
    const { kind, firstInput } = payload;
    // Nobody did anything to cause an event.
    if (kind === 'event') return ack();
    // The answers to a command and to a form travel in the ack.
    if (kind === 'command') return ack({ response_type: 'ephemeral', ...message });
    if (kind === 'view' && firstInput !== undefined)
      return ack({ response_action: 'errors', errors: { [firstInput]: message.text } });
    await ack();
    const place = readPlace(arrival.body);
    // Without a token nothing else is left.
    if (bot.web !== workspaces.nowhere || place.responseUrl !== undefined) await tell(bot, place, message);
  }

  async function answerUnknown({ bot, payload, arrival }: Visit): Promise<void> {
    bot.log.warn({ kind: payload.kind, name: payload.name }, 'nobody answers this');
    if (payload.kind === 'event' || payload.kind === 'other') return;
    const message =
      'This belongs to another version of the app and does nothing here. Type `/mta-sts` to start anew.';
    await tell(bot, readPlace(arrival.body), problemMessage({ message }));
  }

  async function apologise(
    { bot, payload: { kind, firstInput }, arrival, ack }: Visit,
    how: { readonly mayAck: boolean; readonly reference: string; readonly told: Message },
  ): Promise<void> {
    const { mayAck, reference, told } = how;
    try {
      if (mayAck && kind === 'view' && firstInput !== undefined) {
        // Keeps the form and what was typed.
        await ack({ response_action: 'errors', errors: { [firstInput]: told.text } });
        return;
      }
      // Nobody pressed anything to cause an event; one that is not acked Slack sends again.
      if (kind === 'event') return;
      if (mayAck) await ack();
      await tell(bot, readPlace(arrival.body), told);
    } catch (error) {
      bot.log.error({ reference, err: error }, 'and nobody could be told');
    }
  }

  return {
    async pass(arrival, process) {
      const visit = admit(arrival, process);
      inside.add(visit);
      await visit.finally(() => inside.delete(visit));
    },
    tokenOf(body) {
      const token = tokens.get(body);
      if (token === undefined) throw new Error('This payload did not come through the door.');
      return token;
    },
    failed(body, error) {
      if (typeof body === 'object' && body !== null) failures.set(body, error);
    },
    async drain(limitMs) {
      const limit = new Promise((resolve) => setTimeout(resolve, limitMs).unref());
      while (inside.size > 0) {
        const left = await Promise.race([Promise.allSettled(inside), limit]);
        if (left === undefined) break;
      }
      return inside.size;
    },
  };
}

/** Without a store each process knows only what came to itself. */
async function withoutStore<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StoreUnavailable) return otherwise;
    throw error;
  }
}

/** What tells this request from every other: the signature over HTTP, and the event's id over both ways. */
function requestKeys({ customProperties }: Arrival, { eventId }: Payload): readonly string[] {
  const signature: unknown = customProperties?.signature;
  return [
    ...(typeof signature === 'string' ? [`signature ${signature}`] : []),
    ...(eventId === undefined ? [] : [`event ${eventId}`]),
  ];
}

/** True when none of them was there before. */
function addAll(seen: { add(key: string): boolean }, keys: readonly string[]): boolean {
  return keys.map((key) => seen.add(key)).every((isNew) => isNew);
}

/** Letters and digits that nobody confuses when reading them out. */
const referenceAlphabet = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

function createReference(): string {
  const letters = Array.from({ length: 8 }, () => referenceAlphabet[randomInt(referenceAlphabet.length)]);
  return `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`;
}

function tenths(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 10) / 10;
}
