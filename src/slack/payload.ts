/**
 * PURE. What Slack sent, as far as every kind of payload has it: who, where, which press. Payloads are
 * signed, and still read as unknown: a forgotten kind must not break what is built on this.
 */
import { conversationId, readForm } from './form-state.ts';
import { callbackIds } from './ids.ts';

type InteractionKind = 'command' | 'action' | 'view' | 'shortcut' | 'event' | 'other';

export interface Payload {
  readonly kind: InteractionKind;
  /** The command, action_id, callback_id or type of event: our own ids, never what somebody typed. */
  readonly name: string;
  readonly user: string | undefined;
  /** The workspace of the user, which in a shared channel need not be ours. */
  readonly team: string | undefined;
  readonly enterprise: string | undefined;
  /** The workspace whose app this came to. */
  readonly installedIn: string | undefined;
  /** Of an event: whether it is about a whole organisation's installation. */
  readonly isEnterpriseInstall: boolean;
  /** Of an event: the same in every retry. */
  readonly eventId: string | undefined;
  /** Of an event: when it happened, by Slack's clock; the same in every retry. */
  readonly happenedAt: Date | undefined;
  /** The same for each press of one button in one place; undefined for whatever is not a button. */
  readonly press: string | undefined;
  /** The first input of a submitted form: where an error is shown when nothing else can be said. */
  readonly firstInput: string | undefined;
}

/** Long enough for every id that Slack gives. */
const idCharsMax = 255;

export function readPayload(body: unknown): Payload {
  const root = record(body);
  const event = record(root.event);
  const view = record(root.view);
  const [action] = list(root.actions).map(record);
  const user = record(root.user);
  // Of an event: the installation that it is for, which in a shared channel need not be where it happened.
  const authorization = record(list(root.authorizations)[0]);
  const common = {
    user: id(root.user_id) ?? id(user.id) ?? id(root.user) ?? id(event.user),
    team: id(user.team_id) ?? id(record(root.team).id) ?? id(root.team_id),
    installedIn:
      teamId(authorization.team_id) ??
      // A form that was opened in a shared channel.
      teamId(view.app_installed_team_id) ??
      teamId(record(root.team).id) ??
      teamId(root.team_id) ??
      teamId(user.team_id),
    isEnterpriseInstall: root.is_enterprise_install === true || authorization.is_enterprise_install === true,
    enterprise:
      id(authorization.enterprise_id) ??
      id(root.enterprise_id) ??
      id(record(root.enterprise).id) ??
      id(record(root.team).enterprise_id),
    eventId: undefined,
    happenedAt: undefined,
    press: undefined,
    firstInput: undefined,
  };
  if (root.event !== undefined) {
    return {
      ...common,
      kind: 'event',
      name: id(event.type) ?? 'event',
      eventId: id(root.event_id),
      happenedAt: instant(root.event_time),
    };
  }
  if (root.command !== undefined) return { ...common, kind: 'command', name: id(root.command) ?? 'command' };
  if (action !== undefined) {
    return {
      ...common,
      kind: 'action',
      name: id(action.action_id) ?? 'action',
      press: pressOf(root, action),
    };
  }
  if (root.type === 'view_submission' || root.type === 'view_closed') {
    const { values } = record(view.state);
    const [firstInput] = Object.keys(record(values));
    return {
      ...common,
      kind: 'view',
      name: id(view.callback_id) ?? 'view',
      firstInput,
    };
  }
  if (root.type === 'shortcut' || root.type === 'message_action') {
    return { ...common, kind: 'shortcut', name: id(root.callback_id) ?? 'shortcut' };
  }
  return { ...common, kind: 'other', name: id(root.type) ?? 'unknown' };
}

/** Where somebody can be answered privately. */
export interface Place {
  readonly user: string | undefined;
  readonly conversation: string | undefined;
  readonly responseUrl: string | undefined;
  /** Of the thread in which the button was pressed. */
  readonly threadTs?: string;
}

/** From where it was pressed or typed; in the form, from where the form was asked for. */
export function readPlace(body: unknown): Place {
  const root = record(body);
  const view = record(root.view);
  const origin = view.callback_id === callbackIds.policyForm ? readForm(view).origin : undefined;
  const threadTs = text(record(root.container).thread_ts);
  return {
    user: readPayload(body).user,
    conversation:
      id(root.channel_id) ??
      id(record(root.channel).id) ??
      id(record(root.container).channel_id) ??
      origin?.conversation,
    responseUrl: text(root.response_url) ?? origin?.responseUrl,
    ...(threadTs !== undefined && { threadTs }),
  };
}

/** A view as it lies in a payload. */
export interface SentView {
  readonly id: string;
  /** Of the state that the person saw: an update with an older one is refused. */
  readonly hash: string | undefined;
}

export function readSentView(view: unknown): SentView | undefined {
  const sent = record(view);
  const viewId = id(sent.id);
  return viewId === undefined ? undefined : { id: viewId, hash: text(sent.hash) };
}

/** The button's value and the blocks of the message it stands in: both untrusted, either may be absent. */
export function readPressed(body: unknown): { value: unknown; blocks: unknown } {
  const root = record(body);
  const [action] = list(root.actions).map(record);
  return { value: action?.value, blocks: record(root.message).blocks };
}

/** Of a submitted form with a conversation in it: Slack's addresses for posting where the bot is no member. */
export function readResponseUrls(body: unknown): readonly { conversation: string; url: string }[] {
  return list(record(body).response_urls).flatMap((item) => {
    const { channel_id: channel, response_url: url } = record(item);
    const conversation = conversationId.safeParse(channel);
    return conversation.success && typeof url === 'string' ? [{ conversation: conversation.data, url }] : [];
  });
}

function pressOf(root: Readonly<Record<string, unknown>>, action: Readonly<Record<string, unknown>>) {
  if (action.type !== 'button') return undefined;
  const container = record(root.container);
  const place = text(container.message_ts) ?? text(container.view_id) ?? text(record(root.view).id);
  const user = id(record(root.user).id);
  if (place === undefined || user === undefined) return undefined;
  return JSON.stringify([user, container.channel_id, place, action.block_id, action.action_id]);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What happens in a whole organisation names that, `E…`, in the team's place. */
function teamId(value: unknown): string | undefined {
  const team = id(value);
  return team?.startsWith('E') === true ? undefined : team;
}

/** Seconds since 1970. */
function instant(value: unknown): Date | undefined {
  return typeof value === 'number' && Math.abs(value) < 1e11 ? new Date(value * 1000) : undefined;
}

function id(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= idCharsMax ? value : undefined;
}
