/** A person's initials on a colour of their own; the bot has a shield. */
import { type Drawn, h } from './h.ts';
import { icon } from './icons.ts';
import type { PageUser } from './protocol.ts';

/** How many colours blocks.css has for avatars. */
const hues = 6;

export function Avatar({
  user,
  small = false,
}: {
  readonly user: PageUser | undefined;
  readonly small?: boolean;
}): Drawn {
  const size = small ? ' avatar-small' : '';
  if (user?.isBot === true)
    return h('span', { class: `avatar avatar-app${size}`, 'aria-hidden': true }, icon('shield'));
  const name = user?.realName || user?.name || '?';
  const hue =
    [...(user?.id ?? '')].reduce((sum, character) => sum * 31 + (character.codePointAt(0) ?? 0), 7) % hues;
  return h('span', { class: `avatar avatar-${Math.abs(hue)}${size}`, 'aria-hidden': true }, initials(name));
}

function initials(name: string): string {
  const [called = ''] = name.split(',');
  const words = called.trim().split(/\s+/);
  const letters = words.length === 1 ? [words[0]] : [words[0], words.at(-1)];
  return letters
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toUpperCase();
}
