/** Submitted forms: the policy form, where to share, and which domain to check. */
import type { App } from '@slack/bolt';
import { parseTypedDomain } from '../../protocol/typed-domain.ts';
import { checkBegunModal, checkRefusedModal, readCheck } from '../blocks/check-modal.ts';
import { answeredInDmMessage, problemMessage } from '../blocks/notices.ts';
import type { Message } from '../blocks/pieces.ts';
import { policyModal } from '../blocks/policy-modal.ts';
import { recordsMessage } from '../blocks/records-message.ts';
import { reportMessage } from '../blocks/report-message.ts';
import { readShare, type ShareRequest } from '../blocks/share-modal.ts';
import { notKeptMessage } from '../blocks/watch-messages.ts';
import { type Bot, botOf } from '../bot.ts';
import { earlierPublications, keepPublication } from '../earlier.ts';
import { type Form, lookupOf, type Origin, unseenDomain, withLookup } from '../form.ts';
import { readForm } from '../form-state.ts';
import { callbackIds } from '../ids.ts';
import type { LiveCheck } from '../live-check.ts';
import { within } from '../open-form.ts';
import { type Place, readPlace, readResponseUrls } from '../payload.ts';
import { answerPrivately, tell } from '../private-answer.ts';
import type { Records } from '../records.ts';
import { createSeen } from '../seen.ts';
import { share, tellShared } from '../share.ts';
import { type Earlier, submitForm } from '../submission.ts';
import { createTelling } from '../telling.ts';

/** Slack wants its answer within three seconds; DNS mostly answers in a twentieth of this. */
const lookupLimitMs = 1000;
/** A form that was submitted is closed: whatever comes from it later is the same press again. */
const submittedLifetimeMs = 60 * 60_000;
const submittedMax = 10_000;

export function registerViews(app: App, liveCheck: LiveCheck, now: () => Date): void {
  const submitted = createSeen(submittedLifetimeMs, submittedMax, () => now().getTime());

  app.view(callbackIds.policyForm, async ({ ack, view, body, context }) => {
    const bot = botOf(context);
    const asked = readForm(view);
    const [form, earlier] = await Promise.all([withAnswer(bot, asked), earlierVersions(bot, asked)]);
    if (asked.mx === undefined && form.mx !== undefined) {
      // Generate was quicker than DNS: nobody has seen these hosts yet.
      return ack({ response_action: 'update', view: policyModal(form) });
    }
    const outcome = submitForm(form, { askedBy: body.user.id, now: bot.now(), earlier });
    if (outcome.kind === 'errors') return ack({ response_action: 'errors', errors: outcome.errors });
    if (outcome.kind === 'ask') return ack({ response_action: 'update', view: policyModal(outcome.form) });
    await ack();
    if (!submitted.add(view.id)) return;
    const { records, conversation } = outcome;
    const kept = keepPublication(bot, records);
    // Nobody waits for it to be told what was made.
    kept.catch(() => {});
    if (conversation === undefined) {
      await keepPrivate(bot, body.user.id, form.origin, records);
      return tellKept(bot, readPlace(body), records, await kept);
    }
    const wish = {
      what: 'records' as const,
      domain: records.domain,
      message: recordsMessage(records, { sharedBy: body.user.id }),
      conversation,
      responseUrls: readResponseUrls(body),
    };
    const shared = await share(bot, wish);
    if (!shared.ok) await keepPrivate(bot, body.user.id, form.origin, records);
    await tellShared(bot, readPlace(body), wish, shared);
    await tellKept(bot, readPlace(body), records, await kept);
  });

  app.view(callbackIds.shareForm, async ({ ack, view, body, context }) => {
    const bot = botOf(context);
    const wanted = readShare(view);
    const place = readPlace(body);
    if (!wanted.ok) {
      const { problem } = wanted;
      if ('errors' in problem) return ack({ response_action: 'errors', errors: problem.errors });
      await ack();
      return tell(bot, place, problemMessage(problem));
    }
    await ack();
    if (!submitted.add(view.id)) return;
    const content = await contentToShare(bot, liveCheck, place, wanted.value, body.user.id);
    if (content === undefined) return;
    const { what, conversation } = wanted.value;
    const wish = { what, ...content, conversation, responseUrls: readResponseUrls(body) };
    await tellShared(bot, place, wish, await share(bot, wish));
  });

  app.view(callbackIds.checkForm, async ({ ack, view, body, context }) => {
    const bot = botOf(context);
    const wanted = readCheck(view);
    if (!wanted.ok) return ack({ response_action: 'errors', errors: wanted.problem.errors });
    if (!submitted.add(view.id)) return ack();
    const domain = wanted.value;
    const user = body.user.id;
    const begun = await liveCheck.begin({ domain, user, team: body.team?.id ?? body.user.team_id ?? '' });
    if ('refused' in begun) {
      return ack({ response_action: 'update', view: checkRefusedModal(begun.refused) });
    }
    await ack({ response_action: 'update', view: checkBegunModal(domain) });
    const place = { user, conversation: undefined, responseUrl: undefined };
    await liveCheck.follow(bot, begun.look, createTelling(bot, place, 'beside'));
  });
}

/** Undefined for a report that is forgotten, which the person is told. */
async function contentToShare(
  bot: Bot,
  liveCheck: LiveCheck,
  place: Place,
  wanted: ShareRequest,
  sharedBy: string,
): Promise<{ readonly domain: Records['domain']; readonly message: Message } | undefined> {
  if (wanted.what === 'records') {
    const { records } = wanted;
    return { domain: records.domain, message: recordsMessage(records, { sharedBy }) };
  }
  const { token, domain, showsAll } = wanted.button;
  const report = await liveCheck.toShare(bot, place, wanted.button);
  if (report === undefined) return undefined;
  return { domain, message: reportMessage(report, { token, all: showsAll, sharedBy }) };
}

/** The form with the MX of its domain, where DNS tells them quickly enough; cautions rest on them. */
async function withAnswer(bot: Bot, form: Form): Promise<Form> {
  const domain = unseenDomain(form);
  if (domain === undefined) return form;
  const found = await within(lookupLimitMs, bot.lookUpMx(domain));
  return found === undefined ? form : withLookup(form, lookupOf(found, bot.now()));
}

/** Empty where none was made, and where that cannot be known now. */
async function earlierVersions(bot: Bot, form: Form): Promise<readonly Earlier[]> {
  const typed = parseTypedDomain(form.domain);
  return typed.ok ? ((await earlierPublications(bot, typed.value.domain)) ?? []) : [];
}

async function tellKept(bot: Bot, place: Place, records: Records, isKept: boolean): Promise<void> {
  if (!isKept) await tell(bot, place, notKeptMessage(records));
}

async function keepPrivate(bot: Bot, user: string, origin: Origin, records: Records): Promise<void> {
  const way = await answerPrivately(bot, { user, ...origin }, recordsMessage(records));
  const { responseUrl, conversation } = origin;
  if (way === 'dm' && responseUrl !== undefined) {
    await tell(bot, { user, conversation, responseUrl }, answeredInDmMessage(records));
  }
}
