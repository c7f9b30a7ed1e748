/** The short private messages around an alert: why a press changed nothing, and what became of resuming. PURE. */
import type { RichTextElement } from '@slack/types';
import type { DomainName } from '../../protocol/domain.ts';
import { displayDomain } from '../../protocol/domain.ts';
import type { PauseReason } from '../../store/shapes.ts';
import type { IncidentState } from '../../watch/incident-shapes.ts';
import { slashCommand } from '../command.ts';
import { bold, channel, date, type Message, paragraph, person, rich, spoken } from './pieces.ts';

/** A card of something that is not kept any more. */
export function forgottenAlertMessage(): Message {
  return notice(
    'Nothing is known of this alert any more, so this does nothing: alerts are kept for a year after their end. ',
    ...checkInstead,
  );
}

const checkInstead = [`Type \`${slashCommand} check\` and the domain to look at it.`] as const;

/** The store is away. */
export function storeAwayMessage(): Message {
  return notice(
    'What the app remembers cannot be reached at this moment, so nothing was changed. Nothing is lost; try again in a minute.',
  );
}

/** A press that changed nothing, as somebody was there before, or all is over. */
export function unchangedMessage(state: IncidentState, pressed: 'acknowledge' | 'snooze'): Message {
  const { acknowledged, snoozed, open } = state;
  if (open.length === 0) return notice('Nothing is open any more, so this changes nothing.');
  if (pressed === 'acknowledge' && acknowledged !== undefined) {
    return notice(
      bold('Acknowledged'),
      ' already by ',
      person(acknowledged.by),
      ', ',
      date(new Date(acknowledged.at)),
      '.',
    );
  }
  if (snoozed !== undefined) {
    return notice(
      bold('Snoozed'),
      ' already until ',
      date(new Date(snoozed.until)),
      ' by ',
      person(snoozed.by),
      '.',
    );
  }
  return notice('This changes nothing.');
}

/** Explain came too late for its trigger. */
export function notExplainedMessage(): Message {
  return notice('Slack did not open the explanation in time. Press Explain once more.');
}

/** Stand above the report that somebody pressed Check again for. */
export const recheckNotes = {
  soon: 'The watch looks again too: when something has changed, the card says so within a minute. What may be a passing failure it tells when a second look, some minutes later, sees it as well.',
  over: 'This alert is over, so its card stays as it is. The watch looks again too: when something is wrong now, an alert of its own says so.',
  limited:
    'The watch looks again at its own time: this domain was looked at as often as is polite towards its servers.',
  unwatched: 'Nobody watches this domain any more, so the card stays as it is.',
  away: 'What the app remembers cannot be reached at this moment, so the card stays as it is.',
} as const;

/** Of watches: the button in the notice that they were paused. */
export function resumedNotice(conversation: string, domains: readonly DomainName[]): Message {
  return notice(
    `${domains.map((domain) => displayDomain(domain)).join(', ')}: watched for `,
    channel(conversation),
    ' again. A look begins now.',
  );
}

export function nothingPausedMessage(conversation: string): Message {
  return notice(
    'Nothing that you watch for ',
    channel(conversation),
    ' is paused, so there is nothing to resume.',
  );
}

const stillRefused: Readonly<Record<PauseReason, string>> = {
  archived: ' is still archived. Unarchive it, then press Resume again.',
  'not-in-channel':
    ' still does not have this app as a member. Type `/invite` and the name of this app there, then press Resume again.',
  'channel-gone':
    ' still cannot be seen by this app. Type `/invite` and the name of this app there, then press Resume again.',
  restricted: ' still takes posts of some people only. Let this app post there, then press Resume again.',
};

export function stillPausedMessage(conversation: string, because: PauseReason): Message {
  return notice('Not resumed: ', channel(conversation), stillRefused[because]);
}

function notice(...parts: readonly (string | RichTextElement)[]): Message {
  return { text: spoken(...parts), blocks: [rich(undefined, paragraph(...parts))] };
}
