/**
 * The variables that say how probes reach the network, and how wrong variables are told. Read without zod,
 * because the terminal waits for it before the first question to DNS; the other variables are in config.ts.
 */
import { hostname } from 'node:os';
import { type Network, parseBlock, systemResolvers } from './check/probes/network.ts';
import {
  controlHost,
  detour,
  ehloName,
  list,
  naming,
  onePerTarget,
  type Reading,
  resolver,
} from './config-readings.ts';

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

/** What each means, as in the README. */
export const networkVariables = {
  DNS_RESOLVERS:
    'Comma-separated `ip` or `ip:port` of the DNS resolvers to ask, IPv6 with a port in brackets. ' +
    "Default: the system's.",
  PROBE_ALLOW:
    'Comma-separated CIDR blocks that probes may reach although they are not public. Default: none.',
  CONNECT_TO:
    "Comma-separated `ip:port=ip:port`, also `*:port=ip:port`: where a probe's connection really goes, as curl's " +
    '`--connect-to`. For labs. Default: every address is itself.',
  EHLO_NAME: "The name given to MX hosts, fully qualified. Default: this host's name.",
  SMTP_CONTROL_HOST: 'An MX that is known to answer: proves that port 25 is open from here. Default: none.',
} as const;

/** What a probe needs to know, for programs that have no Slack tokens. Throws a ConfigError. */
export function readNetwork(env: Environment): Network {
  const problems: ConfigProblem[] = [];
  const network = networkOf(env, problems);
  if (network === undefined) throw new ConfigError(problems);
  return network;
}

/** Adds to the problems each variable that nobody can use; undefined when there is one. */
export function networkOf(env: Environment, problems: ConfigProblem[]): Network | undefined {
  const given = cleaned(env);
  const before = problems.length;
  const take = <T>(name: keyof typeof networkVariables, read: (text: string) => Reading<T>) => {
    const text = given[name];
    if (text === undefined) return undefined;
    const reading = read(text);
    if (reading.ok) return reading.value;
    problems.push({ variables: [name], text: reading.problem });
    return undefined;
  };
  const resolvers = take('DNS_RESOLVERS', list(resolver));
  const probeAllow = take('PROBE_ALLOW', list(naming(parseBlock)));
  const connectTo = take('CONNECT_TO', list(detour, onePerTarget));
  const ehlo = take('EHLO_NAME', ehloName);
  const smtpControlHost = take('SMTP_CONTROL_HOST', controlHost);
  if (problems.length > before) return undefined;
  return {
    resolvers: resolvers ?? systemResolvers(),
    probeAllow: probeAllow ?? [],
    connectTo: new Map(connectTo),
    ehloName: ehlo ?? hostname(),
    ...(smtpControlHost !== undefined && { smtpControlHost }),
  };
}

/** Blanks around a value come from files and quoting; a variable without a value is as good as unset. */
export function cleaned(env: Environment): Environment {
  const trimmed = Object.entries(env).map(([name, value]) => [name, value?.trim()] as const);
  return Object.fromEntries(trimmed.filter(([, value]) => value !== undefined && value !== ''));
}
