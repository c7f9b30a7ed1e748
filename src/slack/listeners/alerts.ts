/**
 * The buttons of alerts and of the notices about them. What a press changes is stored first, and the jobs that this
 * makes redraw every card of the incident; the pressed one is redrawn at once besides.
 */
import type { App, BlockAction } from '@slack/bolt';
import type { Incident, IncidentChange, Watch } from '../../store/shapes.ts';
import { StoreUnavailable } from '../../store/store.ts';
import type { IncidentStep } from '../../watch/incident.ts';
import { acknowledge, snooze } from '../../watch/incident-press.ts';
import { type IncidentState, readIncident } from '../../watch/incident-shapes.ts';
import { type AlertButton, readAlertButton, readResumeButton } from '../alert-button.ts';
import { cardOf } from '../announcer.ts';
import { alertModal } from '../blocks/alert-modal.ts';
import * as notices from '../blocks/alert-notices.ts';
import { resumedMessage } from '../blocks/paused-notice.ts';
import { type Bot, botOf } from '../bot.ts';
import type { CheckLimits } from '../check-limits.ts';
import { actionIds } from '../ids.ts';
import type { LiveCheck } from '../live-check.ts';
import { openView } from '../open-form.ts';
import { readPlace, readPressed } from '../payload.ts';
import { contentOf, tell } from '../private-answer.ts';
import { refusalOf } from '../refused-posts.ts';

const dayMs = 86_400_000;

type Press = (bot: Bot, button: AlertButton, body: BlockAction) => Promise<unknown>;

export function registerAlerts(app: App, liveCheck: LiveCheck, limits: CheckLimits): void {
  const presses: Readonly<Record<string, Press>> = {
    [actionIds.acknowledgeAlert]: (bot, { incident }, body) =>
      change(bot, body, incident, 'acknowledge', (state) => acknowledge(state, body.user.id, bot.now())),
    [actionIds.snoozeAlert]: async (bot, { incident, days }, body) => {
      if (days === undefined) return;
      const now = bot.now();
      const until = new Date(now.getTime() + days * dayMs);
      await change(bot, body, incident, 'snooze', (state) => snooze(state, body.user.id, until, now));
    },
    [actionIds.checkAlert]: (bot, button, body) => checkAgain(bot, { liveCheck, limits }, button, body),
    [actionIds.explainAlert]: explain,
  };

  app.action<BlockAction>(/^alert\./, async ({ ack, body, action, context }) => {
    await ack();
    const bot = botOf(context);
    const pressed = pressedValue(body);
    const [press, button] = [presses[action.action_id], readAlertButton(pressed)];
    if (press !== undefined && button !== undefined) {
      await orAway(bot, body, () => press(bot, button, body));
      // Taking a choice back in the menu is no press.
    } else if (pressed !== undefined) {
      await tell(bot, readPlace(body), notices.forgottenAlertMessage());
    }
  });

  app.action<BlockAction>(actionIds.resumeWatches, async ({ ack, body, context }) => {
    await ack();
    const bot = botOf(context);
    const conversation = readResumeButton(pressedValue(body));
    if (conversation === undefined) await tell(bot, readPlace(body), notices.forgottenAlertMessage());
    else await orAway(bot, body, () => resume(bot, conversation, body));
  });
}

/** Of a button, or of the option that was chosen. */
function pressedValue(body: BlockAction): unknown {
  const [action] = body.actions;
  return action?.type === 'static_select' ? action.selected_option?.value : readPressed(body).value;
}

/** Says so where the store does not answer; nothing was changed then. */
async function orAway(bot: Bot, body: BlockAction, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    bot.log.warn({ err: error }, 'a press found no store');
    await tell(bot, readPlace(body), notices.storeAwayMessage());
  }
}

async function change(
  bot: Bot,
  body: BlockAction,
  incidentId: string,
  pressed: 'acknowledge' | 'snooze',
  step: (state: IncidentState) => IncidentStep | undefined,
): Promise<void> {
  let found: IncidentState | undefined;
  let changed = false;
  const incident = await bot.store.incidents.change(
    bot.team,
    incidentId,
    (before): IncidentChange | undefined => {
      found = readIncident(before.state);
      const next = found === undefined || before.closedAt !== undefined ? undefined : step(found);
      changed = next !== undefined;
      return next && { ...next, tellAt: bot.now() };
    },
  );
  if (incident === undefined || found === undefined) {
    return tell(bot, readPlace(body), notices.forgottenAlertMessage());
  }
  await redraw(bot, body, incident);
  if (!changed) await tell(bot, readPlace(body), notices.unchangedMessage(found, pressed));
}

/** The card in which the button was pressed, as the incident is now. The jobs do it too: a failure is only logged. */
async function redraw(bot: Bot, body: BlockAction, first: Incident): Promise<void> {
  const { container, channel } = body;
  const ts: unknown = container?.message_ts;
  if (channel === undefined || typeof ts !== 'string') return;
  try {
    let drawn: Incident | undefined;
    // Once more where a job drew something newer meanwhile, which this would have written over.
    for (let now: Incident | undefined = first; now !== undefined && now.version !== drawn?.version; ) {
      const watched = await bot.store.watches.find(bot.team, now.domain);
      const card = cardOf(now, watched?.summary, bot.now());
      if (card === undefined) return;
      await bot.web.patiently((client) =>
        client.chat.update({ channel: channel.id, ts, ...contentOf(card) }),
      );
      drawn = now;
      now = await bot.store.incidents.find(bot.team, first.id);
    }
  } catch (error) {
    bot.log.info({ err: error }, 'a pressed card is left to the jobs');
  }
}

/** The report for whoever pressed, and a look of the watch, which changes the card where there is news. */
async function checkAgain(
  bot: Bot,
  { liveCheck, limits }: { readonly liveCheck: LiveCheck; readonly limits: CheckLimits },
  button: AlertButton,
  body: BlockAction,
): Promise<void> {
  const place = readPlace(body);
  const { domain, watch } = await lookSoon(bot, limits, button);
  if (domain === undefined) return tell(bot, place, notices.forgottenAlertMessage());
  const asked = { domain, user: body.user.id, team: bot.team };
  await liveCheck.answerPress(bot, asked, place, 'beside', { note: notices.recheckNotes[watch] });
}

/** As often as anybody may look at the domain: its servers are not ours. */
async function lookSoon(bot: Bot, limits: CheckLimits, { incident: id, domain: pressed }: AlertButton) {
  try {
    const incident = await bot.store.incidents.find(bot.team, id);
    // One that was over long ago is not kept any more.
    const domain = incident?.domain ?? pressed;
    const watched = domain && (await bot.store.watches.find(bot.team, domain));
    if (domain === undefined || watched === undefined) return { domain, watch: 'unwatched' } as const;
    if ((await limits.takeLook(domain)) !== undefined) return { domain, watch: 'limited' } as const;
    if (!(await bot.store.looks.soon(bot.team, domain))) return { domain, watch: 'unwatched' } as const;
    const isOpen = incident !== undefined && incident.closedAt === undefined;
    return { domain, watch: isOpen ? 'soon' : 'over' } as const;
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return { domain: pressed, watch: 'away' } as const;
  }
}

async function explain(bot: Bot, { incident: id }: AlertButton, body: BlockAction): Promise<void> {
  const incident = await bot.store.incidents.find(bot.team, id);
  const state = readIncident(incident?.state);
  if (incident === undefined || state === undefined) {
    return tell(bot, readPlace(body), notices.forgottenAlertMessage());
  }
  const late = notices.notExplainedMessage();
  await openView(bot, readPlace(body), body.trigger_id, alertModal(incident, state), late);
}

/** A page of the store's list. */
const pageLength = 100;

async function resume(bot: Bot, conversation: string, body: BlockAction): Promise<void> {
  const place = readPlace(body);
  const user = body.user.id;
  const paused = (await watchesOf(bot, conversation)).filter(
    (watch) => watch.paused !== undefined && watch.owner === user,
  );
  const domains = paused.map(({ domain }) => domain);
  if (paused.length === 0) return tell(bot, place, notices.nothingPausedMessage(conversation));
  try {
    // Only a post tells whether the next alert will arrive.
    const content = contentOf(resumedMessage(user, domains));
    await bot.web.patiently((client) => client.chat.postMessage({ channel: conversation, ...content }));
  } catch (error) {
    const because = refusalOf(error);
    if (because === undefined) throw error;
    return tell(bot, place, notices.stillPausedMessage(conversation, because));
  }
  for (const { team, domain, owner, everyHours } of paused) {
    await bot.store.watches.add({ team, domain, conversation, owner, everyHours }, bot.now());
  }
  await tell(bot, place, notices.resumedNotice(conversation, domains));
}

async function watchesOf(bot: Bot, conversation: string): Promise<readonly Watch[]> {
  const found: Watch[] = [];
  for (let offset = 0; ; offset += pageLength) {
    const { domains, total } = await bot.store.watches.list(bot.team, {
      conversation,
      offset,
      limit: pageLength,
    });
    found.push(
      ...domains.flatMap(({ watches }) => watches).filter((watch) => watch.conversation === conversation),
    );
    if (offset + pageLength >= total) return found;
  }
}
