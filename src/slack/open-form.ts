/**
 * The form on the screen: opened first, filled when DNS answers, changed after a press. What the form then
 * holds is decided in form.ts.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ModalView } from '@slack/types';
import type { MxLookup } from '../check/observation.ts';
import type { DomainName } from '../protocol/domain.ts';
import { afterAcks } from './ack-first.ts';
import { formNotOpenedMessage } from './blocks/notices.ts';
import type { Message } from './blocks/pieces.ts';
import { policyModal } from './blocks/policy-modal.ts';
import type { Bot } from './bot.ts';
import { type Form, lookupOf, withLookup } from './form.ts';
import { type Place, readSentView, type SentView } from './payload.ts';
import { tell } from './private-answer.ts';
import { isTooLate, slackErrorOf } from './web.ts';

/** From then on a person rather types than waits. */
const slowAfterMs = 1000;

/** Opens the form within the life of the trigger; the MX are looked up meanwhile and filled in afterwards. */
export async function openForm(bot: Bot, place: Place, triggerId: string, form: Form): Promise<void> {
  const lookup = lookupWanted(form);
  const found = lookup === undefined ? undefined : startLooking(bot, lookup);
  await afterAcks();
  const opened = await openView(bot, place, triggerId, policyModal(form));
  if (opened !== undefined && found !== undefined) await fillIn(bot, opened, form, found);
}

/** Opens a modal; undefined when Slack did not do so in time, which the person is told with `late`. */
export async function openView(
  bot: Bot,
  place: Place,
  triggerId: string,
  view: ModalView,
  late: Message = formNotOpenedMessage(),
): Promise<SentView | undefined> {
  try {
    const opened = await bot.web.trigger.views.open({ trigger_id: triggerId, view });
    return readSentView(opened.view);
  } catch (error) {
    if (!isTooLate(error)) throw error;
    bot.log.warn({ err: error }, 'modal not opened in time');
    await tell(bot, place, late);
    return undefined;
  }
}

/** Shows the form as it is after a press; a lookup that is still wanted goes on from there. */
export async function changeForm(bot: Bot, shown: SentView, form: Form): Promise<void> {
  const lookup = lookupWanted(form);
  const found = lookup === undefined ? undefined : startLooking(bot, lookup);
  const changed = await update(bot, shown, form);
  if (changed !== undefined && found !== undefined) await fillIn(bot, changed, form, found);
}

interface Looking {
  readonly domain: DomainName;
  readonly answer: Promise<MxLookup>;
}

function lookupWanted({ lookup }: Form): DomainName | undefined {
  return lookup.kind === 'running' || lookup.kind === 'slow' ? lookup.domain : undefined;
}

function startLooking(bot: Bot, domain: DomainName): Looking {
  const answer = bot.lookUpMx(domain);
  // Awaited later; until then a bug in it must not end the process.
  answer.catch(() => {});
  return { domain, answer };
}

async function fillIn(bot: Bot, opened: SentView, form: Form, { domain, answer }: Looking): Promise<void> {
  let shown: SentView | undefined = opened;
  let current = form;
  if (form.lookup.kind === 'running' && (await within(slowAfterMs, answer)) === undefined) {
    current = withLookup(form, { kind: 'slow', domain });
    shown = await update(bot, opened, current);
  }
  if (shown === undefined) return;
  await update(bot, shown, withLookup(current, lookupOf(await answer, bot.now())));
}

/** The answer, or undefined if it takes longer. */
export async function within<T>(limitMs: number, answer: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([answer, delay(limitMs, undefined, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}

/** Undefined when somebody else changed the form since, or closed it: both are fine, and theirs stays. */
async function update(bot: Bot, shown: SentView, form: Form): Promise<SentView | undefined> {
  const { id, hash } = shown;
  try {
    const answer = await bot.web.patiently((client) =>
      client.views.update({ view_id: id, view: policyModal(form), ...(hash !== undefined && { hash }) }),
    );
    return readSentView(answer.view);
  } catch (error) {
    const code = slackErrorOf(error) ?? '';
    if (['hash_conflict', 'not_found', 'view_not_found'].includes(code)) return undefined;
    throw error;
  }
}
