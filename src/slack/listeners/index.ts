/** Every listener, once. */
import type { App } from '@slack/bolt';
import type { Bot } from '../bot.ts';
import { registerActions } from './actions.ts';
import { registerCommands } from './commands.ts';
import { registerEvents } from './events.ts';
import { registerShortcuts } from './shortcuts.ts';
import { registerViews } from './views.ts';

export function registerListeners(app: App, bot: Bot): void {
  registerCommands(app, bot);
  registerShortcuts(app, bot);
  registerActions(app, bot);
  registerViews(app, bot);
  registerEvents(app, bot);
}
