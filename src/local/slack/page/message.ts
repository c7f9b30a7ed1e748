/** One message: who, when, what, its files, and what can be done with it. */

import { Avatar } from './avatar.ts';
import { Blocks } from './blocks.ts';
import { CopyButton } from './copy.ts';
import { type Drawn, h } from './h.ts';
import { icon } from './icons.ts';
import type { PageMessage, PageUser } from './protocol.ts';
import { still } from './still.ts';
import { useSurface } from './surface.ts';
import { Mrkdwn } from './text.ts';
import { clockTime, exactTime, instantOf } from './time.ts';

export interface MessageProps {
  readonly conversation: string;
  readonly message: PageMessage;
  readonly author: PageUser | undefined;
  /** The first message of its thread, where a reply is shown in the channel. */
  readonly inReplyTo: PageMessage | undefined;
  /** Follows another of the same person closely: no avatar and no name. */
  readonly compact: boolean;
  readonly onReply: ((ts: string) => void) | undefined;
}

export const Message = still(
  ({ conversation, message, author, inReplyTo, compact, onReply }: MessageProps): Drawn => {
    const surface = useSurface(
      // A reply that is shown in the channel too stands there twice.
      `message-${message.ts.replace('.', '-')}${inReplyTo === undefined ? '' : '-in-channel'}`,
      { kind: 'message', conversation, ts: message.ts },
      message.blocks,
    );
    const at = instantOf(message.ts);
    const name = author?.realName || author?.name || message.user;
    const time = h(
      'time',
      { class: 'message-time', dateTime: at.toISOString(), title: exactTime(at) },
      clockTime(at),
    );
    return h(
      'article',
      {
        class: `message${compact ? ' message-compact' : ''}${message.ephemeral ? ' message-private' : ''}`,
        'aria-label': `${name}, ${clockTime(at)}`,
        'data-ts': message.ts,
      },
      h('div', { class: 'message-gutter' }, compact ? time : h(Avatar, { user: author })),
      h(
        'div',
        { class: 'message-main' },
        message.ephemeral
          ? h('p', { class: 'only-you' }, icon('eye'), h('span', null, 'Only visible to you'))
          : null,
        compact
          ? null
          : h(
              'p',
              { class: 'message-head' },
              h('strong', { class: 'message-author' }, name),
              author?.isBot === true ? h('span', { class: 'tag' }, 'APP') : null,
              author?.foreign === true ? h('span', { class: 'tag tag-foreign' }, 'other workspace') : null,
              time,
            ),
        inReplyTo === undefined
          ? null
          : h(
              'div',
              { class: 'in-reply-to' },
              icon('thread'),
              h('span', null, 'replied to'),
              h(
                'div',
                { class: 'in-reply-text' },
                h(Mrkdwn, { text: inReplyTo.text.split('\n', 1)[0] ?? '' }),
              ),
            ),
        message.blocks.length === 0
          ? h(Mrkdwn, { text: message.text })
          : h(Blocks, { blocks: message.blocks, surface }),
        message.edited ? h('span', { class: 'edited' }, '(edited)') : null,
        message.files.map((file) => h(FileCard, { key: file.id, file })),
      ),
      h(
        'div',
        { class: 'message-tools', role: 'group', 'aria-label': 'Message actions' },
        onReply === undefined || message.ephemeral
          ? null
          : h(
              'button',
              {
                type: 'button',
                class: 'tool',
                title: 'Reply in thread',
                'aria-label': 'Reply in thread',
                onClick: () => onReply(message.ts),
              },
              icon('reply'),
            ),
        h(CopyButton, { text: message.text, label: 'Copy text' }),
      ),
    );
  },
);

function FileCard({ file }: { readonly file: PageMessage['files'][number] }): Drawn {
  return h(
    'a',
    { class: 'file', href: file.url, download: file.name },
    h('span', { class: 'file-icon' }, icon('file')),
    h('span', { class: 'file-name' }, h('strong', null, file.name), h('span', null, sizeText(file.size))),
    h('span', { class: 'file-action' }, icon('download'), 'Download'),
  );
}

function sizeText(bytes: number): string {
  if (bytes < 1024) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}
