/** What is answered about watches, privately, and what a conversation is told when one begins or ends there. */
import type { Button, KnownBlock } from '@slack/types';
import { type DomainName, displayDomain } from '../../protocol/domain.ts';
import type { EveryHours, Watch, WatchedDomain } from '../../store/shapes.ts';
import { slashCommand } from '../command.ts';
import { actionIds, watchBlocks } from '../ids.ts';
import { watchValue } from '../watch-values.ts';
import { worstFirst } from '../worst-first.ts';
import type { ShareProblem } from './notices.ts';
import {
  actions,
  button,
  context,
  escapeMrkdwn,
  localTime,
  type Message,
  paragraph,
  person,
  rich,
} from './pieces.ts';
import { everyWords, isDirect, placeName, watchedBlocks, watchedText } from './watched-blocks.ts';

/** Says to a conversation that it will hear of a domain: it also proves that it can. */
export function watchBegunNews(domain: DomainName, by: string, everyHours: EveryHours): Message {
  const more = `looks at it ${everyWords[everyHours]}, and posts here what breaks and what is mended.`;
  return news(by, `has this app watch \`${displayDomain(domain)}\` for this conversation. It ${more}`);
}

export function watchEndedNews(domain: DomainName, by: string): Message {
  return news(
    by,
    `ended the watch of \`${displayDomain(domain)}\` for this conversation. Nothing more is posted here about it.`,
  );
}

/** Who acted, and what that means for everybody there. */
function news(by: string, text: string): Message {
  return {
    text: `<@${by}> ${escapeMrkdwn(text)}`,
    blocks: [rich(undefined, paragraph(person(by), ` ${text}`))],
  };
}

/** What was begun: for whoever asked, in a direct message also as the news itself. */
export function watchingMessage(watch: Watch): Message {
  const { domain, everyHours, conversation } = watch;
  const where = isDirect(conversation)
    ? 'News of it comes as direct messages from this app.'
    : `News of it comes to <#${conversation}>, which was told just now who asked for it.`;
  const text = `\`${displayDomain(domain)}\` is watched. A look begins now; then it is looked at ${everyWords[everyHours]}.`;
  const more = `${where} Only what changes is news: what breaks, and what is mended.`;
  return answer(text, more, watchButtons(watch));
}

/** It was watched there before, and nothing was changed. */
export function alreadyWatchedMessage(watch: Watch, viewer: string): Message {
  const { domain, everyHours, owner, createdAt } = watch;
  const text = `\`${displayDomain(domain)}\` is watched for ${isDirect(watch.conversation) ? 'these direct messages' : 'this conversation'} already, ${everyWords[everyHours]}.`;
  const who = owner === viewer ? 'you' : `<@${owner}>`;
  return answer(text, `Set up by ${who}, ${localTime(createdAt)}. Nothing was changed.`, watchButtons(watch));
}

/** It was watched there before, otherwise. */
export function hoursChangedMessage(watch: Watch, viewer: string): Message {
  const { domain, everyHours } = watch;
  const text = `\`${displayDomain(domain)}\` was watched there already; from now on it is looked at ${everyWords[everyHours]}.`;
  return answer(text, `News of it comes to ${placeName(watch, viewer)}.`, watchButtons(watch));
}

function watchButtons({ domain, conversation }: Watch): Button[] {
  const name = displayDomain(domain);
  const where = isDirect(conversation) ? 'direct messages' : 'the conversation';
  return [
    button(actionIds.watchChange, 'Change…', `how often ${name} is looked at`, {
      value: watchValue({ domain }),
    }),
    button(actionIds.watchEnd, 'Unwatch', `${name} for ${where}`, {
      value: watchValue({ domain, conversation }),
    }),
  ];
}

const inviteHint =
  'Type `/invite @mta-sts` there (or `/invite` and the name that this app has here), then try again.';

const whyNot: Readonly<Record<ShareProblem, string>> = {
  not_in_channel: 'the app is not a member of that conversation, so it could not post there.',
  channel_not_found: 'the app is not a member of that conversation, so it could not post there.',
  is_archived: 'that channel is archived, so nothing can be posted there.',
  restricted_action: 'only some people may post there, and the app is not among them.',
  msg_too_long: 'Slack refused to post there.',
  other: 'Slack refused to post there.',
};

/** Whether inviting the app would help. */
function canInvite(problem: ShareProblem, conversation: string): boolean {
  return !isDirect(conversation) && (problem === 'not_in_channel' || problem === 'channel_not_found');
}

/** The same where it stands at a field, whose form is still open. */
export function notPostableSentence(problem: ShareProblem, conversation: string): string {
  if (isDirect(conversation)) {
    return 'The app cannot post in a direct message between people. Choose a channel, or your direct messages with this app.';
  }
  const why = `Not watched: ${whyNot[problem]}`;
  return canInvite(problem, conversation)
    ? `${why} ${inviteHint.replaceAll('`', '')}`
    : `${why} Choose another conversation.`;
}

/** No watch was made, because nothing could be told: with what helps, and the next try a press away. */
export function notWatchedMessage(
  { domain, conversation }: Pick<Watch, 'domain' | 'conversation'>,
  problem: ShareProblem,
): Message {
  const name = displayDomain(domain);
  const lead = isDirect(conversation)
    ? 'the app cannot post in a direct message between people.'
    : whyNot[problem];
  const invite = canInvite(problem, conversation);
  const value = watchValue({ domain });
  return answer(
    `\`${name}\` is not watched: ${lead}`,
    invite ? inviteHint : 'Choose a channel, or your direct messages with this app.',
    [
      ...(invite
        ? [
            button(actionIds.watchTryAgain, 'I have invited it: try again', `to watch ${name} here`, {
              value,
              style: 'primary',
            }),
          ]
        : []),
      button(actionIds.watchElsewhere, 'Choose another conversation…', `for the watch of ${name}`, { value }),
    ],
  );
}

/** The watch ended. `others`: where the domain is watched still. */
export function unwatchedMessage(
  domain: DomainName,
  conversation: string,
  others: readonly Watch[],
  viewer: string,
): Message {
  const name = displayDomain(domain);
  const told = isDirect(conversation) ? '' : ` <#${conversation}> was told who ended it.`;
  const still = others.length === 0 ? '' : ` It is still watched for ${places(others, viewer)}.`;
  return answer(
    `\`${name}\` is watched no longer for ${isDirect(conversation) ? 'these direct messages' : 'this conversation'}.`,
    `What was seen of it is kept: when it is safe to remove a policy rests on it.${told}${still}`,
    [],
  );
}

/** There was nothing to end. `nearest` is watched in the conversation and written much the same. */
export function nothingToUnwatchMessage(
  domain: DomainName,
  elsewhere: readonly Watch[],
  nearest: DomainName | undefined,
  viewer: string,
): Message {
  const where =
    elsewhere.length === 0
      ? 'Nobody in this workspace watches it.'
      : `It is watched for ${places(elsewhere, viewer)}; type it there, or press Unwatch in this app's Home.`;
  const hint = nearest === undefined ? '' : ` Perhaps \`${slashCommand} unwatch ${nearest}\`?`;
  return answer(
    `\`${displayDomain(domain)}\` is not watched for this conversation.${hint}`,
    `${where} Nothing was changed.`,
    [],
  );
}

function places(watches: readonly Watch[], viewer: string): string {
  const names = [...new Set(watches.map((watch) => placeName(watch, viewer)))];
  const shown = names.slice(0, 5);
  const more = names.length - shown.length;
  return `${shown.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}

/** A person reads fewer than the 50 blocks that a message takes: the rest is in App Home. */
const listShown = 15;
/** As of the records: Slack refuses some 13,200 characters of blocks together. */
const listCharsMax = 12_000;

/** What is watched for one conversation. */
export function watchListMessage(
  { domains, total }: { readonly domains: readonly WatchedDomain[]; readonly total: number },
  { conversation, homeUrl, now }: ListView,
): Message {
  const here = isDirect(conversation) ? 'these direct messages' : 'this conversation';
  const home = button(actionIds.openHome, 'See all in App Home', 'every domain that this workspace watches', {
    url: homeUrl,
  });
  if (total === 0) {
    return answer(
      `No domain is watched for ${here}.`,
      `\`${slashCommand} watch example.com\` begins with one.`,
      [home],
    );
  }
  const shown = withRoom(worstFirst(domains).slice(0, listShown), now);
  const lead = `${total === 1 ? 'One domain is' : `${total} domains are`} watched for ${here}.`;
  const more = total - shown.length;
  const rest = more === 0 ? '' : `${more} more ${more === 1 ? 'is' : 'are'} in App Home.`;
  return {
    text: [lead, ...shown.map((each) => watchedText(each, now)), ...(rest === '' ? [] : [rest])].join('\n\n'),
    blocks: [
      rich(undefined, paragraph(lead)),
      ...shown.flatMap((each) => watchedBlocks(each, now)),
      ...(rest === '' ? [] : [context(rest)]),
      actions(watchBlocks.actions, home),
    ],
  };
}

/** As many of them as Slack takes. */
function withRoom(domains: readonly WatchedDomain[], now: Date): readonly WatchedDomain[] {
  let room = listCharsMax;
  const end = domains.findIndex((each) => {
    room -= JSON.stringify(watchedBlocks(each, now)).length;
    return room < 0;
  });
  return end === -1 ? domains : domains.slice(0, end);
}

export interface ListView {
  readonly conversation: string;
  /** Opens App Home in Slack's own client. */
  readonly homeUrl: string;
  readonly now: Date;
}

/** The store does not answer: what that means for what was asked, and what works all the same. */
export function storeAwayMessage(what: string): Message {
  return answer(
    `${what} Nothing was changed.`,
    `The app's memory does not answer at this moment; it is tried again without being asked. Making policies, checks and explanations work meanwhile.`,
    [],
  );
}

export const storeAwayLeads = {
  watch: 'The watch was not set up.',
  unwatch: 'The watch was not ended.',
  list: 'What is watched cannot be shown.',
  settings: 'The settings cannot be shown.',
  change: 'The change was not made.',
} as const;

/** The records were made, and are not remembered. */
export function notKeptMessage({ domain }: { readonly domain: DomainName }): Message {
  const text = `Not kept: the app's memory does not answer, so it will not know this version of \`${displayDomain(domain)}\` later. The records are good all the same.`;
  return { text: escapeMrkdwn(text), blocks: [context(escapeMrkdwn(text))] };
}

/** A sentence that counts, small print in mrkdwn, and what can be done. */
function answer(text: string, more: string, buttons: readonly Button[]): Message {
  const blocks: KnownBlock[] = [rich(undefined, paragraph(text)), context(more)];
  return {
    text: `${escapeMrkdwn(text)} ${more}`,
    blocks: buttons.length === 0 ? blocks : [...blocks, actions(watchBlocks.actions, ...buttons)],
  };
}
