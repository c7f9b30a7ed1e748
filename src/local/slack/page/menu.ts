/** A button that opens a menu: the app's shortcuts beside the composer, a channel's, an overflow menu's. */
import type { TargetedFocusEvent, TargetedKeyboardEvent } from 'preact';
import { useContext, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Drawn, h } from './h.ts';
import { type IconName, icon, spinner } from './icons.ts';
import type { PageState } from './protocol.ts';
import { RoomContext } from './surface.ts';

export interface MenuItem {
  readonly key: string;
  readonly title: string;
  readonly about?: string | undefined;
  /** Opens this address as well. */
  readonly href?: string | undefined;
  readonly onPick: () => void;
}

export interface MenuProps {
  /** The name of the button and of the menu. */
  readonly label: string;
  /** Stands above the items; an overflow menu has none. */
  readonly title?: string;
  readonly icon: IconName;
  readonly items: readonly MenuItem[];
  /** What stands there without items. */
  readonly empty?: string;
  /** Where it unfolds; up where the button stands at the bottom of the window. */
  readonly unfolds: 'up' | 'down';
  readonly busy?: boolean;
  readonly buttonId?: string;
  readonly action?: string;
}

export function Menu({
  label,
  title: heading,
  icon: name,
  items,
  empty = '',
  unfolds,
  busy,
  buttonId,
  action,
}: MenuProps): Drawn {
  const [open, setOpen] = useState<'left' | 'right' | undefined>();
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (open === undefined) return;
    const menu = root.current?.querySelector<HTMLElement>('.menu');
    if (menu) keepInWindow(menu);
    itemsOf(root.current)[0]?.focus();
    menu?.scrollIntoView({ block: 'nearest' });
  }, [open]);

  const close = (): void => {
    setOpen(undefined);
    button.current?.focus();
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
    const all = itemsOf(root.current);
    const at = all.indexOf(document.activeElement as HTMLElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (open === undefined) return;
    if (event.key === 'Escape') close();
    else if (step !== undefined) all[(at + step + all.length) % all.length]?.focus();
    else return;
    // A form around it stays open.
    event.stopPropagation();
    event.preventDefault();
  };
  const onFocusOut = (event: TargetedFocusEvent<HTMLDivElement>): void => {
    if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOpen(undefined);
  };
  const draw = ({ key, title, about, href, onPick }: MenuItem): Drawn => {
    const attributes = {
      key,
      role: 'menuitem',
      class: 'menu-item',
      tabIndex: -1,
      onClick: () => {
        close();
        onPick();
      },
    } as const;
    const content = [h('strong', null, title), about === undefined ? null : h('span', null, about)];
    return href === undefined
      ? h('button', { ...attributes, type: 'button' }, content)
      : h('a', { ...attributes, href, target: '_blank', rel: 'noopener noreferrer' }, content);
  };

  return h(
    'div',
    { class: 'menu-root', ref: root, onKeyDown, onFocusOut },
    h(
      'button',
      {
        type: 'button',
        ref: button,
        id: buttonId,
        'data-action': action,
        class: 'icon-button',
        title: label,
        'aria-label': label,
        'aria-haspopup': 'menu',
        'aria-expanded': open !== undefined,
        'aria-busy': busy || undefined,
        onClick: (event) => setOpen(open === undefined ? sideOf(event.currentTarget) : undefined),
      },
      busy === true ? spinner() : icon(name, name === 'more' ? 'icon-dots' : ''),
    ),
    open === undefined
      ? null
      : h(
          'div',
          { class: `menu menu-${unfolds} menu-${open}`, role: 'menu', 'aria-label': label },
          heading === undefined ? null : h('p', { class: 'menu-title', role: 'presentation' }, heading),
          items.length === 0 ? h('p', { class: 'hint' }, empty) : null,
          items.map(draw),
        ),
  );
}

/** The menu of the app's global shortcuts, beside the composer. */
export function ShortcutMenu({ shortcuts }: { readonly shortcuts: PageState['shortcuts'] }): Drawn {
  const room = useContext(RoomContext);
  const items = shortcuts.map(({ callbackId, name, description }) => ({
    key: callbackId,
    title: name,
    about: description,
    onPick: () => void room.send({ kind: 'shortcut', user: room.me, callbackId }),
  }));
  const empty = 'The app has no global shortcut.';
  return h(Menu, { label: 'Shortcuts', title: 'Shortcuts', icon: 'bolt', items, empty, unfolds: 'up' });
}

/** The edge at which button and menu stand together, so that the menu stays in what surrounds them. */
function sideOf(button: HTMLElement): 'left' | 'right' {
  const around = button.closest('.modal, .main')?.getBoundingClientRect();
  const { left, right } = button.getBoundingClientRect();
  return around !== undefined && left + right > around.left + around.right ? 'right' : 'left';
}

/** How near to the edge of the window a menu may come, in pixels. */
const edge = 8;

/** In a narrow window it would stick out at the other side. */
function keepInWindow(menu: HTMLElement): void {
  const { left, right } = menu.getBoundingClientRect();
  const shift = Math.max(edge - left, 0) - Math.max(right - (innerWidth - edge), 0);
  if (shift !== 0) menu.style.translate = `${shift}px 0`;
}

function itemsOf(root: HTMLElement | null): HTMLElement[] {
  return [...(root?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
}
