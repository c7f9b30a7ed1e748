/**
 * One answer that grows: posts over a response_url, of which Slack takes five within half an hour, and at the end
 * over whatever still works. What they say is left to others.
 */
import type { Message } from './blocks/pieces.ts';
import type { Bot } from './bot.ts';
import type { Place } from './payload.ts';
import { contentOf, postDm, responseUrlLifetimeMs } from './private-answer.ts';

/**
 * `instead`: in the place of the message in which a button was pressed. `beside`: as messages of their own,
 * because that message stays as it is; also after a command, for which Slack replaces nothing.
 */
export type Manner = 'instead' | 'beside';

export interface Telling {
  readonly manner: Manner;
  /** A message that the next one outdates: left out when no post is to spare; a failure is only logged. */
  interim(message: Message): Promise<void>;
  /** The message that counts: as a direct message where the response_url fails. */
  last(message: Message): Promise<void>;
}

/** Slack counts every post to a response_url. */
const postsMax = 5;

export function createTelling(bot: Bot, place: Place, manner: Manner): Telling {
  const { responseUrl, user, threadTs } = place;
  const issuedAt = bot.now().getTime();
  let posts = 0;

  async function respond(url: string, message: Message): Promise<void> {
    posts += 1;
    await bot.web.respond(url, {
      // What is replaced stays what it was: a message for one person, or one in the direct messages.
      ...(manner === 'instead'
        ? { replace_original: true }
        : {
            response_type: 'ephemeral',
            replace_original: false,
            ...(threadTs !== undefined && { thread_ts: threadTs }),
          }),
      ...contentOf(message),
    });
  }

  return {
    manner,
    async interim(message) {
      if (responseUrl === undefined || posts >= postsMax - 1) return;
      try {
        await respond(responseUrl, message);
      } catch (error) {
        bot.log.info({ err: error }, 'not told how far a check is');
      }
    },
    async last(message) {
      const young = bot.now().getTime() - issuedAt < responseUrlLifetimeMs;
      if (responseUrl !== undefined && young && posts < postsMax) {
        try {
          return await respond(responseUrl, message);
        } catch (error) {
          bot.log.info({ err: error, way: 'response_url' }, 'private answer takes another way');
          if (user === undefined) throw error;
        }
      }
      if (user === undefined) throw new Error('Nobody is there to be told.');
      await postDm(bot, user, message);
    },
  };
}
