/** Short notes at the edge of the window, such as "the app did not respond"; they leave by themselves. */

import { useEffect, useRef } from 'preact/hooks';
import { type Drawn, h } from './h.ts';
import { icon } from './icons.ts';

export interface Note {
  readonly id: number;
  readonly text: string;
  readonly failed: boolean;
}

/** Long enough to read three lines. */
const shownMs = 9000;

export function Toasts({
  notes,
  onClose,
}: {
  readonly notes: readonly Note[];
  readonly onClose: (id: number) => void;
}): Drawn {
  return h(
    'div',
    { class: 'toasts', role: 'status', 'aria-live': 'polite' },
    notes.map((note) => h(Toast, { key: note.id, note, onClose })),
  );
}

function Toast({ note, onClose }: { readonly note: Note; readonly onClose: (id: number) => void }): Drawn {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const leaveLater = (): void => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onClose(note.id), shownMs);
  };
  useEffect(() => {
    leaveLater();
    return () => clearTimeout(timer.current);
  }, []);
  return h(
    'div',
    {
      class: `toast${note.failed ? ' toast-failed' : ''}`,
      onMouseEnter: () => clearTimeout(timer.current),
      onMouseLeave: leaveLater,
    },
    icon(note.failed ? 'alert' : 'info'),
    h('p', null, note.text),
    h(
      'button',
      { type: 'button', class: 'icon-button', 'aria-label': 'Dismiss', onClick: () => onClose(note.id) },
      icon('close'),
    ),
  );
}
