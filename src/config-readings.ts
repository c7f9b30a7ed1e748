/**
 * How the value of one environment variable is read: text → value, or the end of a sentence that says
 * what is wrong and what to write. Which variables there are, and what they mean together, is left to
 * config.ts.
 */
import { resolve } from 'node:path';
import {
  canonicalAddress,
  dnsPort,
  type Endpoint,
  formatEndpoint,
  isLoopback,
  parseEndpoint,
  parsePort,
} from './check/probes/network.ts';
import { type HostName, parseHost } from './protocol/domain.ts';
import { fail, ok, type Result } from './protocol/result.ts';

/** What one variable says; the problem is the rest of a sentence that begins with its name. */
export type Reading<T> = Result<T, string>;

/** pino's. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Long enough that nobody guesses it while it stands in the open. */
const metricsTokenLength = { min: 16, max: 512 } as const;
/** Slack's signing secrets have 32 characters, a stand-in's may have fewer; a handful would be guessed. */
const signingSecretLength = { min: 8, max: 256 } as const;

/** A message is for one screen. */
const longestShown = 60;

// Secrets: what they look like is told, what they hold is not.

export function botToken(text: string): Reading<string> {
  const wrong = wrongToken(text, 'xoxb-', 'the bot token (OAuth & Permissions → Bot User OAuth Token)');
  return wrong === undefined ? ok(text) : fail(wrong);
}

export function appToken(text: string): Reading<string> {
  const wrong = wrongToken(text, 'xapp-', 'the app-level token (Basic Information → App-Level Tokens)');
  return wrong === undefined ? ok(text) : fail(wrong);
}

function wrongToken(text: string, prefix: 'xoxb-' | 'xapp-', which: string): string | undefined {
  const write = `Write ${which}; it begins with "${prefix}".`;
  if (quoted(text)) return 'has quotation marks around it. Write the token without them.';
  const other = /^(xoxb|xoxp|xoxe\.xoxb|xoxe\.xoxp|xoxe|xoxa|xoxc|xoxs|xoxr|xapp)-/.exec(text)?.[0];
  if (other !== undefined && other !== prefix) return `is a token of another kind, "${other}…". ${write}`;
  if (other === undefined) return `is not a Slack token. ${write}`;
  if (!/^[A-Za-z0-9-]+$/.test(text)) {
    return 'has a character that no token has. Copy it again: letters, digits and "-", nothing else.';
  }
  if (text.length < prefix.length + 4) return 'ends too soon. Copy the whole token.';
  return undefined;
}

export function signingSecret(text: string): Reading<string> {
  const where = 'Basic Information → App Credentials → Signing Secret';
  if (quoted(text)) return fail('has quotation marks around it. Write the secret without them.');
  if (/^(xox|xapp-)/.test(text))
    return fail(`is a token, not the signing secret. Write the one under ${where}.`);
  if (!/^[\x21-\x7e]+$/.test(text)) {
    return fail(`has a blank, a control character or a letter outside ASCII. Copy it again from ${where}.`);
  }
  if (text.length < signingSecretLength.min || text.length > signingSecretLength.max) {
    return fail(`has ${text.length} characters, and Slack's has 32. Copy it again from ${where}.`);
  }
  return ok(text);
}

export function metricsToken(text: string): Reading<string> {
  if (quoted(text)) return fail('has quotation marks around it. Write the token without them.');
  if (/^bearer\s/i.test(text)) return fail('begins with the word Bearer. Write only the token after it.');
  // RFC 6750 §2.1, b64token
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(text)) {
    return fail(
      'has a character that no bearer token may have. Use letters, digits and "-._~+/", as from: openssl rand -hex 24',
    );
  }
  if (text.length < metricsTokenLength.min || text.length > metricsTokenLength.max) {
    const { min, max } = metricsTokenLength;
    return fail(`has ${text.length} characters. Use ${min} to ${max}, as from: openssl rand -hex 24`);
  }
  return ok(text);
}

// Everything else: what was written is told, so that it can be found.

export function apiUrl(text: string): Reading<string> {
  const example = 'Write it like https://slack.com/api/';
  if (!URL.canParse(text)) return fail(`${shown(text)} is not a URL. ${example}`);
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    return fail(`holds a user name or a password. ${example}, and the token in SLACK_BOT_TOKEN.`);
  }
  if (url.search !== '' || url.hash !== '') return fail(`${shown(text)} has a "?" or a "#". ${example}`);
  const local = url.hostname === 'localhost' || isLoopback(url.hostname.replace(/^\[|\]$/g, ''));
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local)) {
    const why =
      'It must be https, because tokens travel there; http only on loopback, such as http://127.0.0.1:4390/api/';
    return fail(`${shown(text)} is not encrypted on its way. ${why}`);
  }
  if (!url.pathname.endsWith('/')) return fail(`${shown(text)} does not end in "/". Write ${url.href}/`);
  return ok(url.href);
}

export function listenHost(text: string): Reading<string> {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  if (canonicalAddress(bare) !== undefined) return ok(bare);
  if (/:[0-9]+$/.test(text))
    return fail(`${shown(text)} holds a port. Write the address here and the port in PORT.`);
  if (text.includes('/'))
    return fail(`${shown(text)} is a URL. Write an address only, such as 0.0.0.0 or 127.0.0.1`);
  if (isHostName(text) && !/^[0-9.]+$/.test(text)) return ok(text);
  return fail(`${shown(text)} is neither an IP address nor a host name. Write it like 0.0.0.0 or 127.0.0.1`);
}

export function listenPort(text: string): Reading<number> {
  const port = text === '0' ? 0 : parsePort(text);
  return port === undefined
    ? fail(`${shown(text)} is not a port. Write a whole number from 0 to 65535, such as 3000`)
    : ok(port);
}

export function folder(text: string): Reading<string> {
  if (text.includes('\0')) return fail('has a zero byte. Write the path of a folder, such as ./data');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    return fail(`${shown(text)} is a URL. Write the path of a folder, such as ./data`);
  return ok(resolve(text));
}

export function ehloName(text: string): Reading<string> {
  const name = text.toLowerCase().replace(/\.$/, '');
  // RFC 5321 §4.1.1.1: a fully qualified name; a bare label or an address makes some hosts refuse.
  if (!isHostName(name) || /^[0-9.]+$/.test(name) || !name.includes('.')) {
    return fail(
      `${shown(text)} is not a full host name. Write this machine's public name, such as check.example.com`,
    );
  }
  return ok(name);
}

export function controlHost(text: string): Reading<HostName> {
  const host = parseHost(text);
  if (host.ok && host.value.includes('.')) return host;
  return fail(
    `${shown(text)} is not the name of an MX host. Write one that is known to answer on port 25, such as mx.example.net`,
  );
}

export function logLevel(text: string): Reading<LogLevel> {
  const level = logLevels.find((known) => known === text.toLowerCase());
  return level === undefined
    ? fail(`${shown(text)} is not a level. Write one of ${logLevels.join(', ')}`)
    : ok(level);
}

export function resolver(text: string): Reading<Endpoint> {
  return naming((item) => parseEndpoint(item, dnsPort))(text);
}

type Detour = readonly [from: string, to: Endpoint];

/** `192.0.2.7:25=127.0.0.1:41007`, or `*:25=…` for every address. */
export function detour(text: string): Reading<Detour> {
  const sides = text.split('=').map((side) => side.trim());
  const [left = '', right = ''] = sides;
  if (sides.length !== 2) {
    return fail(
      `${shown(text)} is not "from=to". Write it like 192.0.2.7:25=127.0.0.1:41007 or *:25=127.0.0.1:1`,
    );
  }
  const from = left.startsWith('*:') ? everyAddress(left) : naming((item) => parseEndpoint(item))(left);
  if (!from.ok) return from;
  const to = naming((item) => parseEndpoint(item))(right);
  if (!to.ok) return to;
  return ok([typeof from.value === 'string' ? from.value : formatEndpoint(from.value), to.value]);
}

function everyAddress(text: string): Reading<string> {
  const port = parsePort(text.slice(2));
  return port === undefined
    ? fail(`${shown(text)} has no usable port. Write a whole number from 1 to 65535 after "*:"`)
    : ok(`*:${port}`);
}

export function onePerTarget(detours: readonly Detour[]): string | undefined {
  const seen = new Set<string>();
  const twice = detours.find(([from]) => seen.size === seen.add(from).size)?.[0];
  return twice === undefined ? undefined : `says twice where ${twice} goes. Keep one of them.`;
}

/** A comma-separated list; one comma at its end is no item. */
export function list<T>(
  item: (text: string) => Reading<T>,
  whole?: (items: readonly T[]) => string | undefined,
) {
  return (text: string): Reading<readonly T[]> => {
    const texts = text
      .replace(/,\s*$/, '')
      .split(',')
      .map((part) => part.trim());
    if (texts.includes(''))
      return fail(`${shown(text)} has an empty item. Separate the items by one comma each.`);
    const items: T[] = [];
    const wrong: string[] = [];
    for (const part of texts) {
      const reading = item(part);
      if (reading.ok) items.push(reading.value);
      else wrong.push(reading.problem);
    }
    if (wrong.length > 0) return fail(wrong.join('. '));
    const problem = whole?.(items);
    return problem === undefined ? ok(items) : fail(problem);
  };
}

/** A reading of one item, whose problem then begins with the item itself. */
export function naming<T>(read: (text: string) => Reading<T>) {
  return (text: string): Reading<T> => {
    const reading = read(text);
    return reading.ok ? reading : fail(`${shown(text)} ${reading.problem}`);
  };
}

/** What was written, for a message: without what may be a secret, without control characters, not endless. */
function shown(text: string): string {
  if (/xox[a-z]|xapp-|@/i.test(text)) return 'what stands there';
  const visible = text.replace(/[\p{C}\p{Z}]/gu, ' ');
  return `"${visible.length > longestShown ? `${visible.slice(0, longestShown)}…` : visible}"`;
}

export function quoted(text: string): boolean {
  return /^["'“”‘’`]|["'“”‘’`]$/.test(text);
}

/** Letters, digits and hyphens in labels of 1 to 63 octets (RFC 1123 §2.1). */
function isHostName(text: string): boolean {
  return (
    text.length <= 253 && text.split('.').every((label) => /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/.test(label))
  );
}
