/** A time zone as people type it: its IANA name, or the city in it. PURE. */
import { distance } from 'fastest-levenshtein';
import { quote } from '../protocol/characters.ts';
import { fail, ok, type Result } from '../protocol/result.ts';

/** Where nobody has named one. */
export const defaultTimeZone = 'UTC';

/** The longest name has 32 letters; what is longer is no slip of the finger. */
export const timeZoneCharsMax = 60;

/** More letters than this apart, two cities are different cities; short words such as CET are no slips at all. */
const slipsMax = 2;
const shortMax = 4;

/** In a name that is known, as IANA writes it; else what to write, in a sentence or two. */
export function parseTimeZone(typed: string): Result<string, { readonly message: string }> {
  const text = typed.trim().replace(/\s+/g, '_');
  if (text === '') {
    return fail({ message: 'Name the time zone, such as `Europe/Berlin`, or `UTC`.' });
  }
  if (/^(?:utc|gmt|z|etc\/utc)$/i.test(text)) return ok(defaultTimeZone);
  const found = known().get(text.toLowerCase());
  if (found !== undefined) return ok(found);
  // Names that were renamed, such as Asia/Calcutta, are taken as they are.
  if (text.includes('/') && isTimeZone(text)) return ok(text);
  const nearest = nearestTimeZone(text);
  const hint =
    nearest === undefined ? 'Write one such as `Europe/Berlin`, or `UTC`.' : `Write \`${nearest}\`.`;
  return fail({ message: `${quote(typed.trim(), 40)} is not the name of a time zone. ${hint}` });
}

/** Lower case to the name; the list is part of Node and costs some milliseconds, once. */
let names: ReadonlyMap<string, string> | undefined;
function known(): ReadonlyMap<string, string> {
  names ??= new Map(Intl.supportedValuesOf('timeZone').map((name) => [name.toLowerCase(), name]));
  return names;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** By the city, which is what people remember: `berlin`, `New York`, `Europe/Berlni`. */
function nearestTimeZone(text: string): string | undefined {
  if (text.length > timeZoneCharsMax) return undefined;
  const typed = text.toLowerCase();
  const max = typed.length <= shortMax ? 0 : slipsMax;
  const cityOf = (name: string) => name.slice(name.lastIndexOf('/') + 1);
  const [best] = [...known()]
    .map(([lower, name]) => ({
      name,
      slips: Math.min(distance(typed, lower), distance(cityOf(typed), cityOf(lower))),
    }))
    .filter(({ slips }) => slips <= max)
    .toSorted((left, right) => left.slips - right.slips);
  return best?.name;
}
