/** The registry of topics, in the order help lists them, and how a typed word finds one. */
import { closest } from 'fastest-levenshtein';
import { maxAge } from './max-age.ts';
import type { Topic } from './topic.ts';

export const topics: readonly Topic[] = [maxAge];

/** The topic of a name or another word for it, however it is cased, spaced or hyphenated. */
export function findTopic(word: string): Topic | undefined {
  return byKey.get(keyOf(word));
}

/** The name of the topic whose name or other word is nearest to what was typed. There always is one. */
export function nearestTopic(word: string): string {
  const key = closest(keyOf(word), [...byKey.keys()]);
  return byKey.get(key)?.name ?? key;
}

function keyOf(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, '');
}

const byKey: ReadonlyMap<string, Topic> = new Map(
  topics.flatMap((topic) => [topic.name, ...topic.aliases].map((word) => [keyOf(word), topic])),
);
