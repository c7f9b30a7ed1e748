/** Buttons and forms about watches: those under answers, records and reports, those of App Home, and the settings. */
import type { AckFn, App, BlockAction, ViewResponseAction, ViewSubmitAction } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import { limitedMessage } from '../blocks/check-notices.ts';
import { problemMessage } from '../blocks/notices.ts';
import type { Message } from '../blocks/pieces.ts';
import { readSettings, settingsDoneModal, settingsMessage, settingsModal } from '../blocks/settings-modal.ts';
import {
  alreadyWatchedMessage,
  hoursChangedMessage,
  nothingToUnwatchMessage,
  notPostableSentence,
  storeAwayLeads,
  storeAwayMessage,
  unwatchedMessage,
  watchingMessage,
} from '../blocks/watch-messages.ts';
import {
  readWatchChange,
  readWatchForm,
  watchChangedMessage,
  watchChangeModal,
  watchDoneModal,
  watchModal,
  watchUnderWayModal,
} from '../blocks/watch-modal.ts';
import { type Bot, botOf } from '../bot.ts';
import type { CheckLimits } from '../check-limits.ts';
import { actionIds, callbackIds, settingsBlocks, watchBlocks } from '../ids.ts';
import { openView, within } from '../open-form.ts';
import { readPlace, readPressed } from '../payload.ts';
import { tell } from '../private-answer.ts';
import { remembered } from '../remembering.ts';
import { createTelling } from '../telling.ts';
import { watchAnswer } from '../watch-answers.ts';
import { readHomeState, readWatchValue, type WatchButton } from '../watch-values.ts';
import { publishAfterLook, publishHome } from '../watched-home.ts';
import { changeSettings, changeWatches, endWatch, startWatch, type WatchOutcome } from '../watching.ts';
import { anyOf } from './actions.ts';

interface Pressed {
  readonly bot: Bot;
  readonly body: BlockAction;
  readonly limits: CheckLimits;
}

/** The buttons that carry a domain. */
const domainPresses: Readonly<Record<string, (pressed: Pressed, button: WatchButton) => Promise<unknown>>> = {
  [actionIds.watchTryAgain]: async ({ bot, body }, { domain }) => {
    const place = readPlace(body);
    const { conversation } = place;
    if (conversation === undefined) return;
    const wish = { domain, conversation, user: body.user.id };
    const outcome = await startWatch(bot, wish);
    const answer = watchAnswer(outcome, wish);
    if (answer !== undefined) await createTelling(bot, place, 'instead').last(answer);
  },
  [actionIds.watchElsewhere]: openForm,
  [actionIds.watchRecords]: openForm,
  [actionIds.watchReport]: openForm,
  [actionIds.watchEnd]: async ({ bot, body }, { domain, conversation: named }) => {
    const place = readPlace(body);
    const conversation = named ?? place.conversation;
    if (conversation === undefined) return;
    const user = body.user.id;
    const ended = await endWatch(bot, { domain, conversation, user });
    const answer =
      ended.kind === 'store-away'
        ? storeAwayMessage(storeAwayLeads.unwatch)
        : ended.kind === 'ended'
          ? unwatchedMessage(domain, conversation, ended.others, user)
          : nothingToUnwatchMessage(domain, ended.others, undefined, user);
    // What could not be done stays to be pressed again.
    if (ended.kind === 'store-away') await tell(bot, place, answer);
    else await createTelling(bot, place, 'instead').last(answer);
  },
  [actionIds.watchChange]: openChange,
  [actionIds.homeChange]: openChange,
  [actionIds.homeEnd]: async ({ bot, body }, { domain, conversation, page = 0 }) => {
    const user = body.user.id;
    if (conversation === undefined) return;
    const ended = await endWatch(bot, { domain, conversation, user });
    const note =
      ended.kind === 'store-away'
        ? storeAwayMessage(storeAwayLeads.unwatch)
        : problemMessage({ message: `\`${domain}\` is watched no longer.` });
    await publishHome(bot, user, { page, note });
  },
  [actionIds.homeCheckAgain]: checkAgain,
};

async function openForm({ bot, body }: Pressed, { domain }: WatchButton): Promise<void> {
  await openView(bot, readPlace(body), body.trigger_id, watchModal({ domain }));
}

async function openChange({ bot, body }: Pressed, { domain, page }: WatchButton): Promise<void> {
  const place = readPlace(body);
  const found = await remembered(bot.store.watches.find(bot.team, domain));
  const user = body.user.id;
  if (found.ok && found.value !== undefined) {
    await openView(bot, place, body.trigger_id, watchChangeModal(found.value, { page }, user));
    return;
  }
  const problem = found.ok
    ? nothingToUnwatchMessage(domain, [], undefined, user)
    : storeAwayMessage(storeAwayLeads.change);
  if (page === undefined) await tell(bot, place, problem);
  else await publishHome(bot, user, { page, note: problem });
}

/** As often as somebody may ask for a check: each look is a handful of connections to somebody's servers. */
async function checkAgain({ bot, body, limits }: Pressed, { domain, page = 0 }: WatchButton): Promise<void> {
  const user = body.user.id;
  const refusal = (await limits.takeTurn({ user, team: bot.team })) ?? (await limits.takeLook(domain));
  if (refusal !== undefined) {
    return publishHome(bot, user, { page, note: limitedMessage(domain, refusal, bot.now()) });
  }
  const before = await remembered(bot.store.watches.find(bot.team, domain));
  const asked = before.ok ? await remembered(bot.store.looks.soon(bot.team, domain)) : before;
  if (!asked.ok) return publishHome(bot, user, { page, note: storeAwayMessage('Nothing was looked at.') });
  const message = asked.value
    ? `\`${domain}\` is looked at again; this page changes when that is done.`
    : `\`${domain}\` is not watched any more.`;
  await publishHome(bot, user, { page, note: problemMessage({ message }) });
  if (asked.value && before.ok) {
    await publishAfterLook(bot, user, { domain, page }, before.value?.lastLookAt);
  }
}

/** The buttons that carry none. */
const plainPresses: Readonly<Record<string, (pressed: Pressed) => Promise<unknown>>> = {
  [actionIds.homeWatch]: ({ bot, body }) =>
    openView(bot, readPlace(body), body.trigger_id, watchModal(fromHome(body))),
  [actionIds.homeSettings]: async ({ bot, body }) => {
    const place = readPlace(body);
    const settings = await remembered(bot.store.teams.settings(bot.team));
    if (settings.ok) {
      await openView(bot, place, body.trigger_id, settingsModal(settings.value, fromHome(body).page));
    } else {
      const note = storeAwayMessage(storeAwayLeads.settings);
      await publishHome(bot, body.user.id, { page: fromHome(body).page ?? 0, note });
    }
  },
  [actionIds.homePage]: turnPage,
  [actionIds.homePageBack]: turnPage,
  // Slack opens Home by the button's address; there it is drawn as of now.
  [actionIds.openHome]: ({ bot, body }) => publishHome(bot, body.user.id, { page: 0 }),
};

function turnPage({ bot, body }: Pressed): Promise<void> {
  const page = Number(readPressed(body).value);
  return publishHome(bot, body.user.id, { page: Number.isSafeInteger(page) ? page : 0 });
}

/** The page of App Home on which it was pressed; nothing elsewhere. */
function fromHome(body: BlockAction): { readonly page?: number } {
  return body.view?.type === 'home' ? { page: readHomeState(body.view)?.page ?? 0 } : {};
}

const unreadable = {
  message:
    'This button belongs to another version of the app. Type `/mta-sts watch` with the domain instead.',
};

/** Slack wants its answer within three seconds; a post mostly takes a fifth of one. */
const formSoonMs = 2000;

type FormAnswer =
  | { readonly errors: Record<string, string> }
  /** Takes the form's place. */
  | { readonly view: ModalView };

export function registerWatching(app: App, limits: CheckLimits): void {
  app.action<BlockAction>(anyOf(domainPresses), async ({ ack, body, action, context }) => {
    await ack();
    const bot = botOf(context);
    const button = readWatchValue(readPressed(body).value);
    if (button !== undefined) await domainPresses[action.action_id]?.({ bot, body, limits }, button);
    else await tell(bot, readPlace(body), problemMessage(unreadable));
  });

  app.action<BlockAction>(anyOf(plainPresses), async ({ ack, body, action, context }) => {
    await ack();
    await plainPresses[action.action_id]?.({ bot: botOf(context), body, limits });
  });

  app.view<ViewSubmitAction>(callbackIds.watchForm, async ({ ack, view, body, context }) => {
    const bot = botOf(context);
    const read = readWatchForm(view);
    if (!read.ok) return ack({ response_action: 'errors', errors: { ...read.problem.errors } });
    const { domain, page } = read.value;
    const user = body.user.id;
    const started = startWatch(bot, { ...read.value, user });
    const answer = started.then((outcome) => formAnswer(outcome, read.value.conversation, user));
    await answerForm(bot, view.id, ack, answer, watchUnderWayModal(domain));
    if (page === undefined || (await started).kind !== 'watching') return;
    await publishHome(bot, user, { page });
    await publishAfterLook(bot, user, { domain, page }, undefined);
  });

  app.view<ViewSubmitAction>(callbackIds.watchChangeForm, async ({ ack, view, body, context }) => {
    const bot = botOf(context);
    const change = readWatchChange(view);
    if (change === undefined) {
      return ack({ response_action: 'update', view: watchDoneModal(problemMessage(unreadable), 'change') });
    }
    const user = body.user.id;
    const answer = changeWatches(bot, { ...change, user }).then((outcome): FormAnswer => {
      if (outcome.kind === 'store-away') return { errors: { [watchBlocks.hours]: awaySentence } };
      return { view: watchDoneModal(watchChangedMessage(change, outcome.left !== undefined), 'change') };
    });
    await answerForm(bot, view.id, ack, answer, watchUnderWayModal(change.domain));
    if (change.page !== undefined) await publishHome(bot, user, { page: change.page });
  });

  app.view<ViewSubmitAction>(callbackIds.settingsForm, async ({ ack, view, body, context }) => {
    const bot = botOf(context);
    const read = readSettings(view);
    if (!read.ok) return ack({ response_action: 'errors', errors: { ...read.problem.errors } });
    const { settings, digestBefore } = read.value;
    const user = body.user.id;
    const answer = changeSettings(bot, { settings, digestBefore, user }).then((outcome): FormAnswer => {
      switch (outcome.kind) {
        case 'saved':
          return { view: settingsDoneModal(settingsMessage(settings)) };
        case 'not-postable': {
          const conversation = settings.digest?.conversation ?? '';
          return {
            errors: { [settingsBlocks.digestTo]: notPostableSentence(outcome.problem, conversation) },
          };
        }
        case 'store-away':
          return { errors: { [settingsBlocks.timeZone]: awaySentence } };
      }
    });
    const saving = settingsDoneModal(problemMessage({ message: 'Saving the settings…' }));
    await answerForm(bot, view.id, ack, answer, saving);
  });
}

const awaySentence =
  "Nothing was changed: the app's memory does not answer at this moment. Try again in a minute; checks and policies work meanwhile.";

function formAnswer(outcome: WatchOutcome, conversation: string, user: string): FormAnswer {
  switch (outcome.kind) {
    case 'watching':
      return { view: watchDoneModal(watchingMessage(outcome.watch), 'form') };
    case 'already':
      return { view: watchDoneModal(alreadyWatchedMessage(outcome.watch, user), 'form') };
    case 'changed':
      return { view: watchDoneModal(hoursChangedMessage(outcome.watch, user), 'form') };
    case 'not-postable':
      return { errors: { [watchBlocks.conversation]: notPostableSentence(outcome.problem, conversation) } };
    case 'store-away':
      return { errors: { [watchBlocks.domain]: awaySentence } };
  }
}

/** Within the ack where that is quick; else the form gives way to a word that it is under way, and that to the answer. */
async function answerForm(
  bot: Bot,
  viewId: string,
  ack: AckFn<ViewResponseAction>,
  answer: Promise<FormAnswer>,
  underWay: ModalView,
): Promise<void> {
  // Awaited below; a failure before that must not end the process.
  answer.catch(() => {});
  const soon = await within(formSoonMs, answer);
  if (soon !== undefined) {
    return ack(
      'errors' in soon
        ? { response_action: 'errors', errors: soon.errors }
        : { response_action: 'update', view: soon.view },
    );
  }
  await ack({ response_action: 'update', view: underWay });
  const late = await answer;
  const view = 'errors' in late ? { ...underWay, blocks: told(Object.values(late.errors)) } : late.view;
  await bot.web.patiently((client) => client.views.update({ view_id: viewId, view }));
}

function told(sentences: readonly string[]): Message['blocks'] {
  return sentences.flatMap((message) => problemMessage({ message }).blocks);
}
