/** "Check a domain" from App Home and help: which domain, and afterwards where the report comes. */
import type { ModalView } from '@slack/types';
import { type DomainName, displayDomain } from '../../protocol/domain.ts';
import { fail, ok, type Result } from '../../protocol/result.ts';
import { parseTypedDomain } from '../../protocol/typed-domain.ts';
import { domainCharsMax } from '../form.ts';
import { typedText } from '../form-state.ts';
import { actionIds, callbackIds, checkBlocks } from '../ids.ts';
import { code, type Message, paragraph, plain, rich } from './pieces.ts';

const titled = { type: 'modal', callback_id: callbackIds.checkForm, title: plain('Check a domain') } as const;

/** Asks for the domain. */
export function checkModal(): ModalView {
  return {
    ...titled,
    submit: plain('Check'),
    close: plain('Cancel'),
    blocks: [
      {
        type: 'input',
        block_id: checkBlocks.domain,
        label: plain('Domain'),
        hint: plain('What is published is looked at as a sender would. Only you see the report.'),
        element: {
          type: 'plain_text_input',
          action_id: actionIds.checkDomain,
          placeholder: plain('example.com'),
          max_length: domainCharsMax,
          focus_on_load: true,
        },
      },
    ],
  };
}

/** Takes its place when the look has begun: whoever asked in App Home sees no conversation. */
export function checkBegunModal(domain: DomainName): ModalView {
  const where = 'The report comes as a direct message from this app.';
  return {
    ...titled,
    close: plain('Close'),
    blocks: [rich(undefined, paragraph('Checking ', code(displayDomain(domain)), `… ${where}`))],
  };
}

/** Takes its place when there will be no look. */
export function checkRefusedModal({ blocks }: Message): ModalView {
  return { ...titled, close: plain('Close'), blocks };
}

/** The domain of the submitted modal, `payload.view`; or what is wrong, for `response_action: 'errors'`. */
export function readCheck(view: unknown): Result<DomainName, { readonly errors: Record<string, string> }> {
  const typed = parseTypedDomain(typedText(view, checkBlocks.domain, actionIds.checkDomain));
  if (typed.ok) return ok(typed.value.domain);
  return fail({ errors: { [checkBlocks.domain]: typed.problem.message } });
}
