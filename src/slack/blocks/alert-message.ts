/**
 * The card of an incident, one in each conversation and edited in place: the verdict, what it means for mail, what
 * to do with the exact text, the source. Below it, beside a bar of a colour, how the incident stands and what can be
 * done: little enough that Slack does not fold it. PURE; what its thread says is left to thread-reply.ts.
 */
import type { KnownBlock, MessageAttachment, RichTextElement, StaticSelect } from '@slack/types';
import { displayDomain } from '../../protocol/domain.ts';
import type { Incident } from '../../store/shapes.ts';
import type { IncidentState, MendedFinding } from '../../watch/incident-shapes.ts';
import { alertValue, snoozeDays } from '../alert-button.ts';
import { actionIds, alertBlocks, numberedBlock } from '../ids.ts';
import { findingBlock, findingText, type Group, groupFindings } from './finding-blocks.ts';
import {
  actions,
  bold,
  bullets,
  button,
  code,
  date,
  escapeMrkdwn,
  escapeWithin,
  header,
  type Message,
  paragraph,
  person,
  plain,
  plainContext,
  plural,
  rich,
  shorten,
  span,
  spoken,
  visibleLine,
} from './pieces.ts';

export interface Alert {
  readonly incident: Incident;
  readonly state: IncidentState;
  /** What the verdict means for mail, where the last look says the same verdict. */
  readonly sentence?: string | undefined;
  readonly now: Date;
}

/** What a person takes in at once; Explain has the rest. */
const findingsShown = 3;
const mendedShown = 5;
/** Slack refuses some 13,200 together; the rest is for the line that counts what is not shown. */
const blocksCharsMax = 12_800;
/** chat.update takes 4000 characters of text. */
const textCharsMax = 3900;
const sentenceCharsMax = 800;
/** Where a finding is only named. */
const nameCharsMax = 100;

export function alertCard(alert: Alert): Message {
  const { incident, state, sentence } = alert;
  const isOver = incident.closedAt !== undefined;
  const groups = isOver ? [] : groupFindings(state.open);
  const bar = barOf(alert);
  const head: KnownBlock[] = [
    header(titleOf(alert)),
    ...(sentence === undefined || isOver
      ? []
      : [rich(undefined, paragraph(bold(shorten(visibleLine(sentence), sentenceCharsMax))))]),
  ];
  const shown = withinRoom(groups, blocksCharsMax - JSON.stringify([head, bar.blocks]).length);
  const rest = restLine(groups.slice(shown.length));
  return {
    text: textOf(alert, groups),
    blocks: [...head, ...shown, ...(rest === '' ? [] : [plainContext(rest)])],
    attachments: [bar],
  };
}

function withinRoom(groups: readonly Group[], charsMax: number): KnownBlock[] {
  const blocks: KnownBlock[] = [];
  let room = charsMax;
  for (const group of groups.slice(0, findingsShown)) {
    const block = findingBlock(group, { brief: true });
    room -= JSON.stringify(block).length;
    if (room < 0) break;
    blocks.push(block);
  }
  return blocks;
}

/** `example.com · broken, was enforced` */
function titleOf({ incident, state }: Alert): string {
  const { verdict, verdictBefore } = state;
  const before =
    incident.closedAt === undefined && verdictBefore !== undefined && verdictBefore !== verdict
      ? `, was ${verdictBefore}`
      : '';
  // A name may be longer than a header; the verdict is what counts.
  return `${shorten(visibleLine(displayDomain(incident.domain)), 110)} · ${verdict}${before}`;
}

function restLine(hidden: readonly Group[]): string {
  const counted = (['error', 'warning', 'notice'] as const).flatMap((severity) => {
    const count = hidden
      .filter(({ finding }) => finding.severity === severity)
      .reduce((sum, { others }) => sum + 1 + others.length, 0);
    return count === 0 ? [] : [plural(count, severity)];
  });
  return counted.length === 0 ? '' : `${counted.join(' and ')} more: Explain tells all.`;
}

/** Colours as Slack's own: they repeat what the words beside them say. */
const colors = { error: '#e01e5a', caution: '#ecb22e', quiet: '#868686', mended: '#2eb67d' } as const;

function barOf(alert: Alert): MessageAttachment {
  const { incident, state } = alert;
  const isOver = incident.closedAt !== undefined;
  return {
    color: colors[colorOf(alert)],
    fallback: spoken(...stateParts(alert)),
    blocks: [
      rich(
        undefined,
        paragraph(...stateParts(alert)),
        ...(isOver && state.mended.length > 0 ? [mendedList(state.mended)] : []),
      ),
      actions(numberedBlock(alertBlocks.actions, incident.version), ...buttonsOf(alert)),
    ],
  };
}

function colorOf({ incident, state, now }: Alert): keyof typeof colors {
  if (incident.closedAt !== undefined) return 'mended';
  if (isSnoozed(state, now)) return 'quiet';
  if (state.acknowledged !== undefined) return 'caution';
  return state.open.some(({ severity }) => severity === 'error') ? 'error' : 'caution';
}

function isSnoozed({ snoozed }: IncidentState, now: Date): boolean {
  return snoozed !== undefined && Date.parse(snoozed.until) > now.getTime();
}

/** How it stands: bold the one word that matters, then who and when. */
function stateParts({ incident, state, now }: Alert): (string | RichTextElement)[] {
  const { openedAt, closedAt } = incident;
  const { acknowledged, snoozed } = state;
  if (closedAt !== undefined) {
    return [bold('Mended'), ` after ${lasted(openedAt, closedAt)}, `, date(closedAt), '.'];
  }
  const since = ['Open since ', date(openedAt), '.'] as const;
  const taken =
    acknowledged === undefined
      ? []
      : [bold('Acknowledged'), ' by ', person(acknowledged.by), ', ', date(new Date(acknowledged.at)), '. '];
  const quiet =
    snoozed === undefined || !isSnoozed(state, now)
      ? []
      : [
          bold('Snoozed'),
          ' until ',
          date(new Date(snoozed.until)),
          ' by ',
          person(snoozed.by),
          '; a new error is told all the same. ',
        ];
  if (taken.length + quiet.length > 0) return [...quiet, ...taken, ...since];
  return [
    bold('Open'),
    ' since ',
    date(openedAt),
    state.open.length === 0
      ? '; another look makes sure that it is over.'
      : '. Nobody has acknowledged it yet.',
  ];
}

export function lasted(from: Date, to: Date): string {
  return span(to.getTime() - from.getTime());
}

function mendedList(mended: readonly MendedFinding[]) {
  const shown = mended.slice(-mendedShown);
  const more = mended.length - shown.length;
  return bullets([
    ...shown.map((finding) => namesOf(finding)),
    ...(more === 0 ? [] : [[`and ${plural(more, 'other')}`]]),
  ]);
}

/** Title and subject: what a finding is called where it is told in full elsewhere. */
export function namesOf({
  title,
  subject,
}: {
  readonly title: string;
  readonly subject: string;
}): (string | RichTextElement)[] {
  return [
    { type: 'text', text: `${shorten(visibleLine(title), nameCharsMax)} ` },
    code(shorten(visibleLine(subject), nameCharsMax)),
  ];
}

function buttonsOf({ incident, state }: Alert) {
  const { id, domain, closedAt } = incident;
  const name = displayDomain(domain);
  const value = alertValue({ incident: id });
  const check = button(actionIds.checkAlert, 'Check again', `looks at ${name} anew`, {
    value: alertValue({ incident: id, domain }),
  });
  if (closedAt !== undefined) return [check] as const;
  const explain = button(actionIds.explainAlert, 'Explain', `what is wrong with ${name}, in full`, { value });
  const acknowledge = button(actionIds.acknowledgeAlert, 'Acknowledge', `you take care of ${name}`, {
    value,
    style: 'primary',
  });
  return [
    ...(state.acknowledged === undefined && state.open.length > 0 ? [acknowledge] : []),
    ...(state.open.length > 0 ? [snoozeSelect(id)] : []),
    check,
    explain,
  ] as const;
}

function snoozeSelect(incident: string): StaticSelect {
  return {
    type: 'static_select',
    action_id: actionIds.snoozeAlert,
    placeholder: plain('Snooze'),
    options: snoozeDays.map((days) => ({
      text: plain(days === 7 ? 'for 1 week' : 'for 1 day'),
      value: alertValue({ incident, days }),
    })),
  };
}

function textOf(alert: Alert, groups: readonly Group[]): string {
  const { incident, state, sentence } = alert;
  const isOver = incident.closedAt !== undefined;
  const end = isOver ? '' : '\n\nThere is more: Explain tells all.';
  let text = [
    escapeMrkdwn(titleOf(alert)),
    ...(sentence === undefined || isOver ? [] : [escapeWithin(visibleLine(sentence), sentenceCharsMax)]),
    spoken(...stateParts(alert)),
  ].join('\n');
  const parts = isOver
    ? state.mended.map(({ title, subject }) => `Mended: ${visibleLine(title)} (${visibleLine(subject)})`)
    : groups.map((group) => findingText(group, { brief: true }));
  for (const part of parts.map(escapeMrkdwn)) {
    if (text.length + part.length + end.length + 2 > textCharsMax) return `${text}${end}`;
    text = `${text}\n\n${part}`;
  }
  return text;
}
