/**
 * What the page in the browser and the local Slack say to each other. The server pushes one PageState
 * after each change (Server-Sent Events at `/local/state?user=U…`, each event's data one JSON PageState;
 * without a user the first person's) and takes one PersonAction at a time (`POST /local/act`, JSON in and out). Of
 * several workspaces `team=T…` names one; without it the first is meant.
 */

/** Block Kit as it came from the bot: parsed JSON that passed Slack's limits, otherwise untouched. */
export type BlockJson = {
  readonly type: string;
  readonly block_id?: string;
  readonly [key: string]: unknown;
};

export interface PageState {
  readonly workspace: { readonly name: string; readonly teamId: string };
  /** Those that may install the app, this one among them; empty where there is but one. */
  readonly workspaces: readonly PageWorkspace[];
  /** Where an installation begins; null where there is but one workspace. */
  readonly installUrl: string | null;
  /** Who is looking: the state holds only what this person may see. */
  readonly me: string;
  readonly users: readonly PageUser[];
  readonly conversations: readonly PageConversation[];
  /** The bot's App Home for this person; null until the bot published one. */
  readonly home: { readonly blocks: readonly BlockJson[]; readonly hash: string } | null;
  /** Open modals of this person, bottom first; the last one is on top. */
  readonly views: readonly PageView[];
  /** From manifest.json, for the composer's completion. */
  readonly commands: readonly {
    readonly command: string;
    readonly description: string;
    readonly usageHint: string;
  }[];
  readonly shortcuts: readonly {
    readonly callbackId: string;
    readonly name: string;
    readonly description: string;
  }[];
  readonly scenarios: readonly {
    readonly domain: string;
    readonly title: string;
    /** Those of a group stand together. */
    readonly group: string;
    readonly records: readonly string[];
  }[];
  /** Newest first, at most 200; none for a page that does not show it. */
  readonly wire: readonly WireEntry[];
  readonly faults: readonly PageFault[];
  /** What domains of the local internet can be broken by, those of a domain together; empty without an internet. */
  readonly switches: readonly (PageFault & { readonly domain: string })[];
  /** What can be done to the bot's own process and store; null where they are not this machine's to touch. */
  readonly machine: {
    /** Null when the store is not the embedded one. */
    readonly storePaused: boolean | null;
  } | null;
  /** `oauth`: signed HTTP, from many workspaces. */
  readonly transport: 'http' | 'socket' | 'oauth';
  readonly bot: { readonly userId: string; readonly name: string; readonly connected: boolean };
}

interface PageWorkspace {
  readonly teamId: string;
  readonly name: string;
  /** By itself, or by an organisation that it belongs to. */
  readonly installed: 'no' | 'here' | 'organisation';
}

export interface PageUser {
  readonly id: string;
  readonly name: string;
  readonly realName: string;
  /** Of another workspace (Slack Connect). */
  readonly foreign: boolean;
  readonly isBot: boolean;
}

export interface PageConversation {
  readonly id: string;
  /** Without `#`; for a direct message the other's name. */
  readonly name: string;
  readonly kind: 'channel' | 'private' | 'dm';
  readonly botIsMember: boolean;
  readonly archived: boolean;
  /** With another workspace (Slack Connect). */
  readonly shared: boolean;
  readonly unread: number;
  readonly messages: readonly PageMessage[];
}

export interface PageMessage {
  readonly ts: string;
  readonly threadTs: string | null;
  /** A reply that is shown in the channel as well. */
  readonly broadcast: boolean;
  /** A user id, or the bot's. */
  readonly user: string;
  readonly text: string;
  readonly blocks: readonly BlockJson[];
  readonly attachments: readonly AttachmentJson[];
  /** Seen by `me` only. */
  readonly ephemeral: boolean;
  readonly edited: boolean;
  readonly files: readonly {
    readonly id: string;
    readonly name: string;
    readonly size: number;
    readonly url: string;
  }[];
}

/** Blocks beside a bar of a colour: `#2eb67d`, or one of Slack's three names. */
export interface AttachmentJson {
  readonly color?: string;
  readonly blocks: readonly BlockJson[];
}

export interface PageView {
  readonly id: string;
  readonly hash: string;
  readonly title: string;
  readonly submit: string | null;
  readonly close: string;
  readonly blocks: readonly BlockJson[];
  /** block_id → what is wrong, after `response_action: errors`. */
  readonly errors: Readonly<Record<string, string>>;
}

/** One exchange between Slack and the bot, as the wire inspector shows it. */
export interface WireEntry {
  readonly id: number;
  readonly at: string;
  readonly direction: 'to-bot' | 'from-bot';
  /** `slash_commands`, `view_submission`, `chat.postMessage` … */
  readonly name: string;
  readonly durationMs: number | null;
  /** `200`, `ok`, `invalid_blocks`, `no answer in 3 s` … */
  readonly outcome: string;
  readonly failed: boolean;
  /** Pretty-printed JSON, tokens removed. */
  readonly request: string;
  readonly response: string;
}

export interface PageFault {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly on: boolean;
}

/** Values of a view's inputs: block_id → action_id → what Slack's `view.state.values` holds there. */
export type InputValues = Readonly<Record<string, Readonly<Record<string, InputValue>>>>;

export type InputValue =
  | {
      readonly type: 'plain_text_input' | 'number_input' | 'email_text_input' | 'url_text_input';
      readonly value: string | null;
    }
  | {
      readonly type: 'static_select' | 'radio_buttons' | 'external_select';
      readonly selected_option: OptionJson | null;
    }
  | { readonly type: 'checkboxes' | 'multi_static_select'; readonly selected_options: readonly OptionJson[] }
  | { readonly type: 'conversations_select'; readonly selected_conversation: string | null }
  /** `HH:mm`. */
  | { readonly type: 'timepicker'; readonly selected_time: string | null };

export interface OptionJson {
  readonly text: { readonly type: string; readonly text: string };
  readonly value: string;
  readonly description?: { readonly type: string; readonly text: string };
}

export type PersonAction =
  /** What was typed in the composer; a leading `/` makes it a command, which goes to the bot. */
  | {
      readonly kind: 'compose';
      readonly user: string;
      readonly conversation: string;
      readonly text: string;
      readonly threadTs?: string;
    }
  | { readonly kind: 'shortcut'; readonly user: string; readonly callbackId: string }
  | { readonly kind: 'open-home'; readonly user: string }
  /** A button, select … in a message, a view or the App Home. `value` is absent for buttons. */
  | {
      readonly kind: 'act';
      readonly user: string;
      readonly container: Container;
      readonly blockId: string;
      readonly actionId: string;
      readonly value?: InputValue;
      /** All inputs of the view as they stand; for views only. */
      readonly inputs?: InputValues;
    }
  | { readonly kind: 'submit'; readonly user: string; readonly viewId: string; readonly inputs: InputValues }
  | { readonly kind: 'close'; readonly user: string; readonly viewId: string }
  | { readonly kind: 'read'; readonly user: string; readonly conversation: string }
  | {
      readonly kind: 'channel';
      readonly user: string;
      readonly conversation: string;
      readonly change: ChannelChange;
    }
  | { readonly kind: 'fault'; readonly id: string; readonly on: boolean }
  /** A fault of a domain of the local internet. */
  | { readonly kind: 'switch'; readonly id: string; readonly on: boolean }
  | { readonly kind: 'kill-bot' }
  | { readonly kind: 'pause-store'; readonly on: boolean }
  | { readonly kind: 'transport'; readonly transport: PageState['transport'] }
  /** Of the workspace: the app goes, and its tokens are revoked. */
  | { readonly kind: 'uninstall'; readonly user: string }
  | { readonly kind: 'reset' };

export type ChannelChange = 'archive' | 'unarchive' | 'invite-app' | 'remove-app';

export type Container =
  | { readonly kind: 'message'; readonly conversation: string; readonly ts: string }
  | { readonly kind: 'view'; readonly viewId: string }
  | { readonly kind: 'home' };

/** `note` is what Slack would show the person: "/mta-sts failed because the app did not respond". */
export type ActionAnswer =
  | { readonly ok: true; readonly note?: string }
  | { readonly ok: false; readonly note: string };
