/** A watched domain as lists and App Home show it: verdict, what is wrong, when it was and will be looked at, who hears of it. */
import type { KnownBlock, RichTextElement } from '@slack/types';
import { displayDomain } from '../../protocol/domain.ts';
import { severities } from '../../protocol/fault.ts';
import type { EveryHours, PauseReason, Watch, WatchedDomain } from '../../store/shapes.ts';
import { capital } from './finding-blocks.ts';
import {
  bold,
  bullets,
  code,
  context,
  escapeMrkdwn,
  localTime,
  paragraph,
  rich,
  shorten,
  visibleLine,
} from './pieces.ts';

/** Enough to know what it is about; the report has the rest. */
const findingsShown = 3;
const sentenceCharsMax = 300;
const titleCharsMax = 150;
/** Why nobody was told of what is listed here. */
const unconfirmed = '. Seen once so far: told when the next look sees it too';
/** More conversations than this are counted. */
const conversationsShown = 5;

export const everyWords: Readonly<Record<EveryHours, string>> = {
  1: 'every hour',
  6: 'every 6 hours',
  24: 'once a day',
};

const pauseWords: Readonly<Record<PauseReason, string>> = {
  archived: 'that channel is archived',
  'not-in-channel': 'the app is not a member there any more',
  'channel-gone': 'Slack does not let the app see that conversation any more',
  restricted: 'the app may not post there any more',
};

/** Two blocks. `viewer`: where the reader sees several conversations, so that it is worth saying which are told. */
export function watchedBlocks(watched: WatchedDomain, now: Date, viewer?: string): KnownBlock[] {
  const { summary } = watched;
  const wrong = worstFindings(watched);
  const lead: readonly (string | RichTextElement)[] =
    summary === undefined
      ? [code(displayDomain(watched.domain)), ' ', 'is not looked at yet.']
      : [
          code(displayDomain(watched.domain)),
          ' ',
          bold(summary.verdict),
          `\n${shorten(visibleLine(summary.sentence), sentenceCharsMax)}`,
        ];
  return [
    rich(
      undefined,
      paragraph(...lead),
      ...(wrong.length === 0 ? [] : [bullets(wrong.map((line) => [line]))]),
    ),
    context(whenAndWhere(watched, now, viewer)),
  ];
}

/** The same for screen readers: mrkdwn, escaped. */
export function watchedText(watched: WatchedDomain, now: Date, viewer?: string): string {
  const { summary } = watched;
  const lead =
    summary === undefined ? 'not looked at yet.' : `${summary.verdict}. ${visibleLine(summary.sentence)}`;
  return [
    escapeMrkdwn([`${displayDomain(watched.domain)}: ${lead}`, ...worstFindings(watched)].join('\n')),
    whenAndWhere(watched, now, viewer),
  ].join('\n');
}

/** Errors first; what is not shown is counted. */
function worstFindings({ summary }: WatchedDomain): readonly string[] {
  const findings = (summary?.findings ?? [])
    // Nothing is to be done about notices at once.
    .filter(({ severity }) => severity !== 'notice')
    .toSorted((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity));
  const shown = findings.slice(0, findingsShown).map(({ severity, title, subject, waiting }) => {
    const what = `${capital(severity)}: ${visibleLine(title)}`;
    return `${shorten(`${what} (${visibleLine(subject)})`, titleCharsMax)}${waiting === true ? unconfirmed : ''}`;
  });
  const more = findings.length - shown.length;
  return more === 0 ? shown : [...shown, `and ${more} more`];
}

function whenAndWhere(watched: WatchedDomain, now: Date, viewer: string | undefined): string {
  const { lastLookAt, nextLookAt, watches } = watched;
  const every = everyHoursOf(watches);
  const isDue = nextLookAt === undefined || nextLookAt.getTime() <= now.getTime();
  const next = isDue ? 'the next look is due now' : `next look ${localTime(nextLookAt)}`;
  const parts = [
    ...(lastLookAt === undefined ? [] : [`Looked at ${localTime(lastLookAt)}`]),
    ...(every === undefined ? ['not looked at while every watch is paused'] : [next, everyWords[every]]),
    ...(viewer === undefined ? pauseOf(watches) : [`tells ${toldPlaces(watches, viewer)}`]),
  ];
  return capital(parts.join(' · '));
}

/** The shortest of those that are not paused. */
export function everyHoursOf(watches: readonly Watch[]): EveryHours | undefined {
  return watches
    .filter(({ paused }) => paused === undefined)
    .map(({ everyHours }) => everyHours)
    .toSorted((one, other) => one - other)[0];
}

function pauseOf([watch]: readonly Watch[]): readonly string[] {
  return watch?.paused === undefined ? [] : [`paused: ${pauseWords[watch.paused.because]}`];
}

function toldPlaces(watches: readonly Watch[], viewer: string): string {
  const names = watches.slice(0, conversationsShown).map((watch) => {
    const name = placeName(watch, viewer);
    return watch.paused === undefined ? name : `${name} (paused: ${pauseWords[watch.paused.because]})`;
  });
  const more = watches.length - names.length;
  return `${names.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}

/** In mrkdwn. Whose direct messages they are is nobody else's business. */
export function placeName(
  { conversation, owner }: Pick<Watch, 'conversation' | 'owner'>,
  viewer: string,
): string {
  if (!isDirect(conversation)) return `<#${conversation}>`;
  return owner === viewer ? 'your direct messages with this app' : 'direct messages';
}

export function isDirect(conversation: string): boolean {
  return conversation.startsWith('D');
}
