/**
 * The environment, read once into a Config. Every variable is described where it is read: here, or in
 * config-network.ts. Nothing is opened, resolved or created; that is left to whoever gets the Config.
 */
import { resolve } from 'node:path';
import { z } from 'zod';
import type { Network } from './check/probes/network.ts';
import {
  ConfigError,
  type ConfigProblem,
  cleaned,
  type Environment,
  networkOf,
  networkVariables,
} from './config-network.ts';
import {
  apiUrl,
  appToken,
  botToken,
  clientId,
  clientSecret,
  folder,
  type LogLevel,
  listenHost,
  listenPort,
  logLevel,
  logLevels,
  metricsToken,
  type Reading,
  signingSecret,
  stateSecret,
} from './config-readings.ts';
import { databaseUrl, secretsKeys } from './config-store.ts';

export interface Config {
  readonly slack:
    | { readonly transport: 'socket'; readonly botToken: string; readonly appToken: string }
    | { readonly transport: 'http'; readonly botToken: string; readonly signingSecret: string }
    | {
        readonly transport: 'oauth';
        readonly clientId: string;
        readonly clientSecret: string;
        readonly stateSecret: string;
        readonly signingSecret: string;
      };
  /** Ends in `/`. */
  readonly slackApiUrl: string;
  readonly http: { readonly host: string; readonly port: number };
  /** An absolute path: where the embedded database is. */
  readonly dataDir: string;
  /** A server instead of the embedded database; holds its password. */
  readonly databaseUrl: string | undefined;
  /** Other programs for the embedded database than the npm package's. */
  readonly pgBin: string | undefined;
  /** 32 bytes each; the first encrypts, all of them decrypt. Empty when the variable is not set. */
  readonly secretsKeys: readonly Uint8Array[];
  readonly network: Network;
  /** Without it /metrics answers to loopback only. */
  readonly metricsToken: string | undefined;
  readonly logLevel: LogLevel;
}

const twoWays =
  'The bot joins one workspace in one of two ways: SLACK_BOT_TOKEN with SLACK_APP_TOKEN (Socket Mode, no public ' +
  'address needed), or SLACK_BOT_TOKEN with SLACK_SIGNING_SECRET (signed HTTP at POST /slack/events). ' +
  'To try it without Slack, run "npm run local".';

/** What OAuth takes: each of them, and nothing of the one workspace. */
const oauthVariables = [
  'SLACK_CLIENT_ID',
  'SLACK_CLIENT_SECRET',
  'SLACK_STATE_SECRET',
  'SLACK_SIGNING_SECRET',
  'SECRETS_KEY',
] as const;
const manyWorkspaces = `For many workspaces over OAuth set ${oauthVariables.slice(0, -1).join(', ')} and ${oauthVariables.at(-1)}.`;

const shape = {
  SLACK_BOT_TOKEN: optional(botToken).describe(
    "The bot's token, `xoxb-…` (OAuth & Permissions → Bot User OAuth Token). Always needed.",
  ),
  SLACK_APP_TOKEN: optional(appToken).describe(
    'The app-level token, `xapp-…`, with the scope connections:write (Basic Information → App-Level Tokens). ' +
      'With it the bot uses Socket Mode, also when SLACK_SIGNING_SECRET is set.',
  ),
  SLACK_SIGNING_SECRET: optional(signingSecret).describe(
    'What Slack signs its requests with (Basic Information → Signing Secret). Without SLACK_APP_TOKEN the bot ' +
      'takes signed HTTP at `POST /slack/events`.',
  ),
  SLACK_CLIENT_ID: optional(clientId).describe(
    "The app's client id (Basic Information → App Credentials). With it the bot serves every workspace that " +
      'installs it at `/slack/install`, over signed HTTP.',
  ),
  SLACK_CLIENT_SECRET: optional(clientSecret).describe("The app's client secret, from the same place."),
  SLACK_STATE_SECRET: optional(stateSecret).describe(
    'A secret of your own, 16 characters or more, the same in every process: proves that an installation was begun here. Make one: `openssl rand -hex 24`.',
  ),
  SLACK_API_URL: optional(apiUrl).describe(
    "Where Slack's Web API is; https, or http on loopback, with a `/` at its end. Default: `https://slack.com/api/`.",
  ),
  HOST: optional(listenHost).describe(
    'The address that HTTP listens on, in Socket Mode for `/healthz`, `/readyz` and `/metrics`. Default: `0.0.0.0`.',
  ),
  PORT: optional(listenPort).describe(
    'The port that HTTP listens on; 0 takes any free one. Default: `3000`.',
  ),
  DATA_DIR: optional(folder).describe(
    "The embedded database's folder, on a disk of this machine; without effect beside `DATABASE_URL`. Default: `./data`.",
  ),
  DATABASE_URL: optional(databaseUrl).describe(
    'A PostgreSQL server, 15 or newer, instead of the embedded database: ' +
      '`postgres://user:password@host:5432/database`. `sslmode` and `sslrootcert` mean what they mean to psql. ' +
      'Several bots may share it.',
  ),
  PG_BIN: optional(folder).describe(
    "The folder of PostgreSQL's programs `initdb` and `postgres`, 17 or newer, for the embedded database. Default: those of npm.",
  ),
  SECRETS_KEY: optional(secretsKeys).describe(
    '32 bytes, base64, as from `openssl rand -base64 32`: encrypts Slack tokens in the database. To change it, write ' +
      'the new key in front of the old one with a comma between, and start the bot once.',
  ),
  DNS_RESOLVERS: later().describe(networkVariables.DNS_RESOLVERS),
  PROBE_ALLOW: later().describe(networkVariables.PROBE_ALLOW),
  CONNECT_TO: later().describe(networkVariables.CONNECT_TO),
  EHLO_NAME: later().describe(networkVariables.EHLO_NAME),
  SMTP_CONTROL_HOST: later().describe(networkVariables.SMTP_CONTROL_HOST),
  METRICS_TOKEN: optional(metricsToken).describe(
    'Bearer token for `/metrics` from elsewhere than loopback. Default: none, then loopback only.',
  ),
  LOG_LEVEL: optional(logLevel).describe(
    `One of ${logLevels.map((level) => `\`${level}\``).join(', ')}. Default: \`info\`.`,
  ),
  NODE_EXTRA_CA_CERTS: later().describe("Node's own: a file with more trusted authorities."),
};

/** Every variable in the README's order, with what it means. */
export const variables: readonly { readonly name: string; readonly description: string }[] = Object.entries(
  shape,
).map(([name, schema]) => ({ name, description: schema.description ?? '' }));

/** What the bot needs to know. Throws a ConfigError that names every wrong variable at once. */
export function readConfig(env: Environment): Config {
  const read = z.object(shape).safeParse(cleaned(env));
  const problems = read.success ? [] : problemsOf(read.error);
  const slack = readSlack(env, problems);
  const network = networkOf(env, problems);
  if (!read.success || slack === undefined || network === undefined) throw new ConfigError(problems);
  const values = read.data;
  return {
    slack,
    slackApiUrl: values.SLACK_API_URL ?? 'https://slack.com/api/',
    http: { host: values.HOST ?? '0.0.0.0', port: values.PORT ?? 3000 },
    dataDir: values.DATA_DIR ?? resolve('data'),
    databaseUrl: values.DATABASE_URL,
    pgBin: values.PG_BIN,
    secretsKeys: values.SECRETS_KEY ?? [],
    network,
    metricsToken: values.METRICS_TOKEN,
    logLevel: values.LOG_LEVEL ?? 'info',
  };
}

function optional<T>(read: (text: string) => Reading<T>) {
  return z
    .string()
    .transform((text, context) => {
      const reading = read(text);
      if (reading.ok) return reading.value;
      context.addIssue({ code: 'custom', message: reading.problem });
      return z.NEVER;
    })
    .optional();
}

function later() {
  return z.string().optional();
}

function problemsOf(error: z.ZodError): ConfigProblem[] {
  return error.issues.map(({ path, message }) => ({ variables: [String(path[0])], text: message }));
}

/** Which way Slack is reached. Adds to the problems what only shows when the variables are seen together. */
function readSlack(given: Environment, problems: ConfigProblem[]): Config['slack'] | undefined {
  const env = cleaned(given);
  const { SLACK_BOT_TOKEN: bot, SLACK_APP_TOKEN: app, SLACK_SIGNING_SECRET: secret } = env;
  if (bot?.startsWith('xapp-') && app?.startsWith('xoxb-')) {
    dropProblemsOf(problems, ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN']);
    const text = 'the two tokens are swapped. The one that begins with "xoxb-" is SLACK_BOT_TOKEN.';
    problems.unshift({ variables: ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN'], text });
    return undefined;
  }
  if (oauthVariables.slice(0, 3).some((name) => env[name] !== undefined)) return readOAuth(env, problems);
  if (bot === undefined && app === undefined && secret === undefined) {
    problems.unshift({
      variables: ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET'],
      text: `none of them is set. ${twoWays} ${manyWorkspaces}`,
    });
    return undefined;
  }
  if (bot === undefined) {
    problems.unshift({ variables: ['SLACK_BOT_TOKEN'], text: `is not set. ${twoWays}` });
    return undefined;
  }
  if (app !== undefined) return { transport: 'socket', botToken: bot, appToken: app };
  if (secret !== undefined) return { transport: 'http', botToken: bot, signingSecret: secret };
  problems.unshift({
    variables: ['SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET'],
    text: `one of them must be set beside SLACK_BOT_TOKEN. ${twoWays}`,
  });
  return undefined;
}

function readOAuth(env: Environment, problems: ConfigProblem[]): Config['slack'] | undefined {
  const { SLACK_CLIENT_ID, SLACK_CLIENT_SECRET, SLACK_STATE_SECRET, SLACK_SIGNING_SECRET } = env;
  const tooMany = (['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN'] as const).filter((name) => env[name] !== undefined);
  if (tooMany.length > 0) {
    const text = `must not be set beside SLACK_CLIENT_ID: over OAuth each workspace has a token of its own, and requests come over signed HTTP. Remove ${tooMany.length === 1 ? 'it' : 'them'}, or the three variables of OAuth.`;
    problems.unshift({ variables: tooMany, text });
  }
  const missing = oauthVariables.filter((name) => env[name] === undefined);
  if (missing.length > 0) {
    const text = `${missing.length === 1 ? 'is' : 'are'} not set. ${manyWorkspaces}`;
    problems.unshift({ variables: missing, text });
  }
  if (
    tooMany.length > 0 ||
    missing.length > 0 ||
    SLACK_CLIENT_ID === undefined ||
    SLACK_CLIENT_SECRET === undefined ||
    SLACK_STATE_SECRET === undefined ||
    SLACK_SIGNING_SECRET === undefined
  )
    return undefined;
  return {
    transport: 'oauth',
    clientId: SLACK_CLIENT_ID,
    clientSecret: SLACK_CLIENT_SECRET,
    stateSecret: SLACK_STATE_SECRET,
    signingSecret: SLACK_SIGNING_SECRET,
  };
}

function dropProblemsOf(problems: ConfigProblem[], names: readonly string[]): void {
  const kept = problems.filter(({ variables }) => !variables.some((name) => names.includes(name)));
  problems.splice(0, problems.length, ...kept);
}
