/** mta-sts.txt, byte for byte, as a file in the direct messages of whoever asked for it. */
import { fileComment, fileNotAllowedMessage, fileSentMessage } from './blocks/notices.ts';
import type { Bot } from './bot.ts';
import type { Place } from './payload.ts';
import { postDm, tell } from './private-answer.ts';
import { publicationOf, type Records } from './records.ts';
import { slackErrorOf } from './web.ts';

/** Uploads the policy and says where it is; without files:write the text itself is the answer. */
export async function sendPolicyFile(bot: Bot, user: string, place: Place, records: Records): Promise<void> {
  const { policyFile } = publicationOf(records);
  const bytes = new TextEncoder().encode(policyFile.body);
  const target = await uploadTarget(bot, policyFile.fileName, bytes.length);
  if (target === undefined) {
    await tell(bot, place, fileNotAllowedMessage(records));
    return;
  }
  await bot.web.upload(target.url, bytes);
  // A file goes to a conversation's id, and only a message to the person tells it.
  const comment = fileComment(records);
  const channel = await postDm(bot, user, {
    text: comment,
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: comment, verbatim: true } }],
  });
  await bot.web.patiently((client) =>
    client.files.completeUploadExternal({
      files: [{ id: target.id, title: policyFile.fileName }],
      channel_id: channel,
    }),
  );
  if (place.conversation !== channel) await tell(bot, place, fileSentMessage(records));
}

async function uploadTarget(bot: Bot, filename: string, length: number) {
  try {
    const { upload_url: url, file_id: id } = await bot.web.patiently((client) =>
      client.files.getUploadURLExternal({ filename, length }),
    );
    if (url === undefined || id === undefined) throw new Error('Slack gave no address for the upload.');
    return { url, id };
  } catch (error) {
    if (slackErrorOf(error) === 'missing_scope') return undefined;
    throw error;
  }
}
