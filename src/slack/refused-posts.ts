/** What Slack's words for a refused post mean for what is to be posted later. What is said about it is left to others. */
import type { PauseReason } from '../store/shapes.ts';
import { slackErrorOf } from './web.ts';

/** The conversation takes nothing from us until somebody there does something; undefined for every other failure. */
export function refusalOf(error: unknown): PauseReason | undefined {
  return conversationWords[slackErrorOf(error) ?? ''];
}

/** The workspace does not let the app in: no matter of one conversation. */
export function isLockedOut(error: unknown): boolean {
  return workspaceWords.has(slackErrorOf(error) ?? '');
}

/** There is no such message of ours to edit: somebody deleted it, or an installation before this one posted it. */
export function isLostMessage(error: unknown): boolean {
  return ['message_not_found', 'cant_update_message'].includes(slackErrorOf(error) ?? '');
}

const conversationWords: Readonly<Record<string, PauseReason>> = {
  is_archived: 'archived',
  is_inactive: 'archived',
  not_in_channel: 'not-in-channel',
  // Also for a private channel that has removed the app.
  channel_not_found: 'channel-gone',
  // Of a direct message.
  user_not_found: 'channel-gone',
  user_disabled: 'channel-gone',
  messages_tab_disabled: 'restricted',
  restricted_action: 'restricted',
  restricted_action_read_only_channel: 'restricted',
  restricted_action_thread_only_channel: 'restricted',
  restricted_action_thread_locked: 'restricted',
  restricted_action_non_threadable_channel: 'restricted',
  ekm_access_denied: 'restricted',
};

const workspaceWords: ReadonlySet<string> = new Set([
  'account_inactive',
  'token_revoked',
  'token_expired',
  'invalid_auth',
  'not_authed',
  'not_allowed_token_type',
  'org_login_required',
  'access_denied',
  'no_permission',
  'missing_scope',
  'team_not_found',
  'team_access_not_granted',
]);
