/** The registry of topics, in the order help lists them, and how a typed word finds one. */
import { closest } from 'fastest-levenshtein';
import { dane } from './dane.ts';
import { dmarc } from './dmarc.ts';
import { hosting, hostingOn } from './hosting.ts';
import { maxAge } from './max-age.ts';
import { modes } from './modes.ts';
import { mxChange } from './mx-change.ts';
import { removal } from './removal.ts';
import { rollout } from './rollout.ts';
import { subdomains } from './subdomains.ts';
import { tlsRpt } from './tls-rpt.ts';
import type { Topic } from './topic.ts';

export const topics: readonly Topic[] = [
  hosting,
  rollout,
  mxChange,
  removal,
  modes,
  maxAge,
  tlsRpt,
  dmarc,
  dane,
  subdomains,
];

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

// Help lists `topics`; the recipes are found by the name of their server besides.
const byKey: ReadonlyMap<string, Topic> = new Map(
  [...topics, ...hostingOn].flatMap((topic) =>
    [topic.name, ...topic.aliases].map((word) => [keyOf(word), topic]),
  ),
);
