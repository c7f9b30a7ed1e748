/** What Slack adds to blocks before it shows and returns them: ids that the bot left out, and defaults of text objects. */
import { randomBytes } from 'node:crypto';
import { isJson } from './json.ts';
import type { AttachmentJson, BlockJson } from './page/protocol.ts';

/** Elements that take part in interactions carry an action_id. */
const interactive =
  /^(button|checkboxes|radio_buttons|overflow|datepicker|timepicker|datetimepicker|(multi_)?(static|external|users|conversations|channels)_select|\w+_input)$/;

/** The blocks as Slack keeps them. What the bot wrote is not changed. */
export function completeBlocks(blocks: readonly BlockJson[]): BlockJson[] {
  return blocks.map((block) => ({
    ...(completed(block) as BlockJson),
    block_id: block.block_id ?? shortId(),
  }));
}

export function completeAttachments(attachments: readonly AttachmentJson[]): AttachmentJson[] {
  return attachments.map((attachment) => ({ ...attachment, blocks: completeBlocks(attachment.blocks) }));
}

function completed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(completed);
  if (!isJson(value)) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, completed(each)]));
  if (value.type === 'plain_text') return { emoji: true, ...inner };
  if (value.type === 'mrkdwn') return { verbatim: false, ...inner };
  if (value.type === 'rich_text_preformatted') return { border: 0, ...inner };
  if (typeof value.type === 'string' && interactive.test(value.type))
    return { action_id: shortId(), ...inner };
  return inner;
}

function shortId(): string {
  return randomBytes(4).toString('base64url').slice(0, 5);
}
