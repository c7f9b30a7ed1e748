/** Names and records as a sentence holds them: lists, chains of aliases, and which record can be given word for word. */
import { quote } from '../protocol/characters.ts';

/** No character string of a TXT record is longer. */
const recordShown = 255;

/** Whether a record can be given word for word, to be published so. */
export function isShownWhole(text: string): boolean {
  return quote(text, recordShown) === `\`${text}\``;
}

/**
 * `a`, `a and b`, `a, b and 3 more`: of more than `max` the first ones, each as `spell` writes it, which the
 * others are spared.
 */
export function inWords(items: readonly string[], max = 5, spell = (item: string) => item): string {
  const shown = items.slice(0, max).map(spell);
  const more = items.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** `_mta-sts.example.com → a.example.net → b.example.net`: more hops than a person follows are cut. */
export function chainOf({ name, aliases }: { name: string; aliases: readonly string[] }): string {
  const hops = [name, ...aliases];
  return hops.length <= 6 ? hops.join(' → ') : `${hops.slice(0, 5).join(' → ')} → … → ${hops.at(-1)}`;
}
