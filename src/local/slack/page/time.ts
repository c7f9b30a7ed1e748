/** Instants as people read them: English words, the reader's own time zone and clock. */

const locale = englishOf(globalThis.navigator?.languages ?? []);

const format = (options: Intl.DateTimeFormatOptions): ((at: Date) => string) => {
  const { format: write } = new Intl.DateTimeFormat(locale, options);
  return (at) => write(at);
};

export const clockTime = format({ hour: 'numeric', minute: '2-digit' });
export const exactTime = format({ dateStyle: 'full', timeStyle: 'medium' });
const dayAndMonth = format({ weekday: 'long', day: 'numeric', month: 'long' });
const withYear = format({ day: 'numeric', month: 'long', year: 'numeric' });
const shortDay = format({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
const numericDay = format({ year: 'numeric', month: '2-digit', day: '2-digit' });
const withSeconds = format({ hour: 'numeric', minute: '2-digit', second: '2-digit' });

/** The first English among the reader's languages; browsers name some that are no language tags (`en-US@posix`). */
export function englishOf(languages: readonly string[]): string {
  const valid = (language: string): boolean => /^en(-[A-Za-z0-9]{2,8})*$/.test(language);
  return languages.find(valid) ?? 'en-GB';
}

/** The instant of a message's `ts`, such as `1779552000.000100`. */
export function instantOf(ts: string): Date {
  return new Date(Number(ts) * 1000);
}

/** "Today", "Yesterday", or the day. */
export function dayName(at: Date, now: Date): string {
  const days = Math.round((startOfDay(now) - startOfDay(at)) / 86_400_000);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return at.getFullYear() === now.getFullYear() ? dayAndMonth(at) : withYear(at);
}

export function startOfDay(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** Fills the `{tokens}` of Slack's date format. */
export function slackDate(atSeconds: number, pattern: string, now: Date): string {
  const at = new Date(atSeconds * 1000);
  const name = dayName(at, now);
  const pretty = (day: string): string =>
    name === 'Today' || name === 'Yesterday' ? name.toLowerCase() : day;
  const tokens: Readonly<Record<string, () => string>> = {
    date_num: () => numericDay(at),
    date: () => withYear(at),
    date_short: () => shortDay(at),
    date_long: () => `${dayAndMonth(at)} ${at.getFullYear()}`,
    date_pretty: () => pretty(withYear(at)),
    date_short_pretty: () => pretty(shortDay(at)),
    date_long_pretty: () => pretty(dayAndMonth(at)),
    time: () => clockTime(at),
    time_secs: () => withSeconds(at),
    ago: () => agoText(Math.round((now.getTime() - at.getTime()) / 1000)),
  };
  return pattern.replace(/\{([a-z_]+)\}/g, (whole, token: string) =>
    Object.hasOwn(tokens, token) ? (tokens[token]?.() ?? whole) : whole,
  );
}

function agoText(seconds: number): string {
  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  if (Math.abs(seconds) < 60) return 'just now';
  if (Math.abs(seconds) < 3600) return relative.format(-Math.round(seconds / 60), 'minute');
  if (Math.abs(seconds) < 86_400) return relative.format(-Math.round(seconds / 3600), 'hour');
  return relative.format(-Math.round(seconds / 86_400), 'day');
}
