/** The settings of a workspace: the hours in which nobody is told, and where a summary is posted every week. */
import type { InputBlock, KnownBlock, ModalView, PlainTextOption } from '@slack/types';
import { z } from 'zod';
import { fail, ok, type Result } from '../../protocol/result.ts';
import type { TeamSettings } from '../../store/shapes.ts';
import { chosenOption, chosenTime, selectedConversation, typedText } from '../form-state.ts';
import { actionIds, callbackIds, settingsBlocks } from '../ids.ts';
import { defaultTimeZone, parseTimeZone, timeZoneCharsMax } from '../time-zone.ts';
import { header, type Message, paragraph, plain, rich } from './pieces.ts';

const titled = {
  type: 'modal',
  callback_id: callbackIds.settingsForm,
  title: plain('Settings of watching'),
} as const;

/** `weekday` of ISO 8601, 1 is Monday. */
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
/** When a week is planned. */
const usualDigest = { weekday: 1, time: '09:00' };

/** The form, filled with what holds now. `page`: from App Home, which is drawn anew then. */
export function settingsModal(settings: TeamSettings, page?: number): ModalView {
  const { quietHours, digest } = settings;
  const timeZone = quietHours?.timeZone ?? digest?.timeZone ?? defaultTimeZone;
  return {
    ...titled,
    submit: plain('Save'),
    close: plain('Cancel'),
    private_metadata: metadata(page, digest?.conversation),
    blocks: [
      rich(undefined, paragraph('They hold for this whole workspace; everybody here may change them.')),
      header('Quiet hours'),
      timeInput(
        settingsBlocks.quietFrom,
        actionIds.quietFrom,
        'Quiet from',
        quietHours?.fromMinute,
        'Nothing is posted then. What happens meanwhile is told when they end. Empty: no quiet hours.',
      ),
      timeInput(settingsBlocks.quietTo, actionIds.quietTo, 'Quiet until', quietHours?.toMinute),
      header('Weekly summary'),
      digestInput(digest?.conversation),
      weekdayInput(digest?.weekday ?? usualDigest.weekday),
      timeInput(
        settingsBlocks.digestTime,
        actionIds.digestTime,
        'At',
        digest === undefined ? minuteOf(usualDigest.time) : digest.minute,
      ),
      {
        type: 'input',
        block_id: settingsBlocks.timeZone,
        label: plain('Time zone of these times'),
        hint: plain('By the name that IANA gives it, such as Europe/Berlin or America/New_York.'),
        element: {
          type: 'plain_text_input',
          action_id: actionIds.timeZone,
          initial_value: timeZone,
          placeholder: plain('Europe/Berlin'),
          max_length: timeZoneCharsMax,
        },
      },
    ],
  };
}

function timeInput(
  blockId: string,
  actionId: string,
  label: string,
  minute: number | undefined,
  hint?: string,
): InputBlock {
  return {
    type: 'input',
    block_id: blockId,
    optional: true,
    label: plain(label),
    ...(hint === undefined ? {} : { hint: plain(hint) }),
    element: {
      type: 'timepicker',
      action_id: actionId,
      placeholder: plain('Choose a time'),
      ...(minute === undefined ? {} : { initial_time: timeOf(minute) }),
    },
  };
}

function digestInput(conversation: string | undefined): InputBlock {
  return {
    type: 'input',
    block_id: settingsBlocks.digestTo,
    optional: true,
    label: plain('Post the summary to'),
    hint: plain('Every watched domain in a line, once a week. Empty: none is posted.'),
    element: {
      type: 'conversations_select',
      action_id: actionIds.digestTo,
      placeholder: plain('Nowhere'),
      ...(conversation === undefined ? {} : { initial_conversation: conversation }),
      filter: { include: ['public', 'private', 'im'] },
    },
  };
}

function weekdayInput(weekday: number): InputBlock {
  const option = (name: string, at: number): PlainTextOption => ({
    text: plain(name),
    value: String(at + 1),
  });
  const options = weekdays.map(option);
  const [first] = options;
  return {
    type: 'input',
    block_id: settingsBlocks.digestWeekday,
    optional: true,
    label: plain('On'),
    element: {
      type: 'static_select',
      action_id: actionIds.digestWeekday,
      options,
      ...(first === undefined ? {} : { initial_option: options[weekday - 1] ?? first }),
    },
  };
}

export interface SettingsAsked {
  readonly settings: TeamSettings;
  /** Where the summary went when the form was opened. */
  readonly digestBefore: string | undefined;
  readonly page: number | undefined;
}

/** The submitted modal, `payload.view`; or what is wrong at which field. */
export function readSettings(
  view: unknown,
): Result<SettingsAsked, { readonly errors: Readonly<Record<string, string>> }> {
  const from = minuteOf(chosenTime(view, settingsBlocks.quietFrom, actionIds.quietFrom));
  const to = minuteOf(chosenTime(view, settingsBlocks.quietTo, actionIds.quietTo));
  const minute = minuteOf(chosenTime(view, settingsBlocks.digestTime, actionIds.digestTime));
  const weekday = Number(chosenOption(view, settingsBlocks.digestWeekday, actionIds.digestWeekday));
  const conversation = selectedConversation(view, settingsBlocks.digestTo, actionIds.digestTo);
  const typedZone = typedText(view, settingsBlocks.timeZone, actionIds.timeZone);
  const zone = parseTimeZone(typedZone);
  const quiet = readQuiet(from, to);
  const wantsZone = quiet.wanted || conversation !== undefined;
  const errors: Record<string, string> = { ...quiet.errors };
  if (!zone.ok && (wantsZone || typedZone.trim() !== '')) {
    errors[settingsBlocks.timeZone] = zone.problem.message;
  }
  if (conversation !== undefined && minute === undefined) {
    errors[settingsBlocks.digestTime] = 'Choose the time at which the summary is posted.';
  }
  if (conversation !== undefined && !(weekday >= 1 && weekday <= weekdays.length)) {
    errors[settingsBlocks.digestWeekday] = 'Choose the day on which the summary is posted.';
  }
  if (Object.keys(errors).length > 0) return fail({ errors });
  const timeZone = zone.ok ? zone.value : defaultTimeZone;
  return ok({
    settings: {
      quietHours:
        from === undefined || to === undefined ? undefined : { fromMinute: from, toMinute: to, timeZone },
      digest:
        conversation === undefined || minute === undefined
          ? undefined
          : { conversation, weekday, minute, timeZone },
    },
    ...readMetadata(view),
  });
}

function readQuiet(
  from: number | undefined,
  to: number | undefined,
): { readonly wanted: boolean; readonly errors: Readonly<Record<string, string>> } {
  const wanted = from !== undefined || to !== undefined;
  if (!wanted) return { wanted, errors: {} };
  if (from === undefined) {
    return {
      wanted,
      errors: { [settingsBlocks.quietFrom]: 'Choose when the quiet hours begin, or empty both.' },
    };
  }
  if (to === undefined) {
    return {
      wanted,
      errors: { [settingsBlocks.quietTo]: 'Choose when the quiet hours end, or empty both.' },
    };
  }
  // The whole day is no hours: nobody would ever be told.
  const same = 'Quiet hours need an end other than their beginning.';
  return { wanted, errors: from === to ? { [settingsBlocks.quietTo]: same } : {} };
}

/** Takes the place of the form. */
export function settingsDoneModal({ blocks }: Message): ModalView {
  return { ...titled, close: plain('Close'), blocks };
}

/** What holds from now on. */
export function settingsMessage({ quietHours, digest }: TeamSettings): Message {
  const quiet =
    quietHours === undefined
      ? 'No quiet hours: news is told at once.'
      : `Quiet from ${timeOf(quietHours.fromMinute)} to ${timeOf(quietHours.toMinute)} (${quietHours.timeZone}).`;
  const weekly =
    digest === undefined
      ? 'No weekly summary.'
      : `A summary every ${weekdayName(digest.weekday)} at ${timeOf(digest.minute)} (${digest.timeZone}).`;
  const blocks: KnownBlock[] = [rich(undefined, paragraph(`Saved. ${quiet} ${weekly}`))];
  return { text: `Saved. ${quiet} ${weekly}`, blocks };
}

/** Says to a conversation that the summary comes there: it also proves that it can. */
export function digestBegunNews(digest: NonNullable<TeamSettings['digest']>, by: string): Message {
  const text = `has this app post a summary of the watched domains here every ${weekdayName(digest.weekday)} at ${timeOf(digest.minute)} (${digest.timeZone}).`;
  return {
    text: `<@${by}> ${text}`,
    blocks: [rich(undefined, paragraph({ type: 'user', user_id: by }, ` ${text}`))],
  };
}

function weekdayName(weekday: number): string {
  return weekdays[weekday - 1] ?? weekdays[0];
}

/** `HH:MM`, which is what Slack's timepicker speaks. */
function timeOf(minute: number): string {
  const [hours, minutes] = [Math.floor(minute / 60), minute % 60];
  return [hours, minutes].map((part) => String(part).padStart(2, '0')).join(':');
}

/** Of the day, from 0; undefined for what is no time. */
function minuteOf(time: string | undefined): number | undefined {
  const parts = /^(?<hours>[01]\d|2[0-3]):(?<minutes>[0-5]\d)$/.exec(time ?? '')?.groups;
  return parts === undefined ? undefined : Number(parts.hours) * 60 + Number(parts.minutes);
}

const metadataShape = z.object({
  p: z.int().min(0).max(100_000).optional().catch(undefined),
  d: z.string().max(40).optional().catch(undefined),
});

function metadata(page: number | undefined, digestTo: string | undefined): string {
  return JSON.stringify({
    ...(page === undefined ? {} : { p: page }),
    ...(digestTo === undefined ? {} : { d: digestTo }),
  } satisfies z.input<typeof metadataShape>);
}

function readMetadata(view: unknown): Pick<SettingsAsked, 'page' | 'digestBefore'> {
  const { private_metadata: text } =
    typeof view === 'object' && view !== null ? (view as { private_metadata?: unknown }) : {};
  try {
    const { p, d } = metadataShape.parse(typeof text === 'string' ? JSON.parse(text) : undefined);
    return { page: p, digestBefore: d };
  } catch {
    return { page: undefined, digestBefore: undefined };
  }
}
