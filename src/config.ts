/**
 * The environment, read once into a Config. Every variable is described here, where it is read. Nothing
 * is opened, resolved or created; that is left to whoever gets the Config.
 */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { type Network, parseBlock, systemResolvers } from './check/probes/network.ts';
import {
  apiUrl,
  appToken,
  botToken,
  controlHost,
  detour,
  ehloName,
  folder,
  type LogLevel,
  list,
  listenHost,
  listenPort,
  logLevel,
  logLevels,
  metricsToken,
  naming,
  onePerTarget,
  type Reading,
  resolver,
  signingSecret,
} from './config-readings.ts';
import { fail } from './protocol/result.ts';

export interface Config {
  readonly slack:
    | { readonly transport: 'socket'; readonly botToken: string; readonly appToken: string }
    | { readonly transport: 'http'; readonly botToken: string; readonly signingSecret: string };
  /** Ends in `/`. */
  readonly slackApiUrl: string;
  readonly http: { readonly host: string; readonly port: number };
  /** An absolute path. */
  readonly dataDir: string;
  readonly network: Network;
  /** Without it /metrics answers to loopback only. */
  readonly metricsToken: string | undefined;
  readonly logLevel: LogLevel;
  /** Variables that are set and that nothing reads in this version, so that the start can say so. */
  readonly withoutEffect: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** One message for whoever starts the bot: every wrong variable, what is wrong with it, and what to write. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const count = new Set(problems.flatMap(({ variables }) => variables)).size;
    const lines = problems.map(({ variables, text }) => `  ${variables.join(', ')}: ${text}`);
    super(`${count === 1 ? 'One environment variable needs' : `${count} environment variables need`} a change.
${lines.join('\n')}`);
    this.problems = problems;
  }
}

export interface ConfigProblem {
  readonly variables: readonly string[];
  readonly text: string;
}

const twoWays =
  'The bot joins one workspace in one of two ways: SLACK_BOT_TOKEN with SLACK_APP_TOKEN (Socket Mode, no public ' +
  'address needed), or SLACK_BOT_TOKEN with SLACK_SIGNING_SECRET (signed HTTP at POST /slack/events). ' +
  'To try it without Slack, run "npm run local".';

const oauthLater =
  'is set for OAuth, which is not there yet: this version serves one workspace. ' +
  'Remove it, and set SLACK_BOT_TOKEN with SLACK_APP_TOKEN or SLACK_SIGNING_SECRET.';

const networkShape = {
  DNS_RESOLVERS: optional(list(resolver)).describe(
    'Comma-separated `ip` or `ip:port` of the DNS resolvers to ask, IPv6 with a port in brackets. ' +
      "Default: the system's.",
  ),
  PROBE_ALLOW: optional(list(naming(parseBlock))).describe(
    'Comma-separated CIDR blocks that probes may reach although they are not public. Default: none.',
  ),
  CONNECT_TO: optional(list(detour, onePerTarget)).describe(
    "Comma-separated `ip:port=ip:port`, also `*:port=ip:port`: where a probe's connection really goes, as curl's " +
      '`--connect-to`. For labs. Default: every address is itself.',
  ),
  EHLO_NAME: optional(ehloName).describe(
    "The name given to MX hosts, fully qualified. Default: this host's name.",
  ),
  SMTP_CONTROL_HOST: optional(controlHost).describe(
    'An MX that is known to answer: proves that port 25 is open from here. Default: none.',
  ),
};

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
  SLACK_CLIENT_ID: optional(() => fail(oauthLater)).describe(
    'For OAuth, which is not there yet: leave it unset.',
  ),
  SLACK_CLIENT_SECRET: optional(() => fail(oauthLater)).describe(
    'For OAuth, which is not there yet: leave it unset.',
  ),
  SLACK_STATE_SECRET: optional(() => fail(oauthLater)).describe(
    'For OAuth, which is not there yet: leave it unset.',
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
  DATA_DIR: optional(folder).describe("The embedded database's folder. Default: `./data`."),
  DATABASE_URL: later().describe(
    'PostgreSQL instead of the embedded database. Without effect in this version.',
  ),
  SECRETS_KEY: later().describe(
    '32 bytes, base64: encrypts Slack tokens at rest. Without effect in this version.',
  ),
  ...networkShape,
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
  if (!read.success || slack === undefined) throw new ConfigError(problems);
  const values = read.data;
  return {
    slack,
    slackApiUrl: values.SLACK_API_URL ?? 'https://slack.com/api/',
    http: { host: values.HOST ?? '0.0.0.0', port: values.PORT ?? 3000 },
    dataDir: values.DATA_DIR ?? resolve('data'),
    network: networkOf(values),
    metricsToken: values.METRICS_TOKEN,
    logLevel: values.LOG_LEVEL ?? 'info',
    withoutEffect: laterVariables.filter((name) => values[name] !== undefined),
  };
}

/** What a probe needs to know, for programs that have no Slack tokens. Throws a ConfigError. */
export function readNetwork(env: Environment): Network {
  const read = z.object(networkShape).safeParse(cleaned(env));
  if (!read.success) throw new ConfigError(problemsOf(read.error));
  return networkOf(read.data);
}

const laterVariables = ['DATABASE_URL', 'SECRETS_KEY'] as const;

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

/** Blanks around a value come from files and quoting; a variable without a value is as good as unset. */
function cleaned(env: Environment): Environment {
  const trimmed = Object.entries(env).map(([name, value]) => [name, value?.trim()] as const);
  return Object.fromEntries(trimmed.filter(([, value]) => value !== undefined && value !== ''));
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
  if (bot === undefined && app === undefined && secret === undefined) {
    problems.unshift({
      variables: ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET'],
      text: `none of them is set. ${twoWays}`,
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

function dropProblemsOf(problems: ConfigProblem[], names: readonly string[]): void {
  const kept = problems.filter(({ variables }) => !variables.some((name) => names.includes(name)));
  problems.splice(0, problems.length, ...kept);
}

function networkOf(values: z.infer<z.ZodObject<typeof networkShape>>): Network {
  return {
    resolvers: values.DNS_RESOLVERS ?? systemResolvers(),
    probeAllow: values.PROBE_ALLOW ?? [],
    connectTo: new Map(values.CONNECT_TO),
    ehloName: values.EHLO_NAME ?? hostname(),
    ...(values.SMTP_CONTROL_HOST !== undefined && { smtpControlHost: values.SMTP_CONTROL_HOST }),
  };
}
