/**
 * The live check: one domain against the longest chain of round trips that its dialogues need, the policy
 * part beside mailauth, and domains by the thousand. The internet and what looks at it are processes apart.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { MxHostObservation, Observation } from '../src/check/observation.ts';
import type { LatencyResult, ManyResult, PolicyResult, Task } from './looks-process.ts';
import { manyDomainName, manyDomainsBlock } from './many-domains.ts';
import { median } from './processes.ts';

const roundTripMs = 20;
const rounds = 21;
const few = 1000;
const many = 5000;
/** Tried once; the best is kept for the larger number. */
const concurrencies = [10, 20, 40];
/** What one look may cost this process, in milliseconds. */
export const cpuLimitMs = 8;
/** Memory may grow by so much from a thousand domains to five thousand, and still counts as flat. */
export const growthLimit = 1.25;

export interface CheckRatios {
  /** Over the longest chain of round trips. */
  readonly latency: number;
  /** Over mailauth's time for the policy alone. */
  readonly policy: number;
  /** Over the limit for one look. */
  readonly cpu: number;
  /** Peak memory of five thousand over that of one thousand, over what counts as flat. */
  readonly memory: number;
}

export async function benchCheck(): Promise<CheckRatios> {
  const { latency, policy } = await withInternet({ roundTripMs, count: 1 }, benchOne);
  const { cpu, memory } = await withInternet({ roundTripMs: 0, count: many }, benchMany);
  return { latency, policy, cpu, memory };
}

type Run = <R>(task: Task) => Promise<R>;

async function benchOne(run: Run): Promise<Pick<CheckRatios, 'latency' | 'policy'>> {
  const domain = manyDomainName(0);
  const { tookMs, observation } = await run<LatencyResult>({ kind: 'latency', domain, rounds });
  const chainMs = longestChain(observation) * roundTripMs;
  const latency = median(tookMs) / chainMs;
  console.log(`check, one domain with ${roundTripMs} ms a round trip, median of ${rounds}`);
  console.log(`  the longest chain   ${chainMs} ms   (${longestChain(observation)} round trips)`);
  console.log(
    `  the check           ${median(tookMs).toFixed(0)} ms   ratio ${latency.toFixed(2)} (at most 1.20)`,
  );
  const { ours, mailauth } = await run<PolicyResult>({ kind: 'policy', domain, rounds });
  const policy = median(ours) / median(mailauth);
  console.log(`check, the policy alone, median of ${rounds} in turns`);
  console.log(`  mta-sts-bot  ${median(ours).toFixed(0)} ms   ratio ${policy.toFixed(2)} (at most 1.00)`);
  console.log(`  mailauth     ${median(mailauth).toFixed(0)} ms`);
  return { latency, policy };
}

/**
 * Round trips one after the other that RFC 5321, RFC 3207, RFC 8461 and TLS 1.3 ask for, of the dialogues
 * that were seen: the longest of all that run beside each other. Each look-up counts one.
 */
export function longestChain({ policyHost, mxHosts, patternDomains }: Observation): number {
  const answered = policyHost.fetches.some(({ result }) => result.kind === 'response');
  // Addresses, connection, handshake, request; then what further requests need, and who owns the patterns.
  const policy =
    1 +
    (answered ? 3 : 1) +
    Math.max(policyHost.followUps.length > 0 ? 4 : 0, Math.min(patternDomains.length, 1));
  return Math.max(policy, ...mxHosts.map(chainOfHost));
}

/** MX, addresses; then at each address connection, greeting, EHLO, STARTTLS, handshake, and QUIT before the next. */
function chainOfHost({ sessions }: MxHostObservation): number {
  const secured = sessions.filter(({ result }) => result.kind === 'secured').length;
  return 2 + 5 * secured + Math.max(0, secured - 1);
}

async function benchMany(run: Run): Promise<Pick<CheckRatios, 'cpu' | 'memory'>> {
  const domains = Array.from({ length: many }, (_, at) => manyDomainName(at));
  // Certificates are made when they are first asked for: not part of what is measured.
  await run<ManyResult>({ kind: 'many', domains, atOnce: 20 });
  console.log(`check, ${few} domains`);
  const results: (ManyResult & { readonly atOnce: number })[] = [];
  for (const atOnce of concurrencies) {
    const result = await run<ManyResult>({ kind: 'many', domains: domains.slice(0, few), atOnce });
    results.push({ ...result, atOnce });
    tell(`${String(atOnce).padStart(3)} at once`, result, few);
  }
  const best = results.reduce((one, other) => (other.seconds < one.seconds ? other : one));
  const larger = await run<ManyResult>({ kind: 'many', domains, atOnce: best.atOnce });
  console.log(`check, ${many} domains`);
  tell(`${String(best.atOnce).padStart(3)} at once`, larger, many);
  const cpu = best.cpuMs / few / cpuLimitMs;
  const growth = larger.peakMb / best.peakMb;
  console.log(
    `  processor time of one look ${(best.cpuMs / few).toFixed(1)} ms (at most ${cpuLimitMs}), memory × ${growth.toFixed(2)} (at most ${growthLimit})`,
  );
  return { cpu, memory: growth / growthLimit };
}

function tell(title: string, { seconds, cpuMs, peakMb, strays }: ManyResult, count: number): void {
  const rate = (count / seconds).toFixed(0).padStart(4);
  const cpu = (cpuMs / count).toFixed(1);
  console.log(
    `  ${title}   ${rate} a second   ${cpu} ms of processor time each   peak ${peakMb.toFixed(0)} MB   ${strays} not enforced`,
  );
}

/** Starts an internet, and gives a way to run tasks against it, each in a process of its own. */
async function withInternet<T>(
  { roundTripMs, count }: { readonly roundTripMs: number; readonly count: number },
  use: (run: Run) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'mta-sts-bench-'));
  const internet = spawn(
    process.execPath,
    [fileURLToPath(new URL('./internet-process.ts', import.meta.url)), String(roundTripMs), String(count)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  try {
    const [line] = (await once(createInterface({ input: internet.stdout }), 'line')) as [string];
    const given = JSON.parse(line) as Record<string, string>;
    const env = { ...given, PROBE_ALLOW: `${given.PROBE_ALLOW},${manyDomainsBlock}` };
    return await use((task) => runTask(join(folder, 'task.json'), env, task));
  } finally {
    internet.stdin.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runTask<R>(file: string, env: Readonly<Record<string, string>>, task: Task): Promise<R> {
  // The detours of thousands of domains are longer than a variable may be.
  writeFileSync(file, JSON.stringify({ env, task }));
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./looks-process.ts', import.meta.url)), file],
    {
      env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: env.NODE_EXTRA_CA_CERTS },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`The process that looks ended with ${code}.`);
  return JSON.parse(text) as R;
}

if (import.meta.main) console.log(await benchCheck());
