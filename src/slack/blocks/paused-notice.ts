/**
 * What a watch's owner is told, once, when its conversation cannot be posted to: what happened, what to do, and a
 * button that goes on. PURE; the content is kept by the store until it is sent.
 */
import type { RichTextElement } from '@slack/types';
import { type DomainName, displayDomain } from '../../protocol/domain.ts';
import type { Json, PauseReason, Watch } from '../../store/shapes.ts';
import { resumeValue } from '../alert-button.ts';
import { slashCommand } from '../command.ts';
import { actionIds, alertBlocks } from '../ids.ts';
import {
  actions,
  bullets,
  button,
  channel,
  code,
  type Message,
  paragraph,
  person,
  plural,
  rich,
  spoken,
} from './pieces.ts';

/** What the store keeps of it. */
export interface Paused {
  readonly kind: 'paused';
  readonly conversation: string;
  readonly because: PauseReason;
  readonly domains: readonly DomainName[];
}

const reasons: readonly PauseReason[] = ['archived', 'not-in-channel', 'channel-gone', 'restricted'];

/** As `watches.pause` wants it: for one owner. */
export function pausedContent(watches: readonly Watch[], because: PauseReason): Json {
  return {
    kind: 'paused',
    conversation: watches[0]?.conversation ?? '',
    because,
    domains: watches.map(({ domain }) => domain),
  } satisfies Paused as Json;
}

/** Undefined for what another version wrote. */
export function readPaused(content: Json): Paused | undefined {
  if (typeof content !== 'object' || content === null || !('kind' in content)) return undefined;
  const { kind, conversation, because, domains } = content;
  const isRead =
    kind === 'paused' &&
    typeof conversation === 'string' &&
    reasons.some((reason) => reason === because) &&
    Array.isArray(domains) &&
    domains.every((domain) => typeof domain === 'string');
  return isRead ? (content as unknown as Paused) : undefined;
}

/** What happened there, and what helps. */
const told: Readonly<Record<PauseReason, readonly [happened: string, helps: Step]>> = {
  archived: ['is archived', 'unarchive'],
  'not-in-channel': ['does not have this app as a member any more', 'invite'],
  'channel-gone': ['is gone, or it is private and without this app', 'invite'],
  restricted: ['takes posts of some people only, and this app is not among them', 'allow'],
};
type Step = 'unarchive' | 'invite' | 'allow';

const domainsShown = 20;

/** `bot` is the app's user id, for its name. */
export function pausedNotice({ conversation, because, domains }: Paused, bot?: string): Message {
  const [happened, helps] = told[because];
  const lead = [
    'Nothing can be told in ',
    channel(conversation),
    ` any more, as it ${happened}. What you watch for it is paused:`,
  ] as const;
  const step = stepOf(helps, bot);
  const elsewhere = [
    'Or watch for another conversation: type ',
    code(`${slashCommand} watch ${domains[0] ?? 'example.com'}`),
    ' there.',
  ] as const;
  const names = namesOf(domains);
  return {
    text: [spoken(...lead, ' ', names.join(', '), '.'), spoken(...step), spoken(...elsewhere)].join('\n'),
    blocks: [
      rich(
        undefined,
        paragraph(...lead),
        bullets(names.map((name, at) => [at < domainsShown ? code(name) : name])),
        paragraph(...step),
        paragraph(...elsewhere),
      ),
      actions(
        alertBlocks.resume,
        button(actionIds.resumeWatches, 'Resume', 'posts there again', {
          value: resumeValue(conversation),
          style: 'primary',
        }),
      ),
    ],
  };
}

function stepOf(helps: Step, bot: string | undefined): readonly (string | RichTextElement)[] {
  if (helps === 'unarchive') return ['Unarchive it, then press Resume.'];
  if (helps === 'allow') return ['Let this app post there, then press Resume.'];
  return bot === undefined
    ? ['Type ', code('/invite'), ' and the name of this app there, then press Resume.']
    : ['Type ', code('/invite'), ' ', person(bot), ' there, then press Resume.'];
}

function namesOf(domains: readonly DomainName[]): readonly string[] {
  const shown = domains.slice(0, domainsShown).map((domain) => displayDomain(domain));
  const hidden = domains.length - shown.length;
  return [...shown, ...(hidden === 0 ? [] : [`and ${plural(hidden, 'other')}`])];
}

/** Posted where the watch goes on: it also proves that the app may post there. */
export function resumedMessage(user: string, domains: readonly DomainName[]): Message {
  const parts = [person(user), ` resumed watching here: ${namesOf(domains).join(', ')}.`];
  return { text: spoken(...parts), blocks: [rich(undefined, paragraph(...parts))] };
}
