/** `/mta-sts` and what was typed after it. */
import type { App } from '@slack/bolt';
import { isCongested } from '../ack-first.ts';
import { checkingMessage } from '../blocks/check-notices.ts';
import { explainAnswer } from '../blocks/explain-message.ts';
import { helpMessage, usageMessage } from '../blocks/help-message.ts';
import { problemMessage } from '../blocks/notices.ts';
import type { Message } from '../blocks/pieces.ts';
import { botOf } from '../bot.ts';
import { parseCommand, slashCommand } from '../command.ts';
import { blankForm } from '../form.ts';
import type { LiveCheck } from '../live-check.ts';
import { openForm } from '../open-form.ts';
import { createTelling } from '../telling.ts';
import { answerWatchCommand, isAboutWatches } from './watch-commands.ts';

export function registerCommands(app: App, liveCheck: LiveCheck): void {
  const help = privately(helpMessage());
  const message = `Too many people ask at this moment. Type \`${slashCommand}\` again in a few seconds.`;
  const busy = privately(problemMessage({ message }));

  app.command(slashCommand, async ({ command, ack, body, context }) => {
    const parsed = parseCommand(command.text ?? '');
    if (!parsed.ok) return ack(privately(usageMessage(parsed.problem)));
    const asked = parsed.value;
    if (asked.kind === 'help') return ack(help);
    if (asked.kind === 'explain') return ack(privately(explainAnswer(asked.topic)));
    const bot = botOf(context);
    if (isAboutWatches(asked)) return answerWatchCommand(botOf(context), asked, body, ack);
    const { user_id: user, channel_id: conversation, response_url: responseUrl, trigger_id: trigger } = body;
    if (asked.kind === 'check') {
      const { domain } = asked.typed;
      const begun = await liveCheck.begin({ domain, user, team: body.team_id });
      if ('refused' in begun) return ack(privately(begun.refused));
      if (await liveCheck.isSoonOver(begun.look)) {
        await ack();
      } else {
        // This message stays as it is: of a look that goes on, it must not say how far it is.
        const state = begun.look.state();
        await ack(privately(checkingMessage(domain, state.kind === 'waiting' ? state : undefined)));
      }
      const place = { user, conversation, responseUrl };
      return liveCheck.follow(bot, begun.look, createTelling(bot, place, 'beside'));
    }
    if (isCongested()) return ack(busy);
    await ack();
    const origin = { conversation, responseUrl, at: bot.now().getTime() };
    await openForm(bot, { user, conversation, responseUrl }, trigger, blankForm(origin, asked.typed?.domain));
  });
}

/** An answer within the ack itself: nothing is quicker, and nothing is left that could fail. */
function privately({ text, blocks }: Message) {
  return { response_type: 'ephemeral' as const, text, blocks };
}
