/** The global shortcut: the empty form from anywhere. */
import type { App } from '@slack/bolt';
import { botOf } from '../bot.ts';
import { blankForm } from '../form.ts';
import { callbackIds } from '../ids.ts';
import { openForm } from '../open-form.ts';
import { readPlace } from '../payload.ts';

export function registerShortcuts(app: App): void {
  app.shortcut(callbackIds.newPolicyShortcut, async ({ shortcut, ack, body, context }) => {
    await ack();
    const bot = botOf(context);
    await openForm(bot, readPlace(body), shortcut.trigger_id, blankForm({ at: bot.now().getTime() }));
  });
}
