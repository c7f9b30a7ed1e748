/** Answers that only the person who asked may see, over whichever way still works. */
import type { Message } from './blocks/pieces.ts';
import type { RecordsMessage } from './blocks/records-message.ts';
import type { Bot } from './bot.ts';
import type { Place } from './payload.ts';

/** Slack takes posts to a response_url for 30 minutes; its clock and ours may differ. */
export const responseUrlLifetimeMs = 25 * 60_000;

/** No previews of what others publish, and no message that a share turns into another's. */
const posted = { unfurl_links: false, unfurl_media: false } as const;

/**
 * Tells one person something: in place where the press left an address for it, else as an ephemeral message
 * in the conversation, else as a direct message. Throws when none of them works.
 */
export async function tell(bot: Bot, place: Place, message: Message): Promise<void> {
  const { user, conversation, responseUrl } = place;
  const ways: [name: string, send: () => Promise<unknown>][] = [];
  if (responseUrl !== undefined) ways.push(['response_url', () => respond(bot, responseUrl, message)]);
  if (user !== undefined && conversation !== undefined) {
    const ephemeral = { channel: conversation, user, ...contentOf(message) };
    ways.push(['ephemeral', () => bot.web.patiently((client) => client.chat.postEphemeral(ephemeral))]);
  }
  if (user !== undefined) ways.push(['dm', () => postDm(bot, user, message)]);
  await firstThatWorks(bot, ways);
}

/**
 * The records, for the person alone: in place while the command's address lives and the buttons carry the
 * whole state (Slack sends no ephemeral message along with a press), else as a direct message.
 */
export async function answerPrivately(
  bot: Bot,
  to: { user: string; responseUrl?: string | undefined; at: number },
  message: RecordsMessage,
): Promise<'in-place' | 'dm'> {
  const { user, responseUrl, at } = to;
  const young = bot.now().getTime() - at < responseUrlLifetimeMs;
  if (responseUrl !== undefined && young && message.selfContained) {
    try {
      await respond(bot, responseUrl, message);
      return 'in-place';
    } catch (error) {
      bot.log.info({ err: error, way: 'response_url' }, 'private answer takes another way');
    }
  }
  await postDm(bot, user, message);
  return 'dm';
}

/** A message in the person's direct messages with the app; answers with that conversation's id. */
export async function postDm(bot: Bot, user: string, message: Message): Promise<string> {
  const sent = await bot.web.patiently((client) =>
    client.chat.postMessage({ channel: user, ...contentOf(message) }),
  );
  return sent.channel ?? user;
}

/** Text, blocks, and how Slack is to treat links, as chat.postMessage takes them. */
export function contentOf({ text, blocks, attachments }: Message) {
  return { text, blocks, ...(attachments === undefined ? {} : { attachments }), ...posted };
}

function respond(bot: Bot, url: string, message: Message): Promise<void> {
  return bot.web.respond(url, {
    response_type: 'ephemeral',
    replace_original: false,
    ...contentOf(message),
  });
}

async function firstThatWorks(bot: Bot, ways: readonly [string, () => Promise<unknown>][]): Promise<void> {
  const errors: unknown[] = [];
  for (const [way, send] of ways) {
    try {
      await send();
      return;
    } catch (error) {
      errors.push(error);
      bot.log.info({ err: error, way }, 'private answer takes another way');
    }
  }
  throw new AggregateError(errors, 'Nobody could be told.');
}
