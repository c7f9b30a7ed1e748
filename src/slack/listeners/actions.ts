/** Buttons and fields: those of the form, those of the records, and the one that starts. */
import type { App, BlockAction } from '@slack/bolt';
import { problemMessage } from '../blocks/notices.ts';
import { shareModal } from '../blocks/share-modal.ts';
import type { Bot } from '../bot.ts';
import { blankForm, editForm, type Form, startLookup, useHere, useOffer } from '../form.ts';
import { readForm } from '../form-state.ts';
import { actionIds } from '../ids.ts';
import { changeForm, openForm, openView } from '../open-form.ts';
import { readPlace, readPressed, readSentView } from '../payload.ts';
import { sendPolicyFile } from '../policy-file.ts';
import { tell } from '../private-answer.ts';
import { type Records, readRecords } from '../records.ts';

export function registerActions(app: App, bot: Bot): void {
  onForm(actionIds.domain, (form) => startLookup(form).form);
  onForm(actionIds.lookUp, (form) => startLookup(form).form);
  onForm(actionIds.useTight, (form) => useOffer(form, 'tight'));
  onForm(actionIds.useVendor, (form) => useOffer(form, 'vendor'));
  onForm(actionIds.postHere, useHere);
  // Reading the form back has shown or hidden the field for the seconds already.
  onForm(actionIds.maxAge, (form) => form);

  onRecords(actionIds.editRecords, (records, body) => {
    const { conversation, responseUrl } = readPlace(body);
    const origin = {
      at: bot.now().getTime(),
      ...(conversation !== undefined && { conversation }),
      ...(responseUrl !== undefined && { responseUrl }),
    };
    return openForm(bot, readPlace(body), body.trigger_id, editForm(records, origin));
  });
  onRecords(actionIds.shareRecords, async (records, body) => {
    await openView(bot, readPlace(body), body.trigger_id, shareModal(records));
  });
  onRecords(actionIds.fileOfRecords, (records, body) =>
    sendPolicyFile(bot, body.user.id, readPlace(body), records),
  );

  app.action<BlockAction>(actionIds.start, async ({ ack, body }) => {
    await ack();
    const { conversation, responseUrl } = readPlace(body);
    const origin = {
      at: bot.now().getTime(),
      ...(conversation !== undefined && { conversation }),
      ...(responseUrl !== undefined && { responseUrl }),
    };
    await openForm(bot, readPlace(body), body.trigger_id, blankForm(origin));
  });

  function onForm(actionId: string, change: (form: Form) => Form): void {
    app.action<BlockAction>(actionId, async ({ ack, body }) => {
      await ack();
      const shown = readSentView(body.view);
      if (shown !== undefined) await changeForm(bot, shown, change(readForm(body.view)));
    });
  }

  function onRecords(actionId: string, act: (records: Records, body: BlockAction) => Promise<void>): void {
    app.action<BlockAction>(actionId, async ({ ack, body }) => {
      await ack();
      const records = readRecords(readPressed(body));
      if (records.ok) await act(records.value, body);
      else await tell(bot, readPlace(body), problemMessage(records.problem));
    });
  }
}
