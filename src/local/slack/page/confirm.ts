/** The question before an action that the bot wants confirmed. */

import { useRef } from 'preact/hooks';
import { useDialog } from './dialog.ts';
import { type Drawn, h } from './h.ts';
import { asRecord, asText } from './json.ts';
import { plainText, TextObject } from './text.ts';

export interface ConfirmProps {
  /** Slack's confirmation dialog object. */
  readonly question: unknown;
  answer(agreed: boolean): void;
}

export function Confirm({ question, answer }: ConfirmProps): Drawn {
  const dialog = useRef<HTMLDivElement>(null);
  const { title, text, confirm, deny, style } = asRecord(question);
  const deniedLabel = plainText(deny) || 'Cancel';
  const onKeyDown = useDialog(
    dialog,
    () => answer(false),
    (root) => root.querySelector<HTMLElement>('button'),
  );
  return h(
    'div',
    { class: 'overlay overlay-confirm' },
    h(
      'div',
      {
        ref: dialog,
        class: 'modal modal-small',
        role: 'alertdialog',
        'aria-modal': true,
        'aria-labelledby': 'confirm-title',
        'aria-describedby': 'confirm-text',
        tabIndex: -1,
        onKeyDown,
      },
      h('header', { class: 'modal-head' }, h('h2', { id: 'confirm-title' }, plainText(title))),
      h('div', { class: 'modal-body', id: 'confirm-text' }, h(TextObject, { text })),
      h(
        'footer',
        { class: 'modal-foot' },
        h('button', { type: 'button', class: 'button', onClick: () => answer(false) }, deniedLabel),
        h(
          'button',
          {
            type: 'button',
            class: `button ${asText(style) === 'danger' ? 'danger' : 'primary'}`,
            onClick: () => answer(true),
          },
          plainText(confirm) || 'Yes',
        ),
      ),
    ),
  );
}
