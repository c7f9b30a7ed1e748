/** What the rooms of the local Slack share about one workspace: its world, the limits, the secrets, the way to the bot. */
import type { Delivery, Envelope } from './delivery.ts';
import type { Faults } from './faults.ts';
import type { Manifest } from './manifest.ts';
import type { OAuth } from './oauth.ts';
import type { ResponseUrls } from './response-urls.ts';
import type { Triggers } from './triggers.ts';
import type { Uploads } from './uploads.ts';
import type { Wire } from './wire.ts';
import type { World } from './world.ts';

/** Slack's own times; a test that waits for one of them makes it shorter. */
export interface Limits {
  /** The bot must answer within this time. */
  readonly answerMs: number;
  readonly triggerMs: number;
  readonly responseUrlMs: number;
  readonly responseUrlPosts: number;
  /** When an event is sent again after a failure, each counted from the one before. */
  readonly eventRetriesMs: readonly number[];
}

export const slackLimits: Limits = {
  answerMs: 3000,
  triggerMs: 3000,
  responseUrlMs: 30 * 60_000,
  responseUrlPosts: 5,
  // "Nearly immediately", then a minute, then five minutes: docs.slack.dev/apis/events-api, error handling.
  eventRetriesMs: [100, 60_000, 300_000],
};

export interface Secrets {
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  /** Of the app that many workspaces install. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** What an operator makes up for the bot. */
  readonly stateSecret: string;
  readonly secretsKey: string;
  /** The old verification token that stands in every payload; nothing trusts it. */
  readonly verificationToken: string;
}

export interface Slack {
  readonly world: World;
  readonly manifest: Manifest;
  readonly faults: Faults;
  readonly wire: Wire;
  readonly triggers: Triggers;
  readonly responseUrls: ResponseUrls;
  readonly uploads: Uploads;
  readonly limits: Limits;
  readonly secrets: Secrets;
  readonly now: () => number;
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  url(): string;
  /** A new address for Socket Mode, good for one connection. */
  socketUrl(): string;
  readonly oauth: OAuth;
  /** False while nobody has installed the app in this workspace. */
  isInstalled(): boolean;
  /** The organisation that the app is installed for, where it is one's. */
  enterprise(): { readonly id: string; readonly name: string } | undefined;
  /** What the bot may do at this moment. */
  scopes(): readonly string[];
  /** Sends it to the bot and waits for its answer. */
  deliver(envelope: Envelope): Promise<Delivery>;
}
