/**
 * How what the store holds gets into Slack: cards of incidents and their threads, notices to one person, digests.
 * Each call brings Slack to what the store says, whatever was told before; when it is called is left to the jobs.
 *
 * Slack has no key that makes a post happen once, so that a message can come twice in exactly these cases, and only
 * that one: the process ends, or the store does not answer, between Slack's taking of a post and the store's taking
 * of its name; and Slack takes a post whose answer never arrives. It comes late, and never not at all, otherwise.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Incident, LookSummary, Notice, PauseReason, ToTell } from '../store/shapes.ts';
import type { Incidents, Notices, Watches } from '../store/store.ts';
import { readEntry, readIncident } from '../watch/incident-shapes.ts';
import { alertCard } from './blocks/alert-message.ts';
import { pausedContent, pausedNotice, readPaused } from './blocks/paused-notice.ts';
import type { Message } from './blocks/pieces.ts';
import { threadReply } from './blocks/thread-reply.ts';
import { contentOf } from './private-answer.ts';
import { isLockedOut, isLostMessage, refusalOf } from './refused-posts.ts';
import { retryAfterOf, slackErrorOf } from './web.ts';
import type { Whence, Workspace, Workspaces } from './workspaces.ts';

/**
 * `gone`: that conversation takes no posts; whoever watches for it is paused and its owners have a notice.
 * `uninstalled`: the workspace does not let the app in any more. Neither is better for trying again.
 */
export type Told = 'told' | 'gone' | 'uninstalled';

export interface Announcer {
  /**
   * Brings the conversation's card and its thread to the incident as it is: posts the card where there is none,
   * edits it where there is one, then one reply for each change with something to tell. Each step is in the store
   * before the next begins.
   */
  tell(toTell: ToTell): Promise<Told>;
  /** To its user's direct messages; one that cannot be sent at all counts as sent. */
  sendNotice(notice: Notice): Promise<Told>;
  /** A message of its own in a conversation: the weekly digest. Pauses nothing. */
  send(to: { readonly team: string; readonly conversation: string }, message: Message): Promise<Told>;
}

/** Slack limits the rate for longer than it is worth to wait here. */
export class TryLater extends Error {
  override readonly name = 'TryLater';
  readonly afterSeconds: number;

  constructor(afterSeconds: number, cause: unknown) {
    super(`Slack takes more in ${afterSeconds} s.`, { cause });
    this.afterSeconds = afterSeconds;
  }
}

/** What of the store is needed. */
export interface AnnouncerStore {
  readonly incidents: Pick<Incidents, 'told'>;
  readonly watches: Pick<Watches, 'pause'>;
  readonly notices: Pick<Notices, 'sent'>;
}

/** Slack takes about one message a second in a channel. */
const slackPaceMs = 1000;

export function createAnnouncer(options: {
  readonly workspaces: Pick<Workspaces, 'of'>;
  readonly store: AnnouncerStore;
  readonly log: Log;
  readonly now: () => Date;
  /** From one post in a channel to the next; default Slack's pace. */
  readonly postEveryMs?: number;
}): Announcer {
  const { workspaces, store, log, now, postEveryMs = slackPaceMs } = options;
  const pace = createPace(postEveryMs);

  async function inWorkspace(
    team: string,
    work: (workspace: Workspace) => Promise<void>,
    refused: (because: PauseReason) => Promise<void>,
  ): Promise<Told> {
    const whence = { teamId: team, enterpriseId: undefined };
    const workspace = await workspaces.of(whence);
    if (workspace === undefined) return 'uninstalled';
    try {
      await withToken(workspace, whence, work);
      return 'told';
    } catch (error) {
      const problem = slackErrorOf(error);
      const because = refusalOf(error);
      if (because !== undefined) {
        log.warn({ team, problem }, 'a conversation cannot be told');
        await refused(because);
        return 'gone';
      }
      if (isLockedOut(error)) {
        log.warn({ team, problem }, 'a workspace does not let the app in');
        return 'uninstalled';
      }
      const afterSeconds = retryAfterOf(error);
      throw afterSeconds === undefined ? error : new TryLater(afterSeconds, error);
    }
  }

  /** A token that was replaced a moment ago, in another process, is no end: the new one is tried, once. */
  async function withToken(
    workspace: Workspace,
    whence: Whence,
    work: (workspace: Workspace) => Promise<void>,
  ): Promise<void> {
    try {
      return await work(workspace);
    } catch (error) {
      const again = isLockedOut(error) ? await workspaces.of(whence, workspace) : undefined;
      if (again === undefined || again.bot.botToken === workspace.bot.botToken) throw error;
      await work(again);
    }
  }

  /** Answers the message's ts. */
  async function post(
    { web }: Workspace,
    to: { readonly channel: string; readonly thread_ts?: string },
    message: Message,
  ): Promise<string> {
    await pace(to.channel);
    const sent = await orPlain(message, log, (content) =>
      web.patiently((client) => client.chat.postMessage({ ...to, ...content })),
    );
    if (sent.ts === undefined) throw new Error('Slack took a message and gave it no ts.');
    return sent.ts;
  }

  /** False when there is no such message of ours any more. */
  async function edit({ web }: Workspace, channel: string, ts: string, message: Message): Promise<boolean> {
    try {
      await orPlain(message, log, (content) =>
        web.patiently((client) => client.chat.update({ channel, ts, ...content })),
      );
    } catch (error) {
      if (isLostMessage(error)) return false;
      // The workspace lets nobody edit what is old: the thread tells it all the same.
      if (slackErrorOf(error) !== 'edit_window_closed') throw error;
      log.info({ channel }, 'a card is too old to be edited');
    }
    return true;
  }

  async function converge(workspace: Workspace, { incident, summary, watch, card, entries }: ToTell) {
    const { conversation } = watch;
    const message = cardOf(incident, summary, now());
    if (message === undefined) {
      log.error({ incident: incident.id }, 'an incident cannot be read');
      return;
    }
    let ts = card?.ts;
    const toldVersion = card?.toldVersion ?? incident.version;
    if (ts === undefined || !(await edit(workspace, conversation, ts, message))) {
      ts = await post(workspace, { channel: conversation }, message);
      await store.incidents.told(incident.id, conversation, ts, toldVersion);
    }
    if (card === undefined) return;
    const news = entries.filter(({ version }) => version > toldVersion);
    for (const [version, changes] of Map.groupBy(news, (entry) => entry.version)) {
      const at = changes[0]?.at ?? now();
      const readable = changes.flatMap(({ content }) => readEntry(content) ?? []);
      // The card tells how it is all the same; what comes after is not to wait for it.
      if (readable.length < changes.length) {
        log.error({ incident: incident.id, version }, 'an entry of an incident cannot be read');
      }
      if (readable.length > 0) {
        const reply = threadReply(readable, { incident, at });
        await post(workspace, { channel: conversation, thread_ts: ts }, reply);
      }
      await store.incidents.told(incident.id, conversation, ts, version);
    }
    if ((news.at(-1)?.version ?? toldVersion) < incident.version) {
      await store.incidents.told(incident.id, conversation, ts, incident.version);
    }
  }

  return {
    tell(toTell) {
      const { team, conversation } = toTell.watch;
      return inWorkspace(
        team,
        (workspace) => converge(workspace, toTell),
        async (because) => {
          await store.watches.pause(
            team,
            conversation,
            because,
            (watches) => pausedContent(watches, because),
            now(),
          );
        },
      );
    },
    async sendNotice({ id, team, user, content }) {
      const paused = readPaused(content);
      const told = await inWorkspace(
        team,
        async (workspace) => {
          if (paused === undefined) log.error({ notice: id }, 'a notice cannot be read');
          else await post(workspace, { channel: user }, pausedNotice(paused, workspace.bot.botUserId));
        },
        async () => {},
      );
      if (told !== 'uninstalled') await store.notices.sent(id);
      return told;
    },
    send: ({ team, conversation }, message) =>
      inWorkspace(
        team,
        async (workspace) => {
          await post(workspace, { channel: conversation }, message);
        },
        async () => {},
      ),
  };
}

/** The card as it is to look now; undefined for an incident that another version wrote. */
export function cardOf(incident: Incident, summary: LookSummary | undefined, now: Date): Message | undefined {
  const state = readIncident(incident.state);
  if (state === undefined) return undefined;
  // What waits for a second look is not told yet.
  const sentence = summary?.verdict === state.verdict ? summary.sentence : undefined;
  return alertCard({ incident, state, sentence, now });
}

/** Slack's words for blocks that it does not draw. */
const undrawable: ReadonlySet<string> = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_attachments',
  'msg_blocks_too_long',
  'too_many_attachments',
]);

/** An alert without its looks is better than none: the text says all of it. */
async function orPlain<T>(
  message: Message,
  log: Log,
  send: (content: ReturnType<typeof contentOf>) => Promise<T>,
): Promise<T> {
  try {
    return await send(contentOf(message));
  } catch (error) {
    if (!undrawable.has(slackErrorOf(error) ?? '')) throw error;
    log.error({ err: error }, 'Slack does not draw an alert');
    return send(contentOf({ text: message.text, blocks: [], attachments: [] }));
  }
}

/** Lets one through in each interval, for each channel in the order of asking. */
function createPace(everyMs: number): (channel: string) => Promise<void> {
  const freeAt = new Map<string, number>();
  return async (channel) => {
    const at = performance.now();
    for (const [other, free] of freeAt) if (free <= at) freeAt.delete(other);
    const turn = Math.max(at, freeAt.get(channel) ?? at);
    freeAt.set(channel, turn + everyMs);
    if (turn > at) await delay(turn - at);
  };
}
