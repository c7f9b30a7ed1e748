/** Which field of a policy a name was meant to be: names that senders do not know, and people write. */
import { distance } from 'fastest-levenshtein';
import type { KnownKey } from './policy-faults.ts';

export interface Intended {
  readonly key: KnownKey;
  readonly how: 'exact' | 'case' | 'misspelt';
}

const exact: ReadonlySet<string> = new Set<KnownKey>(['version', 'mode', 'mx', 'max_age']);

/** Letters and digits only, in lower case. The edit distance says nothing about names as short as `mx`. */
const aliases: Readonly<Record<string, KnownKey>> = {
  v: 'version',
  ver: 'version',
  stsversion: 'version',
  policyversion: 'version',
  stsmode: 'mode',
  policymode: 'mode',
  mxs: 'mx',
  mxx: 'mx',
  xm: 'mx',
  mxhost: 'mx',
  mxhosts: 'mx',
  mxrecord: 'mx',
  mxrecords: 'mx',
  mxpattern: 'mx',
  mxpatterns: 'mx',
  mxserver: 'mx',
  maxage: 'max_age',
  maxages: 'max_age',
  maxageseconds: 'max_age',
  age: 'max_age',
};

/** Undefined for a name that resembles none of the four. */
export function intendedKey(name: string): Intended | undefined {
  if (exact.has(name)) return { key: name as KnownKey, how: 'exact' };
  // Longer names are no slips of the pen, and the distance takes time by their length.
  if (name.length > 16 || !/^[A-Za-z0-9 \t_.-]+$/.test(name)) return undefined;
  const lower = name.toLowerCase();
  if (exact.has(lower)) return { key: lower as KnownKey, how: 'case' };
  const letters = lower.replace(/[^a-z0-9]/g, '');
  const alias = Object.hasOwn(aliases, letters) ? aliases[letters] : undefined;
  if (alias !== undefined) return { key: alias, how: 'misspelt' };
  if (letters === 'version' || letters === 'mode' || letters === 'mx' || /^mx[0-9]{1,2}$/.test(letters)) {
    return { key: letters.startsWith('mx') ? 'mx' : (letters as KnownKey), how: 'misspelt' };
  }
  if (letters.length >= 3 && distance(letters, 'mode') <= 1) return { key: 'mode', how: 'misspelt' };
  if (distance(letters, 'maxage') <= 2 && letters.length >= 5) return { key: 'max_age', how: 'misspelt' };
  if (distance(letters, 'version') <= 2 && letters.length >= 5) return { key: 'version', how: 'misspelt' };
  return undefined;
}
