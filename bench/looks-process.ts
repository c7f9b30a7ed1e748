/**
 * The process that looks, and nothing else, so that its processor time and memory are those of the looks
 * alone. Reads what to do from its first argument (a file of JSON) and prints what it took as JSON.
 */
import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { getPolicy } from 'mailauth/lib/mta-sts.js';
import { checkDomain } from '../src/check/check.ts';
import type { Observation } from '../src/check/observation.ts';
import { observeAddresses } from '../src/check/probes/dns-hosts.ts';
import { lookup } from '../src/check/probes/dns-lookup.ts';
import { fetchPolicy } from '../src/check/probes/https.ts';
import { route } from '../src/check/probes/network.ts';
import { createProber } from '../src/check/probes/observe.ts';
import type { Report } from '../src/check/report.ts';
import { readNetwork } from '../src/config-network.ts';
import { type DomainName, parseDomain } from '../src/protocol/domain.ts';
import { parsePolicy } from '../src/protocol/mtasts.ts';

/** What one run of this process does. */
export type Task =
  | { readonly kind: 'latency'; readonly domain: string; readonly rounds: number }
  | { readonly kind: 'policy'; readonly domain: string; readonly rounds: number }
  | { readonly kind: 'many'; readonly domains: readonly string[]; readonly atOnce: number };

export interface LatencyResult {
  readonly tookMs: readonly number[];
  readonly observation: Observation;
}

export interface PolicyResult {
  readonly ours: readonly number[];
  readonly mailauth: readonly number[];
}

export interface ManyResult {
  readonly seconds: number;
  readonly cpuMs: number;
  /** Of memory as the system counts it, for each thousand domains. */
  readonly peaksMb: readonly number[];
  /** What is held at the end, garbage collected: what could grow with the number of looks. */
  readonly heldMb: number;
  /** Domains whose verdict is not `enforced`. */
  readonly strays: number;
}

const mebi = 1024 * 1024;

const { env, task } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as {
  env: Record<string, string>;
  task: Task;
};
const network = readNetwork(env);
const prober = createProber(network);

switch (task.kind) {
  case 'latency':
    print(await latency(task.domain, task.rounds));
    break;
  case 'policy':
    print(await policy(task.domain, task.rounds));
    break;
  case 'many':
    print(await many(task.domains, task.atOnce));
    break;
}
process.exit();

function print(result: LatencyResult | PolicyResult | ManyResult): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

async function latency(name: string, rounds: number): Promise<LatencyResult> {
  const tookMs: number[] = [];
  let report = await check(name);
  // The first loads and compiles.
  for (let round = 0; round < rounds; round += 1) {
    const startMs = performance.now();
    report = await check(name);
    tookMs.push(performance.now() - startMs);
  }
  if (report.verdict !== 'enforced') throw new Error(`${name} is ${report.verdict}`);
  return { tookMs, observation: report.observation };
}

/** Record, addresses, fetch, parsing: what a sender needs before it looks at an MX. */
async function policy(name: string, rounds: number): Promise<PolicyResult> {
  const ours: number[] = [];
  const mailauth: number[] = [];
  const theirs = mailauthFetch();
  for (let round = -1; round < rounds; round += 1) {
    for (const [run, took] of [
      [() => fetchOurs(domainOf(name)), ours],
      [() => theirs(name), mailauth],
    ] as const) {
      const startMs = performance.now();
      const mode = await run();
      if (round >= 0) took.push(performance.now() - startMs);
      if (mode !== 'enforce') throw new Error(`The policy of ${name} is ${mode}`);
    }
  }
  return { ours, mailauth };
}

async function fetchOurs(domain: DomainName): Promise<string | undefined> {
  const signal = AbortSignal.timeout(30_000);
  const host = domainOf(`mta-sts.${domain}`);
  const [record, { a, aaaa }] = await Promise.all([
    lookup(`_mta-sts.${domain}`, 'TXT', network, signal),
    observeAddresses(host, network, signal),
  ]);
  if (record.kind !== 'answered' || record.records.length !== 1) return undefined;
  const addresses = [a, aaaa].flatMap((found) => (found.kind === 'answered' ? found.records : []));
  const [fetched] = await fetchPolicy({ host, addresses, door: prober.door, signal });
  if (fetched?.result.kind !== 'response') return undefined;
  return parsePolicy(Buffer.from(fetched.result.response.body, 'latin1')).value?.mode;
}

/** It has no way to say where a connection goes: a stand-in for its port, nothing else of it is touched. */
function mailauthFetch(): (name: string) => Promise<string | undefined> {
  const resolver = new Resolver();
  resolver.setServers([env.DNS_RESOLVERS ?? '']);
  const request = https.request;
  https.request = ((options: https.RequestOptions, ...rest: []) => {
    const { address, port } = route(network, String(options.host), 443);
    return request({ ...options, host: address, port }, ...rest);
  }) as typeof https.request;
  return async (name) => {
    const found = await getPolicy(name, undefined, {
      resolver: (host, type) => (type === 'TXT' ? resolver.resolveTxt(host) : resolver.resolve4(host)),
    });
    return found?.policy?.mode;
  };
}

async function many(names: readonly string[], atOnce: number): Promise<ManyResult> {
  const left = names.values();
  let strays = 0;
  let done = 0;
  const peaks: number[] = [];
  // Asking costs as much as many a step of a look: so it is not asked for each of them.
  const watch = setInterval(() => {
    const thousand = Math.floor(done / 1000);
    peaks[thousand] = Math.max(peaks[thousand] ?? 0, process.memoryUsage.rss());
  }, 50);
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  const lane = async () => {
    for (const name of left) {
      const { verdict } = await check(name);
      if (verdict !== 'enforced') strays += 1;
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - startMs) / 1000;
  clearInterval(watch);
  // The last connections say goodbye.
  await delay(1500);
  // Twice: what a connection held outside of the heap goes with the collection after the one that lets it go.
  globalThis.gc?.();
  await delay(200);
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return {
    seconds,
    cpuMs: (user + system) / 1000,
    // The last look ends with the last thousand.
    peaksMb: peaks.slice(0, Math.ceil(names.length / 1000)).map((octets) => octets / mebi),
    heldMb: (heapUsed + external) / mebi,
    strays,
  };
}

function check(name: string): Promise<Report> {
  return checkDomain(domainOf(name), prober, new Date());
}

function domainOf(name: string): DomainName {
  const domain = parseDomain(name);
  if (!domain.ok) throw new Error(domain.problem.message);
  return domain.value;
}
