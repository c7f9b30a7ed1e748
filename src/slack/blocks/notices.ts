/** The short private messages around the records: shared, not shared, a file, a failure with its reference. */
import type { KnownBlock } from '@slack/types';
import type { DomainName } from '../../protocol/domain.ts';
import { slashCommand } from '../command.ts';
import { publicationOf, type Records } from '../records.ts';
import { box, code, context, escapeMrkdwn, type Message, paragraph, rich } from './pieces.ts';

/** A failure of ours, told with the reference under which the log has it. */
export function errorMessage(reference: string): Message {
  return {
    text: `That did not work, and the fault is on our side. Nothing was posted in your name. Try again; if it stays so, tell the app's admin this reference: ${escapeMrkdwn(reference)}`,
    blocks: [
      rich(
        undefined,
        paragraph(
          "That did not work, and the fault is on our side. Try again; if it stays so, tell the app's admin this reference: ",
          code(reference),
        ),
      ),
    ],
  };
}

/** The store does not answer, and without it nothing could be done. */
export function memoryAwayMessage(reference: string): Message {
  const lead =
    "That did not work: the app cannot reach its store at the moment. Nothing was done. Try again in a minute; if it stays so, tell the app's admin this reference: ";
  return {
    text: `${lead}${escapeMrkdwn(reference)}`,
    blocks: [rich(undefined, paragraph(lead, code(reference)))],
  };
}

/** Something of the app is left in a workspace that removed it. */
export function notInstalledMessage(): Message {
  return notice(
    'This app is not installed in this workspace any more, and all that it knew of it is deleted. An admin can install it again.',
  );
}

/** For somebody of another workspace in a shared channel. */
export function elsewhereMessage(): Message {
  return notice(
    'This app works for the workspace that installed it. Your own workspace can install it too; until then, ask a colleague here to run it.',
  );
}

/** The form could not be opened, most often because the three seconds that Slack allows were over. */
export function formNotOpenedMessage(): Message {
  return notice(`Slack did not open the form in time. Run \`${slashCommand}\` once more.`);
}

/** A button whose message can no longer be read. */
export function problemMessage({ message }: { readonly message: string }): Message {
  return notice(message);
}

/** The answer went to the direct message with the app, because it is too long for a private one in place. */
export function answeredInDmMessage({ domain }: Records): Message {
  return notice(
    `The records of \`${domain}\` are in your direct message with this app: they are too long for a private message here.`,
  );
}

/** Posted where it was wanted. `permalink` where Slack gave one. */
export function sharedMessage(
  { what, domain }: { readonly what: 'records' | 'report'; readonly domain: DomainName },
  { conversation, permalink }: { readonly conversation: string; readonly permalink?: string },
): Message {
  const where = conversationName(conversation);
  const link =
    permalink === undefined || !isLink(permalink) ? '' : ` <${escapeMrkdwn(permalink)}|See the message>`;
  const shared = { records: `The records of \`${domain}\` are`, report: `The report on \`${domain}\` is` };
  const text = `${shared[what]} shared ${where}.${link}`;
  return { text, blocks: [context(text)] };
}

/** Slack's own words for why a message could not be posted, as chat.postMessage gives them. */
export type ShareProblem =
  | 'not_in_channel'
  | 'channel_not_found'
  | 'is_archived'
  | 'restricted_action'
  | 'msg_too_long'
  | 'other';

const shareProblems: Readonly<Record<ShareProblem, (where: string) => string>> = {
  not_in_channel: (where) =>
    `Not shared ${where}: the app is not a member there. Type \`/invite\` and the name of this app there, then press Share to… again.`,
  channel_not_found: (where) =>
    `Not shared ${where}: Slack does not let the app see that conversation. Type \`/invite\` and the name of this app there, then press Share to… again.`,
  is_archived: (where) => `Not shared ${where}: that channel is archived. Choose another with Share to….`,
  restricted_action: (where) =>
    `Not shared ${where}: only some people may post there, and the app is not among them. Choose another conversation, or ask an admin of the workspace.`,
  msg_too_long: (where) =>
    `Not shared ${where}: Slack finds the message too long. Use Policy as a file, and share the file.`,
  other: (where) =>
    `Not shared ${where}: Slack refused. Try again, or choose another conversation with Share to….`,
};

/** It could not be posted; the private copy stays. */
export function notSharedMessage(problem: ShareProblem, conversation: string): Message {
  const text = `${shareProblems[problem](conversationName(conversation))} Your private copy is kept.`;
  return { text, blocks: [context(text)] };
}

/** Stands beside the uploaded file in the direct message. */
export function fileComment(records: Records): string {
  const { policyFile } = publicationOf(records);
  return `mta-sts.txt for \`${records.domain}\`, ${policyFile.body.length} bytes. Serve exactly this file at \`${policyFile.url}\`.`;
}

/** Where the file was asked for in a channel: it went to the person alone. */
export function fileSentMessage({ domain }: Records): Message {
  return notice(`\`mta-sts.txt\` for \`${domain}\` is in your direct message with this app.`);
}

/** The app was installed without files:write: the text itself, and what an admin can do. */
export function fileNotAllowedMessage(records: Records): Message {
  const { policyFile } = publicationOf(records);
  const lead = `This app may not upload files in this workspace. Save the text below as \`${policyFile.fileName}\`, with one line break at its end. An admin can allow files by adding the scope \`files:write\`.`;
  const blocks: KnownBlock[] = [rich(undefined, paragraph(lead), box(policyFile.body))];
  return { text: `${escapeMrkdwn(lead)}\n${policyFile.body}`, blocks };
}

/** Where a conversation cannot be named, as a direct message, it is described. */
function conversationName(conversation: string): string {
  return /^C[A-Z0-9]+$/.test(conversation) ? `in <#${conversation}>` : 'in the conversation you chose';
}

function isLink(text: string): boolean {
  return /^https?:\/\/[^\s<>|]+$/.test(text);
}

function notice(text: string): Message {
  return { text: escapeMrkdwn(text), blocks: [rich(undefined, paragraph(text))] };
}
