/** The menu of the app's global shortcuts, beside the composer. */
import type { TargetedFocusEvent, TargetedKeyboardEvent } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { type Drawn, h } from './h.ts';
import { icon } from './icons.ts';
import type { PageState } from './protocol.ts';
import { RoomContext } from './surface.ts';

export function ShortcutMenu({ shortcuts }: { readonly shortcuts: PageState['shortcuts'] }): Drawn {
  const room = useContext(RoomContext);
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (open) items(root.current)[0]?.focus();
  }, [open]);

  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
    const all = items(root.current);
    const at = all.indexOf(document.activeElement as HTMLElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape' && open) close();
    else if (step !== undefined && open) all[(at + step + all.length) % all.length]?.focus();
    else return;
    event.preventDefault();
  };
  const onFocusOut = (event: TargetedFocusEvent<HTMLDivElement>): void => {
    if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOpen(false);
  };

  return h(
    'div',
    { class: 'menu-root', ref: root, onKeyDown, onFocusOut: onFocusOut },
    h(
      'button',
      {
        type: 'button',
        ref: button,
        class: 'icon-button',
        title: 'Shortcuts',
        'aria-label': 'Shortcuts',
        'aria-haspopup': 'menu',
        'aria-expanded': open,
        onClick: () => setOpen(!open),
      },
      icon('bolt'),
    ),
    open
      ? h(
          'div',
          { class: 'menu', role: 'menu', 'aria-label': 'Shortcuts' },
          h('p', { class: 'menu-title', role: 'presentation' }, 'Shortcuts'),
          shortcuts.length === 0 ? h('p', { class: 'hint' }, 'The app has no global shortcut.') : null,
          shortcuts.map((shortcut) =>
            h(
              'button',
              {
                type: 'button',
                role: 'menuitem',
                class: 'menu-item',
                tabIndex: -1,
                onClick: () => {
                  close();
                  void room.send({ kind: 'shortcut', user: room.me, callbackId: shortcut.callbackId });
                },
              },
              h('strong', null, shortcut.name),
              h('span', null, shortcut.description),
            ),
          ),
        )
      : null,
  );
}

function items(root: HTMLElement | null): HTMLElement[] {
  return [...(root?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
}
