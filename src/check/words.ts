/** Names and records as a sentence holds them: lists, chains of aliases, and a record that is to move. */
import { quote } from '../protocol/characters.ts';

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

/** No character string of a TXT record is longer. */
const recordShown = 255;

/** The remedy for a record at another name than this one: word for word, where it can be shown so. */
export function moveTo(name: string, text: string | undefined): string {
  return text === undefined || quote(text, recordShown) !== `\`${text}\``
    ? `Publish it at \`${name}\` instead.`
    : `Publish a TXT record at \`${name}\` with \`${text}\`. Then remove the other.`;
}
