/**
 * From what the driver throws to what the store says: it does not answer now, or somebody has to do something first.
 * Everything else is a bug of ours and stays what it was.
 */
import type { Whereabouts } from './reach.ts';
import { StoreRefused, StoreUnavailable } from './store.ts';

/** The database as whoever starts the bot knows it; holds no password. */
export interface Place {
  /** The variable, or option of a command, that says where it is. */
  readonly variable: 'DATABASE_URL' | 'DATA_DIR' | '--to';
  /** `host:port`, or a folder. */
  readonly where: string;
  readonly user: string;
  readonly database: string;
}

/** For messages before it is known. */
export function placeUnknown({ dataDir, databaseUrl, option }: Whereabouts): Place {
  if (databaseUrl === undefined) return { variable: 'DATA_DIR', where: dataDir, user: '', database: '' };
  return { variable: option ?? 'DATABASE_URL', where: 'the server', user: '', database: '' };
}

/** A query that took too long, or whose connection broke: nobody knows whether the server still does it. */
export class QueryLimitError extends Error {
  override readonly name = 'QueryLimitError';
}

/** Undefined for a bug of ours. */
export function problemOf(error: unknown, place: Place): StoreUnavailable | StoreRefused | undefined {
  if (error instanceof StoreUnavailable || error instanceof StoreRefused) return error;
  if (!(error instanceof Error)) return undefined;
  const refusal = refusals.find(({ is }) => is(error, codeOf(error)));
  if (refusal !== undefined) {
    return new StoreRefused(`${place.variable}: ${refusal.says(place, error)}`, { cause: error });
  }
  const why = away(error);
  if (why === undefined) return undefined;
  return new StoreUnavailable(`PostgreSQL at ${place.where} ${why}`, { cause: error });
}

/** Writing fails while reading goes on, such as on a full disk. */
export function isWriteProblem(error: unknown): boolean {
  return (
    error instanceof Error && /^(53[0-9A-Z]00|58|25006)/.test(codeOf(error)) && codeOf(error) !== '53300'
  );
}

interface Refusal {
  is(error: Error, code: string): boolean;
  /** The rest of a message that begins with the variable: what is wrong, and what to write. */
  says(place: Place, error: Error): string;
}

const refusals: readonly Refusal[] = [
  {
    is: (_, code) => code === '28P01',
    says: ({ where, user }) =>
      `PostgreSQL at ${where} refuses the password of the user "${user}". Write the right one between ":" and "@", with special characters percent-encoded.`,
  },
  {
    is: ({ message }) => /^SASL: .*client password must be/.test(message),
    says: ({ where, user }) =>
      `PostgreSQL at ${where} asks for a password and the URL has none. Write it like postgres://${user}:password@${where}/…`,
  },
  {
    is: (_, code) => code.startsWith('28'),
    says: ({ where, user, database }, { message }) =>
      `PostgreSQL at ${where} does not let the user "${user}" into the database "${database}" (${message}). Create the user, allow the connection in pg_hba.conf, or add ?sslmode=require if the server wants TLS.`,
  },
  {
    is: (_, code) => code === '3D000',
    says: ({ where, database }) =>
      `PostgreSQL at ${where} has no database "${database}". Create it, or write another name behind the last "/".`,
  },
  {
    is: (_, code) => code === '42501',
    says: ({ where, user, database }, { message }) =>
      `PostgreSQL at ${where} does not let the user "${user}" do what the bot must in the database "${database}" (${message}). Give the database to the user: ALTER DATABASE … OWNER TO …`,
  },
  {
    is: ({ message }) => message === 'The server does not support SSL connections',
    says: ({ where }) =>
      `PostgreSQL at ${where} has no TLS, and the URL asks for it. Turn it on there, or write sslmode=disable where the network is your own.`,
  },
  {
    is: (_, code) => code === 'ERR_TLS_CERT_ALTNAME_INVALID',
    says: ({ where }, { message }) =>
      `the certificate of PostgreSQL at ${where} is for another name (${message}). Write the host as its certificate has it.`,
  },
  {
    is: (_, code) => certificateCodes.test(code),
    says: ({ where }, { message }) =>
      `the certificate of PostgreSQL at ${where} cannot be trusted (${message}). Add sslrootcert=/path/of/its/authority.pem to the URL, or set NODE_EXTRA_CA_CERTS; sslmode=require encrypts without checking it.`,
  },
  {
    is: (error, code) => code.startsWith('E') && 'syscall' in error && error.syscall === 'open',
    says: (_, { message }) =>
      `a file that the URL names cannot be read (${message}). Write the path of a PEM file that this user can read.`,
  },
];

/** OpenSSL's, as Node names them. */
const certificateCodes =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(VERIFY|GET)_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/;

/** The end of a sentence; undefined when the error does not say that the database is away. */
function away(error: Error): string | undefined {
  if (error instanceof QueryLimitError) return `is too slow: ${error.message}.`;
  const code = codeOf(error);
  const [, why] = awayCodes.find(([pattern]) => pattern.test(code)) ?? [];
  if (why !== undefined) return `${why} (${code}).`;
  return awayMessages.test(error.message) ? `does not answer (${error.message}).` : undefined;
}

const awayCodes: readonly (readonly [code: RegExp, why: string])[] = [
  // SQLSTATE, PostgreSQL's appendix A
  [/^53100$/, 'has no room left on its disk'],
  [/^53200$/, 'has no memory left'],
  [/^53300$/, 'has too many connections'],
  [/^57P03$/, 'is starting or stopping'],
  [/^57P0/, 'ended the connection'],
  [/^(57014|55P03|25P0[34])$/, 'is too slow'],
  [/^25006$/, 'takes no writing: it is a standby, or was made read-only'],
  [/^(40001|40P01)$/, 'was asked for two things at once that exclude each other'],
  [/^58/, 'has trouble with its files'],
  [/^(08|53|57|40003)/, 'does not answer'],
  // Node
  [/^ECONNREFUSED$|^ENOENT$/, 'does not listen'],
  [/^ENOTFOUND$|^EAI_/, 'is not found in DNS'],
  [/^(ECONNRESET|EPIPE|ECONNABORTED)$/, 'ended the connection'],
  [
    /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|EACCES|EMFILE|ENFILE)$/,
    'cannot be reached',
  ],
  // A peer that is no PostgreSQL, or a connection cut in the middle
  [/^(ERR_SSL_|ERR_TLS_|EPROTO)/, 'broke off while TLS was set up'],
];

/** What pg and Kysely say without a code. */
const awayMessages =
  /^Connection terminated|^timeout e(xpired|xceeded when trying to connect)|is not queryable$|^Cannot use a pool after calling end|^There was an error establishing an SSL connection|^Received unexpected|driver has already been destroyed|^(Client|Postgres connection) (was closed|has been discarded)/;

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
