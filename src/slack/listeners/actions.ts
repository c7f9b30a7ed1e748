/** Buttons and fields: those of the form, of the records and of reports, and the one that starts. */
import type { App, BlockAction } from '@slack/bolt';
import { checkModal } from '../blocks/check-modal.ts';
import { problemMessage } from '../blocks/notices.ts';
import { shareModal, shareReportModal } from '../blocks/share-modal.ts';
import { type Bot, botOf } from '../bot.ts';
import { blankForm, editForm, type Form, type Origin, startLookup, useHere, useOffer } from '../form.ts';
import { readForm } from '../form-state.ts';
import { actionIds } from '../ids.ts';
import type { Asked, LiveCheck } from '../live-check.ts';
import { changeForm, openForm, openView } from '../open-form.ts';
import { readPlace, readPressed, readSentView } from '../payload.ts';
import { sendPolicyFile } from '../policy-file.ts';
import { tell } from '../private-answer.ts';
import { type Records, readRecords } from '../records.ts';
import { type ReportButton, readReportButton } from '../told-report.ts';

/** What each press in the form makes of it. */
const formChanges: Readonly<Record<string, (form: Form) => Form>> = {
  [actionIds.domain]: (form) => startLookup(form).form,
  [actionIds.lookUp]: (form) => startLookup(form).form,
  [actionIds.useTight]: (form) => useOffer(form, 'tight'),
  [actionIds.useVendor]: (form) => useOffer(form, 'vendor'),
  [actionIds.postHere]: useHere,
  // Reading the form back has shown or hidden the field for the seconds already.
  [actionIds.maxAge]: (form) => form,
};

interface Means {
  readonly bot: Bot;
  readonly liveCheck: LiveCheck;
}
type Press<State> = (means: Means, state: State, body: BlockAction) => Promise<unknown>;

/** What each button of the records does. */
const recordsPresses: Readonly<Record<string, Press<Records>>> = {
  [actionIds.checkRecords]: ({ bot, liveCheck }, records, body) =>
    liveCheck.answerPress(bot, askedBy(body, records), readPlace(body), 'beside', { generated: records }),
  [actionIds.editRecords]: ({ bot }, records, body) =>
    openForm(bot, readPlace(body), body.trigger_id, editForm(records, originOf(bot, body))),
  [actionIds.shareRecords]: ({ bot }, records, body) =>
    openView(bot, readPlace(body), body.trigger_id, shareModal(records)),
  [actionIds.fileOfRecords]: ({ bot }, records, body) =>
    sendPolicyFile(bot, body.user.id, readPlace(body), records),
};

const showMore: Press<ReportButton> = ({ bot, liveCheck }, button, body) =>
  liveCheck.showMore(bot, askedBy(body, button), readPlace(body), button);

/** What each button of a report does. */
const reportPresses: Readonly<Record<string, Press<ReportButton>>> = {
  [actionIds.checkAgain]: ({ bot, liveCheck }, button, body) => {
    const { isPrivate, generated } = button;
    const manner = isPrivate ? 'instead' : 'beside';
    return liveCheck.answerPress(bot, askedBy(body, button), readPlace(body), manner, { generated });
  },
  [actionIds.showAll]: showMore,
  [actionIds.showLess]: showMore,
  [actionIds.shareReport]: async ({ bot, liveCheck }, button, body) => {
    const place = readPlace(body);
    const report = await liveCheck.toShare(bot, place, button);
    if (report !== undefined) await openView(bot, place, body.trigger_id, shareReportModal(report, button));
  },
  [actionIds.makePolicy]: ({ bot }, { domain }, body) =>
    openForm(bot, readPlace(body), body.trigger_id, blankForm(originOf(bot, body), domain)),
};

const unreadableReport = {
  message: 'This report cannot be read any more. Run `/mta-sts check` with the domain again.',
};

/** Bolt asks every listener about every payload, so there is one for each kind and not for each button. */
export function registerActions(app: App, liveCheck: LiveCheck): void {
  app.action<BlockAction>(anyOf(formChanges), async ({ ack, body, action, context }) => {
    await ack();
    const bot = botOf(context);
    const shown = readSentView(body.view);
    const change = formChanges[action.action_id];
    if (shown !== undefined && change !== undefined) {
      await changeForm(bot, shown, change(readForm(body.view)));
    }
  });

  app.action<BlockAction>(anyOf(recordsPresses), async ({ ack, body, action, context }) => {
    await ack();
    const bot = botOf(context);
    const records = readRecords(readPressed(body));
    if (records.ok) await recordsPresses[action.action_id]?.({ bot, liveCheck }, records.value, body);
    else await tell(bot, readPlace(body), problemMessage(records.problem));
  });

  app.action<BlockAction>(anyOf(reportPresses), async ({ ack, body, action, context }) => {
    await ack();
    const bot = botOf(context);
    const button = readReportButton(readPressed(body).value);
    if (button !== undefined) await reportPresses[action.action_id]?.({ bot, liveCheck }, button, body);
    else await tell(bot, readPlace(body), problemMessage(unreadableReport));
  });

  app.action<BlockAction>(actionIds.start, async ({ ack, body, context }) => {
    await ack();
    const bot = botOf(context);
    await openForm(bot, readPlace(body), body.trigger_id, blankForm(originOf(bot, body)));
  });

  app.action<BlockAction>(actionIds.startCheck, async ({ ack, body, context }) => {
    await ack();
    const bot = botOf(context);
    await openView(bot, readPlace(body), body.trigger_id, checkModal());
  });
}

/** Exactly these ids; others stay unanswered here, which the door notices. */
export function anyOf(table: Readonly<Record<string, unknown>>): RegExp {
  const ids = Object.keys(table).map((id) => id.replaceAll('.', '\\.'));
  return new RegExp(`^(?:${ids.join('|')})$`);
}

function askedBy(body: BlockAction, { domain }: { readonly domain: Asked['domain'] }): Asked {
  return { domain, user: body.user.id, team: body.team?.id ?? body.user.team_id ?? '' };
}

function originOf(bot: Bot, body: BlockAction): Origin {
  const { conversation, responseUrl } = readPlace(body);
  return {
    at: bot.now().getTime(),
    ...(conversation !== undefined && { conversation }),
    ...(responseUrl !== undefined && { responseUrl }),
  };
}
