/** Every listener, once. */
import type { App } from '@slack/bolt';
import type { Bot } from '../bot.ts';
import { createLiveCheck } from '../live-check.ts';
import { registerActions } from './actions.ts';
import { registerCommands } from './commands.ts';
import { registerEvents } from './events.ts';
import { registerShortcuts } from './shortcuts.ts';
import { registerViews } from './views.ts';

export function registerListeners(app: App, bot: Bot): void {
  const liveCheck = createLiveCheck(bot);
  registerCommands(app, bot, liveCheck);
  registerShortcuts(app, bot);
  registerActions(app, bot, liveCheck);
  registerViews(app, bot, liveCheck);
  registerEvents(app, bot);
}
