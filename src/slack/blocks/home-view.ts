/** App Home: what the workspace watches, a page at a time; for who is new, what the app is for and what to type. */
import type { Button, HomeView, KnownBlock } from '@slack/types';
import { displayDomain } from '../../protocol/domain.ts';
import type { Watch, WatchedDomain } from '../../store/shapes.ts';
import { actionIds, homeBlocks, numberedBlock } from '../ids.ts';
import { watchValue } from '../watch-values.ts';
import { checkButton, privacy, startButton, topicList, usageList, watchButton } from './help-message.ts';
import {
  actions,
  bullets,
  button,
  code,
  context,
  header,
  type Message,
  paragraph,
  plain,
  rich,
  shorten,
} from './pieces.ts';
import { isDirect, watchedBlocks } from './watched-blocks.ts';

const divider: KnownBlock = { type: 'divider' };

/** With four blocks each they leave room for the rest: Slack takes 100. */
export const domainsAPage = 10;

/** One page of what is watched. */
export interface WatchedPage {
  readonly domains: readonly WatchedDomain[];
  readonly total: number;
  /** From 0. */
  readonly page: number;
  /** How many of all have an error, where all are known. */
  readonly broken: number | undefined;
  readonly order: 'worst-first' | 'by-name';
}

export interface HomeShown {
  /** Undefined: the store does not answer. */
  readonly watched: WatchedPage | undefined;
  readonly viewer: string;
  /** What became of the last press, in mrkdwn. */
  readonly note?: Message | undefined;
  readonly now: Date;
}

/** Without what Slack keeps of it, which comes from `homeMetadata`. */
export function homeView({ watched, viewer, note, now }: HomeShown): HomeView {
  const news = note === undefined ? [] : note.blocks;
  const body =
    watched === undefined
      ? [...awayBlocks(), ...newcomerBlocks()]
      : watched.total === 0
        ? newcomerBlocks()
        : watchedHome(watched, viewer, now);
  return { type: 'home', blocks: [...news, ...body] };
}

function awayBlocks(): KnownBlock[] {
  const text =
    "What this workspace watches cannot be shown: the app's memory does not answer at this moment, and is tried again without being asked. Making policies, checks and explanations work. Open this tab again in a minute.";
  return [rich(undefined, paragraph(text)), divider];
}

function newcomerBlocks(): KnownBlock[] {
  return [
    header('MTA-STS policies, written, checked, watched and explained'),
    rich(
      undefined,
      paragraph(
        'Without MTA-STS, mail to your domain can be read or diverted on its way: TLS between mail servers is optional, and senders do not check whom they talk to. With it, senders that support it use TLS and check the certificate of your MX hosts.',
      ),
    ),
    actions(homeBlocks.start, startButton(), checkButton(), watchButton()),
    rich(
      undefined,
      paragraph('The form reads your MX from DNS. You get, ready to copy and in publishing order:'),
      bullets([
        ['the policy file that ', code('mta-sts.'), ' your domain serves over HTTPS'],
        ['the TXT record that tells senders of it, with a fresh id for each change'],
        ['the TLS-RPT record, so that senders report how TLS went'],
      ]),
    ),
    rich(
      undefined,
      paragraph(
        'The check looks at what a domain has published, as a sender would. You get the verdict, what a sender would do at each MX host, and for each fault the exact text to publish instead.',
      ),
    ),
    rich(
      undefined,
      paragraph(
        'A watch looks again by itself, and tells a channel when something breaks and when it is mended: a certificate that runs out, an MX host that the policy leaves out, a record that is gone.',
      ),
    ),
    ...usageBlocks(),
  ];
}

function usageBlocks(): KnownBlock[] {
  return [
    header('What to type, in any conversation'),
    usageList(),
    topicList('Topics to explain: '),
    context(`${privacy} The rules are those of RFC 8461 (MTA-STS) and RFC 8460 (TLS-RPT).`),
  ];
}

function watchedHome(watched: WatchedPage, viewer: string, now: Date): KnownBlock[] {
  const { domains, total, page } = watched;
  return [
    header('Watched domains'),
    context(countLine(watched)),
    actions(
      homeBlocks.start,
      { ...watchButton(), style: 'primary' },
      checkButton(),
      // One primary button is enough.
      plainButton(startButton()),
      button(actionIds.homeSettings, 'Settings', 'quiet hours and the weekly summary'),
    ),
    ...domains.flatMap((each, at) => [divider, ...domainBlocks(each, at, page, viewer, now)]),
    divider,
    ...pageBlocks(total, page),
    ...usageBlocks(),
  ];
}

function plainButton({ style: _style, ...rest }: Button): Button {
  return rest;
}

function countLine({ total, broken, order, page, domains }: WatchedPage): string {
  const first = page * domainsAPage + 1;
  const what = total === 1 ? 'One domain' : `${total} domains`;
  const wrong = broken === undefined ? '' : `, ${errorCount(broken, total)}`;
  const shown = total <= domainsAPage ? '' : ` ${first} to ${first + domains.length - 1} are shown.`;
  return `${what}${wrong}. ${order === 'worst-first' ? 'Worst first.' : 'By name.'}${shown}`;
}

function errorCount(broken: number, total: number): string {
  if (total === 1) return broken === 0 ? 'without an error' : 'with an error';
  return `${broken === 0 ? 'none' : broken} with an error`;
}

function domainBlocks(
  watched: WatchedDomain,
  at: number,
  page: number,
  viewer: string,
  now: Date,
): KnownBlock[] {
  const { domain, watches } = watched;
  const name = displayDomain(domain);
  const value = watchValue({ domain, page });
  const [only, ...others] = watches;
  const isOne = only !== undefined && others.length === 0;
  return [
    ...watchedBlocks(watched, now, viewer),
    actions(
      // A press so soon after one on another page is no slip of the finger.
      numberedBlock(homeBlocks.domain, `${page}.${at}`),
      button(actionIds.homeCheckAgain, 'Check again', `looks at ${name} soon`, { value }),
      isOne
        ? button(actionIds.homeChange, 'Change…', `how often ${name} is looked at`, { value })
        : // Of several, the form asks which is to end.
          button(actionIds.homeChange, 'Change or unwatch…', name, { value }),
      ...(isOne ? [endButton(only, page, viewer)] : []),
    ),
  ];
}

function endButton({ domain, conversation, owner }: Watch, page: number, viewer: string): Button {
  const name = displayDomain(domain);
  const who =
    isDirect(conversation) && owner === viewer
      ? 'Nobody is told of it any more.'
      : 'Its conversation is told that you ended it.';
  return button(actionIds.homeEnd, 'Unwatch', name, {
    value: watchValue({ domain, conversation, page }),
    confirm: {
      title: plain('Unwatch this domain?'),
      text: plain(`${shorten(name, 200)}: ${who} What was seen is kept.`),
      confirm: plain('Unwatch'),
      deny: plain('Keep it'),
      style: 'danger',
    },
  });
}

function pageBlocks(total: number, page: number): KnownBlock[] {
  const pages = Math.ceil(total / domainsAPage);
  if (pages <= 1) return [];
  return [
    actions(
      numberedBlock(homeBlocks.pages, page),
      ...(page > 0
        ? [
            button(actionIds.homePageBack, 'Previous page', `page ${page} of ${pages}`, {
              value: String(page - 1),
            }),
          ]
        : []),
      ...(page + 1 < pages
        ? [
            button(actionIds.homePage, 'Next page', `page ${page + 2} of ${pages}`, {
              value: String(page + 1),
            }),
          ]
        : []),
    ),
    context(`Page ${page + 1} of ${pages}`),
  ];
}
