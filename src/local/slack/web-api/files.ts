/** files.*: the three steps of an upload; the second, posting the bytes, is in server.ts. */
import { isJson } from '../json.ts';
import type { StoredFile } from '../world.ts';
import { botMessage } from './chat.ts';
import { failure, jsonOf, type Method, missing, textOf } from './method.ts';
import { seenByBot } from './target.ts';

export const fileMethods = {
  'files.getUploadURLExternal': {
    scopes: ['files:write'],
    run(args, slack) {
      const name = textOf(args, 'filename');
      const length = Number(textOf(args, 'length'));
      if (name === undefined) return missing('filename');
      if (!Number.isInteger(length) || length < 1) return missing('length');
      const fileId = slack.world.newId('F');
      const token = slack.uploads.begin(fileId, name, length);
      return { ok: true, upload_url: `${slack.url()}/upload/${token}`, file_id: fileId };
    },
  },
  'files.completeUploadExternal': {
    scopes: ['files:write'],
    run(args, slack) {
      const { world, uploads } = slack;
      const given = jsonOf(args, 'files');
      if (!Array.isArray(given) || given.length === 0) return missing('files');
      const channel = textOf(args, 'channel_id');
      // Only ids: a user's id is not taken for the direct message here.
      const conversation = channel === undefined ? undefined : world.conversations.get(channel);
      if (channel !== undefined) {
        if (conversation === undefined || seenByBot(slack, channel) === undefined)
          return failure('channel_not_found');
        if (conversation.archived) return failure('is_archived');
        const isMember = conversation.members.has(world.bot.userId);
        if (!isMember || (conversation.kind !== 'dm' && slack.faults.on('not-in-channel')))
          return failure('not_in_channel');
      }
      const files: StoredFile[] = [];
      for (const each of given) {
        const id = isJson(each) && typeof each.id === 'string' ? each.id : '';
        const upload = uploads.finish(id);
        if (upload === undefined) return failure('file_not_found');
        const title = isJson(each) && typeof each.title === 'string' ? each.title : upload.name;
        files.push({ id, title, ...upload });
      }
      for (const file of files) world.files.set(file.id, file);
      if (conversation !== undefined)
        world.post(
          conversation.id,
          botMessage(slack, {
            text: textOf(args, 'initial_comment') ?? '',
            blocks: [],
            threadTs: textOf(args, 'thread_ts') ?? null,
            files,
          }),
        );
      return { ok: true, files: files.map(({ id, title, name }) => ({ id, title, name })) };
    },
  },
} as const satisfies Record<string, Method>;
