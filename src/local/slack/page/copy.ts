/** A preformatted text with its button: one click, or Enter on it, copies the text exactly. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Drawn, h } from './h.ts';
import { icon } from './icons.ts';

/** How long the button says what it did. */
const toldMs = 2000;

export function CopyBlock({
  text,
  children,
}: {
  readonly text: string;
  readonly children?: ComponentChildren;
}): Drawn {
  return h(
    'div',
    { class: 'pre' },
    // Long lines scroll sideways: the block must be reachable for that without a mouse.
    h(
      'pre',
      { tabIndex: 0, role: 'group', 'aria-label': 'Preformatted text' },
      h('code', null, children ?? text),
    ),
    h(CopyButton, { text }),
  );
}

export function CopyButton({
  text,
  label = 'Copy',
}: {
  readonly text: string;
  readonly label?: string;
}): Drawn {
  const [told, setTold] = useState<'copied' | 'failed' | undefined>();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async (): Promise<void> => {
    const done = await copyText(text);
    setTold(done ? 'copied' : 'failed');
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setTold(undefined), toldMs);
  };
  const words = { copied: 'Copied', failed: 'Select and copy by hand' } as const;
  return h(
    'button',
    { type: 'button', class: `copy${told === 'copied' ? ' copied' : ''}`, onClick: () => void copy() },
    icon(told === 'copied' ? 'check' : 'copy'),
    h('span', { 'aria-live': 'polite' }, told === undefined ? label : words[told]),
  );
}

/** The clipboard, or where the browser withholds it the old way through a selection. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'off-screen';
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
