/** One view of a modal: its blocks between a title and buttons that are always in sight. */
import type { TargetedEvent, TargetedKeyboardEvent } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { Blocks } from './blocks.ts';
import { useDialog } from './dialog.ts';
import { type Drawn, h } from './h.ts';
import { IconButton, icon, spinner } from './icons.ts';
import { refusedInputs } from './inputs.ts';
import type { PageView } from './protocol.ts';
import { RoomContext, useSurface } from './surface.ts';

export interface ModalProps {
  readonly view: PageView;
  /** The title of the view below it, to which closing leads back. */
  readonly below: string | undefined;
  /** Only the top view of the stack is shown; the others keep what was typed. */
  readonly top: boolean;
  readonly appName: string;
}

export function Modal({ view, below, top, appName }: ModalProps): Drawn {
  const room = useContext(RoomContext);
  const surface = useSurface(`view-${view.id}`, { kind: 'view', viewId: view.id }, view.blocks);
  const dialog = useRef<HTMLDivElement>(null);
  const [sending, setSending] = useState(false);
  const [refused, setRefused] = useState<Readonly<Record<string, string>>>({});
  const [note, setNote] = useState('');
  const [attempts, setAttempts] = useState(0);
  const errors = { ...view.errors, ...refused };

  const close = (): void => void room.send({ kind: 'close', user: room.me, viewId: view.id });
  const onKeyDown = useDialog(dialog, close, firstInput);
  useEffect(() => focusError(dialog.current), [view.errors, attempts]);

  const submit = async (): Promise<void> => {
    if (sending || view.submit === null) return;
    setNote('');
    const inputs = surface.current();
    const wrong = refusedInputs(view.blocks, inputs);
    setRefused(wrong);
    if (Object.keys(wrong).length === 0) {
      setSending(true);
      const answer = await room.send({ kind: 'submit', user: room.me, viewId: view.id, inputs });
      setSending(false);
      if (!answer.ok) setNote(answer.note);
    }
    setAttempts((count) => count + 1);
  };

  const onFormKey = (event: TargetedKeyboardEvent<HTMLFormElement>): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  };
  const titleId = `title-${view.id}`;
  const form = {
    class: 'modal-form',
    noValidate: true,
    onKeyDown: onFormKey,
    onSubmit: (event: TargetedEvent<HTMLFormElement>) => {
      event.preventDefault();
      void submit();
    },
  };
  return h(
    'div',
    { class: 'overlay', hidden: !top, onMouseDown: keepFocus },
    h(
      'div',
      {
        ref: dialog,
        class: 'modal',
        role: 'dialog',
        'aria-modal': true,
        'aria-labelledby': titleId,
        tabIndex: -1,
        onKeyDown,
      },
      h(
        'form',
        { ...form, 'aria-busy': sending || undefined },
        h(
          'header',
          { class: 'modal-head' },
          below === undefined
            ? h('span', { class: 'modal-app' }, icon('shield'))
            : h(IconButton, { name: 'back', label: `Back to ${below}`, onClick: close }),
          h('h2', { id: titleId }, view.title),
          h(IconButton, { name: 'close', label: 'Close', onClick: close }),
        ),
        h(
          'div',
          { class: 'modal-body' },
          h(Blocks, { blocks: view.blocks, surface: { ...surface, errors } }),
        ),
        h(
          'div',
          { role: 'alert', class: 'modal-note' },
          note === '' ? null : [icon('alert'), h('span', null, note)],
        ),
        h(
          'footer',
          { class: 'modal-foot' },
          h('span', { class: 'modal-by' }, `by ${appName}`),
          h('button', { type: 'button', class: 'button', onClick: close }, view.close),
          view.submit === null ? null : h(SubmitButton, { label: view.submit, sending }),
        ),
      ),
    ),
  );
}

/** Stays in the order of Tab while it waits; a second press does nothing then. */
function SubmitButton({ label, sending }: { readonly label: string; readonly sending: boolean }): Drawn {
  return h(
    'button',
    { type: 'submit', class: 'button primary', 'aria-disabled': sending || undefined },
    sending ? spinner() : null,
    h('span', null, label),
  );
}

/** A press beside the dialog must not take the focus out of it. */
function keepFocus(event: TargetedEvent<HTMLElement>): void {
  if (event.target === event.currentTarget) event.preventDefault();
}

function firstInput(root: HTMLElement): HTMLElement | null {
  return root.querySelector<HTMLElement>('.modal-body :is(input, select, textarea)');
}

function focusError(root: HTMLElement | null): void {
  const field = root?.querySelector('.field-wrong');
  field?.querySelector<HTMLElement>('input, select, textarea')?.focus();
  field?.scrollIntoView({ block: 'nearest' });
}
