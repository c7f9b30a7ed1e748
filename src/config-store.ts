/**
 * How the variables of the store are read: where the database is, and the keys for what is stored encrypted. Both are
 * secrets: what they look like is told, what they hold is not. Whether the database answers is left to the store.
 */
import { resolve } from 'node:path';
import { ConfigError, type ConfigProblem, cleaned, type Environment } from './config-network.ts';
import { folder, list, quoted, type Reading } from './config-readings.ts';
import { fail, ok } from './protocol/result.ts';

export interface StoreVariables {
  /** An absolute path: where the embedded database is. */
  readonly dataDir: string;
  /** A server instead of it; holds its password. */
  readonly databaseUrl: string | undefined;
  /** Other programs for the embedded database than the npm package's. */
  readonly pgBin: string | undefined;
}

/** Where the database is, for programs that need nothing else. Throws a ConfigError. */
export function readStoreVariables(env: Environment): StoreVariables {
  const given = cleaned(env);
  const problems: ConfigProblem[] = [];
  const take = (name: string, read: (text: string) => Reading<string>) => {
    const text = given[name];
    if (text === undefined) return undefined;
    const reading = read(text);
    if (reading.ok) return reading.value;
    problems.push({ variables: [name], text: reading.problem });
    return undefined;
  };
  const dataDir = take('DATA_DIR', folder) ?? resolve('data');
  const url = take('DATABASE_URL', databaseUrl);
  const pgBin = take('PG_BIN', folder);
  if (problems.length > 0) throw new ConfigError(problems);
  return { dataDir, databaseUrl: url, pgBin };
}

const example = 'Write it like postgres://user:password@host:5432/database.';
const encode =
  'In a user name or password, write "#", "/", "?", "%", "@" and ":" as %23, %2F, %3F, %25, %40 and %3A.';
/** libpq's, without the two that may or may not encrypt. */
const sslModes = ['disable', 'require', 'verify-ca', 'verify-full'];

/** A URL as psql takes it; its host may be a folder with the server's socket. */
export function databaseUrl(text: string): Reading<string> {
  if (quoted(text)) return fail('has quotation marks around it. Write the URL without them.');
  if (/\s/.test(text)) return fail(`has a blank in it. ${example} A blank in a password is %20.`);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return fail(`is not a URL. ${example}`);
  if (scheme !== 'postgres' && scheme !== 'postgresql') {
    return fail(`names a database of another kind, "${scheme}:". The bot works with PostgreSQL. ${example}`);
  }
  if (/^[^?]*#/.test(text)) return fail(`has a "#". ${encode}`);
  const authority = /\/\/([^/?]*)/.exec(text)?.[1] ?? '';
  const [userInfo, hosts] = apart(authority);
  if (hosts.includes(',')) {
    return fail('names several hosts. Write the one that takes writing, or a name that leads to it.');
  }
  // No host behind a user is not a URL to Node, and is one to libpq.
  const filled = hosts === '' ? text.replace(`//${authority}`, (given) => given + placeholder) : text;
  if (!URL.canParse(filled) || !decodes(userInfo))
    return fail(`cannot be read as a URL. ${example} ${encode}`);
  return readUrl(text, new URL(filled));
}

/** Stands where no host is written. */
const placeholder = 'host.invalid';

/** User and password, and what follows them. */
function apart(authority: string): readonly [userInfo: string, hosts: string] {
  const at = authority.lastIndexOf('@');
  return [authority.slice(0, Math.max(0, at)), authority.slice(at + 1)];
}

function readUrl(text: string, url: URL): Reading<string> {
  const asked = url.searchParams;
  if (url.hostname === placeholder && !asked.has('host')) {
    return fail(`names no host. ${example} Or like postgres:///database?host=/run/postgresql.`);
  }
  if (!/^\/[^/]/.test(url.pathname)) return fail(`names no database. ${example}`);
  const mode = asked.get('sslmode');
  if (mode !== null && !sslModes.includes(mode)) {
    const why = /^(allow|prefer)$/.test(mode) ? ', which may send everything in the clear' : '';
    return fail(`has an sslmode that the bot does not take${why}. Write one of ${sslModes.join(', ')}.`);
  }
  const authority = asked.get('sslrootcert');
  if (mode === 'verify-ca' && (authority === null || authority === 'system')) {
    return fail(
      'has sslmode=verify-ca without an authority of your own. Add &sslrootcert=/path/of/authority.pem, or write verify-full.',
    );
  }
  return ok(text);
}

function decodes(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** AES-256's. */
const keyBytes = 32;
/** 32 random bytes have at least 20 different ones in all but one of a thousand million keys. */
const differentBytesMin = 16;
const howToMake = 'Make one with: openssl rand -base64 32';

/** Keys of 32 bytes: the first encrypts, all of them decrypt. */
export function secretsKeys(text: string): Reading<readonly Uint8Array[]> {
  // Told here, because a list shows what was written.
  if (/^\s*,|,\s*,/.test(text)) return fail('has an empty item. Separate the keys by one comma each.');
  return list(secretsKey, (keys) =>
    new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size < keys.length
      ? 'has the same key twice. Keep one of them.'
      : undefined,
  )(text);
}

function secretsKey(text: string): Reading<Uint8Array> {
  if (quoted(text)) return fail('has quotation marks around it. Write the key without them.');
  if (/^[0-9a-f]{64}$/i.test(text)) return fail(`is hexadecimal, and base64 is read here. ${howToMake}`);
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text))
    return fail(`has a character that base64 does not have. ${howToMake}`);
  const key = Buffer.from(text, 'base64');
  if (key.length !== keyBytes)
    return fail(`has ${key.length} bytes, and a key has ${keyBytes}. ${howToMake}`);
  if (new Set(key).size < differentBytesMin) return fail(`is not random, so it can be guessed. ${howToMake}`);
  return ok(key);
}
