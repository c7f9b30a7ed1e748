/** Every listener, once. */
import type { App } from '@slack/bolt';
import type { Base } from '../bot.ts';
import { createCheckLimits } from '../check-limits.ts';
import { createLiveCheck } from '../live-check.ts';
import { registerActions } from './actions.ts';
import { registerAlerts } from './alerts.ts';
import { registerCommands } from './commands.ts';
import { registerEvents } from './events.ts';
import { registerShortcuts } from './shortcuts.ts';
import { registerViews } from './views.ts';
import { registerWatching } from './watching.ts';

export function registerListeners(app: App, base: Base): void {
  const limits = createCheckLimits();
  const liveCheck = createLiveCheck(base, limits);
  registerCommands(app, liveCheck);
  registerShortcuts(app);
  registerActions(app, liveCheck);
  registerAlerts(app, liveCheck, limits);
  registerViews(app, liveCheck, base.now);
  registerEvents(app, base);
  registerWatching(app, limits);
}
