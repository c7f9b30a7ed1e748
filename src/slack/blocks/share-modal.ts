/** "Share to…": where to, and a preview of exactly what will be posted. */
import type { ModalView } from '@slack/types';
import { fail, type Result } from '../../protocol/result.ts';
import { selectedConversation } from '../form-state.ts';
import { actionIds, callbackIds, shareBlocks } from '../ids.ts';
import { askedByBlockId, type Records, type RecordsProblem, readRecords, recordsValue } from '../records.ts';
import { context, plain } from './pieces.ts';
import { recordsContent } from './records-message.ts';

/** The modal. Its state is in private_metadata where it fits, else in the blocks of the preview. */
export function shareModal(records: Records): ModalView {
  return {
    type: 'modal',
    callback_id: callbackIds.shareForm,
    title: plain('Share the records'),
    submit: plain('Share'),
    close: plain('Cancel'),
    private_metadata: recordsValue(records) ?? '',
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
      ...recordsContent(records).blocks,
      context(`Made by <@${records.askedBy}>, shared by you.`, askedByBlockId(records)),
    ],
  };
}

/** What the submitted modal asks for; `errors` is for `response_action: 'errors'`. */
export interface ShareRequest {
  readonly records: Records;
  readonly conversation: string;
}

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
  const records = readRecords({ value, blocks });
  if (!records.ok) return records;
  const conversation = selectedConversation(view, shareBlocks.to, actionIds.shareTo);
  if (conversation === undefined) {
    return fail({ code: 'nowhere', errors: { [shareBlocks.to]: 'Choose the conversation to post to.' } });
  }
  return { ok: true, value: { records: records.value, conversation } };
}
