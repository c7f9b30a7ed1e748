/** `/mta-sts` and what was typed after it. */
import type { App } from '@slack/bolt';
import { isCongested } from '../ack-first.ts';
import { explainAnswer } from '../blocks/explain-message.ts';
import { helpMessage, usageMessage } from '../blocks/help-message.ts';
import { problemMessage } from '../blocks/notices.ts';
import type { Message } from '../blocks/pieces.ts';
import type { Bot } from '../bot.ts';
import { parseCommand, slashCommand } from '../command.ts';
import { blankForm } from '../form.ts';
import { openForm } from '../open-form.ts';

export function registerCommands(app: App, bot: Bot): void {
  const help = privately(helpMessage());
  const message = `Too many people ask at this moment. Type \`${slashCommand}\` again in a few seconds.`;
  const busy = privately(problemMessage({ message }));

  app.command(slashCommand, async ({ command, ack, body }) => {
    const parsed = parseCommand(command.text ?? '');
    if (!parsed.ok) return ack(privately(usageMessage(parsed.problem)));
    const asked = parsed.value;
    if (asked.kind === 'help') return ack(help);
    if (asked.kind === 'explain') return ack(privately(explainAnswer(asked.topic)));
    if (isCongested()) return ack(busy);
    await ack();
    const { user_id: user, channel_id: conversation, response_url: responseUrl, trigger_id: trigger } = body;
    const origin = { conversation, responseUrl, at: bot.now().getTime() };
    await openForm(bot, { user, conversation, responseUrl }, trigger, blankForm(origin, asked.typed?.domain));
  });
}

/** An answer within the ack itself: nothing is quicker, and nothing is left that could fail. */
function privately({ text, blocks }: Message) {
  return { response_type: 'ephemeral' as const, text, blocks };
}
