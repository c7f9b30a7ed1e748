/** "Share to…": where to, and a preview of what will be posted: of a report its summary, as a modal takes no table. */
import type { KnownBlock, ModalView } from '@slack/types';
import { fail, ok, type Result } from '../../protocol/result.ts';
import { selectedConversation } from '../form-state.ts';
import { actionIds, callbackIds, shareBlocks } from '../ids.ts';
import { askedByBlockId, type Records, type RecordsProblem, readRecords, recordsValue } from '../records.ts';
import { type ReportButton, readReportButton, reportValue, type ToldReport } from '../told-report.ts';
import { context, plain } from './pieces.ts';
import { recordsContent } from './records-message.ts';
import { reportSummary } from './report-message.ts';

/** The modal for records. Its state is in private_metadata where it fits, else in the blocks of the preview. */
export function shareModal(records: Records): ModalView {
  return modal('Share the records', recordsValue(records) ?? '', [
    ...recordsContent(records).blocks,
    context(`Made by <@${records.askedBy}>, shared by you.`, askedByBlockId(records)),
  ]);
}

/** The modal for a report that is kept. */
export function shareReportModal(report: ToldReport, button: ReportButton): ModalView {
  const { findings, deliveries } = report;
  const rest = [
    ...(deliveries.length === 0 ? [] : [counted(deliveries.length, 'MX host')]),
    ...(findings.length === 0 ? [] : [counted(findings.length, 'finding')]),
  ];
  return modal('Share the report', reportValue(button), [
    ...reportSummary(report),
    context(`${rest.length === 0 ? '' : `With ${rest.join(' and ')}. `}Shared by you, as it was seen then.`),
  ]);
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function modal(title: string, state: string, preview: KnownBlock[]): ModalView {
  return {
    type: 'modal',
    callback_id: callbackIds.shareForm,
    title: plain(title),
    submit: plain('Share'),
    close: plain('Cancel'),
    private_metadata: state,
    blocks: [
      {
        type: 'input',
        block_id: shareBlocks.to,
        label: plain('Post to'),
        hint: plain('Everyone there sees the message below, with its buttons.'),
        element: {
          type: 'conversations_select',
          action_id: actionIds.shareTo,
          placeholder: plain('Choose a conversation'),
          default_to_current_conversation: true,
          // With it Slack gives a way to post where the app is no member.
          response_url_enabled: true,
          filter: { include: ['public', 'private', 'im', 'mpim'], exclude_bot_users: true },
        },
      },
      { type: 'divider' },
      ...preview,
    ],
  };
}

/** What the submitted modal asks for; `errors` is for `response_action: 'errors'`. */
export type ShareRequest = Wanted & { readonly conversation: string };

type Wanted =
  | { readonly what: 'records'; readonly records: Records }
  | { readonly what: 'report'; readonly button: ReportButton };

/** Reads the submitted modal, `payload.view`, back. */
export function readShare(
  view: unknown,
): Result<
  ShareRequest,
  RecordsProblem | { readonly code: 'nowhere'; readonly errors: Record<string, string> }
> {
  const { private_metadata: value, blocks } =
    typeof view === 'object' && view !== null
      ? (view as { private_metadata?: unknown; blocks?: unknown })
      : {};
  const wanted = readWanted(value, blocks);
  if (!wanted.ok) return wanted;
  const conversation = selectedConversation(view, shareBlocks.to, actionIds.shareTo);
  if (conversation === undefined) {
    return fail({ code: 'nowhere', errors: { [shareBlocks.to]: 'Choose the conversation to post to.' } });
  }
  return ok({ ...wanted.value, conversation });
}

function readWanted(value: unknown, blocks: unknown): Result<Wanted, RecordsProblem> {
  const button = readReportButton(value);
  if (button !== undefined) return ok({ what: 'report', button });
  const records = readRecords({ value, blocks });
  return records.ok ? ok({ what: 'records', records: records.value }) : records;
}
