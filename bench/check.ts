/**
 * The live check: one domain against the longest chain of round trips that its dialogues need, the policy
 * part beside mailauth, the command, and domains by the thousand. The internet is a process of its own, and so
 * is each run of looks (looks-process.ts).
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

/** Long beside what this process does itself, short beside the patience of whoever measures. */
const roundTripMs = 20;
/** Odd, so that the median is one of them. */
const rounds = 21;
const commandRounds = 11;
/** What grows with the number of looks shows from one to the other. */
const few = 1000;
const many = 5000;
/** Each is tried with the smaller number; the best is kept for the larger one. */
const concurrencies = [10, 20, 40];
/** What one look may cost this process, in milliseconds. */
const cpuLimitMs = 8;
/** Over the chain: what this process does itself, between the turns of others. */
const latencyLimit = 1.2;
/** What is held after a collection may grow by so much from one thousand domains to five: the proof that memory is flat. */
const heldGrowthLimit = 1.15;
/** V8 lets garbage grow before it collects, so a peak also moves when nothing more is held. */
const peakGrowthLimit = 1.3;

/** As main.ts tells them. */
export interface CheckRatio {
  readonly name: string;
  readonly limit: number;
  readonly ratios: readonly number[];
}

export async function benchCheck(): Promise<readonly CheckRatio[]> {
  return [
    ...(await withInternet({ roundTripMs, count: 1 }, benchOne)),
    ...(await withInternet({ roundTripMs: 0, count: many }, benchMany)),
  ];
}

interface Lab {
  readonly env: Environment;
  run<R>(task: Task): Promise<R>;
}

type Environment = Readonly<Record<string, string>>;

async function benchOne(lab: Lab): Promise<readonly CheckRatio[]> {
  const domain = manyDomainName(0);
  const { tookMs, observation } = await lab.run<LatencyResult>({ kind: 'latency', domain, rounds });
  const chainMs = longestChain(observation) * roundTripMs;
  const latency = median(tookMs) / chainMs;
  console.log(`check, one domain with ${roundTripMs} ms a round trip, median of ${rounds}`);
  console.log(`  the longest chain   ${chainMs} ms   (${longestChain(observation)} round trips)`);
  console.log(
    `  in process          ${median(tookMs).toFixed(0)} ms   ratio ${latency.toFixed(2)} (at most ${latencyLimit.toFixed(2)})`,
  );
  await benchCommand(domain, lab.env);
  const { ours, mailauth } = await lab.run<PolicyResult>({ kind: 'policy', domain, rounds });
  const policy = median(ours) / median(mailauth);
  console.log(`check, the policy alone, median of ${rounds} in turns`);
  console.log(`  mta-sts-bot  ${median(ours).toFixed(0)} ms   ratio ${policy.toFixed(2)} (at most 1.00)`);
  console.log(`  mailauth     ${median(mailauth).toFixed(0)} ms`);
  return [
    { name: 'check over its chain', limit: latencyLimit, ratios: [latency] },
    { name: 'policy fetch', limit: 1, ratios: [policy] },
  ];
}

/** The whole process, beside one that does nothing: told and not held, because machines differ; the aim for the first is 215 ms on a quiet one. */
async function benchCommand(domain: string, env: Environment): Promise<void> {
  const command = [fileURLToPath(new URL('../src/mta-sts.mjs', import.meta.url)), 'check', domain];
  const contenders = [
    { name: 'mta-sts check', argv: command, shownMs: [] as number[], endedMs: [] as number[] },
    { name: 'node -e 0', argv: ['-e', '0'], shownMs: [] as number[], endedMs: [] as number[] },
  ];
  // The first fills the caches.
  for (let round = -1; round < commandRounds; round += 1) {
    for (const { argv, shownMs, endedMs } of contenders) {
      const { shown, ended } = await runCommand(argv, env);
      if (round < 0) continue;
      shownMs.push(shown);
      endedMs.push(ended);
    }
  }
  for (const { name, shownMs, endedMs } of contenders) {
    console.log(
      `  ${name.padEnd(18)}  ${median(endedMs).toFixed(0)} ms   (the last output after ${median(shownMs).toFixed(0)} ms)`,
    );
  }
}

async function runCommand(
  argv: readonly string[],
  env: Environment,
): Promise<{ readonly shown: number; readonly ended: number }> {
  const startMs = performance.now();
  const child = spawn(process.execPath, argv, {
    env: { ...env, PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let shown = 0;
  child.stdout.on('data', () => {
    shown = performance.now() - startMs;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`The command ended with ${code}.`);
  const ended = performance.now() - startMs;
  return { shown: shown === 0 ? ended : shown, ended };
}

/**
 * Round trips one after the other that RFC 5321, RFC 3207, RFC 8461 and TLS 1.3 ask for, of the dialogues
 * that were seen: the longest of all that run beside each other. Each look-up counts one.
 */
function longestChain({ policyHost, mxHosts, patternDomains }: Observation): number {
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

async function benchMany({ run }: Lab): Promise<readonly CheckRatio[]> {
  const domains = Array.from({ length: many }, (_, at) => manyDomainName(at));
  console.log(`check, ${few} domains`);
  const results: (ManyResult & { readonly atOnce: number })[] = [];
  for (const atOnce of concurrencies) {
    const result = await run<ManyResult>({ kind: 'many', domains: domains.slice(0, few), atOnce });
    results.push({ ...result, atOnce });
    tell(atOnce, result, few);
  }
  const best = results.reduce((one, other) => (other.seconds < one.seconds ? other : one));
  const larger = await run<ManyResult>({ kind: 'many', domains, atOnce: best.atOnce });
  console.log(`check, ${many} domains`);
  tell(best.atOnce, larger, many);
  const lookMs = best.cpuMs / few;
  // Node lets garbage grow for some seconds until it knows how much there is; then it must not grow any more.
  const [first = Number.NaN, second = Number.NaN, ...later] = larger.peaksMb;
  const peaks = Math.max(...later) / Math.max(first, second);
  const held = larger.heldMb / best.heldMb;
  console.log(`  processor time of one look ${lookMs.toFixed(1)} ms (at most ${cpuLimitMs})`);
  console.log(
    `  memory: held × ${held.toFixed(2)} of ${few} domains (at most ${heldGrowthLimit}), peak × ${peaks.toFixed(2)} of the first two thousand (at most ${peakGrowthLimit})`,
  );
  return [
    { name: `look over ${cpuLimitMs} ms of CPU`, limit: 1, ratios: [lookMs / cpuLimitMs] },
    { name: 'memory held', limit: heldGrowthLimit, ratios: [held] },
    { name: 'memory peak', limit: peakGrowthLimit, ratios: [peaks] },
  ];
}

function tell(atOnce: number, { seconds, cpuMs, peaksMb, heldMb, strays }: ManyResult, count: number): void {
  if (strays > 0) throw new Error(`${strays} of ${count} healthy domains are not enforced.`);
  const rate = (count / seconds).toFixed(0).padStart(4);
  const cpu = (cpuMs / count).toFixed(1);
  const peaks = peaksMb.map((value) => value.toFixed(0)).join(' ');
  console.log(
    `  ${String(atOnce).padStart(3)} at once   ${rate} a second   ${cpu} ms of processor time each   peak ${peaks} MB, held ${heldMb.toFixed(0)} MB`,
  );
}

/** Starts an internet, and gives a way to run tasks against it, each in a process of its own. */
async function withInternet<T>(
  { roundTripMs, count }: { readonly roundTripMs: number; readonly count: number },
  use: (lab: Lab) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'mta-sts-bench-'));
  const internet = spawn(
    process.execPath,
    [fileURLToPath(new URL('./internet-process.ts', import.meta.url)), String(roundTripMs), String(count)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  try {
    const [line] = await Promise.race([
      once(createInterface({ input: internet.stdout }), 'line') as Promise<[string]>,
      once(internet, 'close').then(() => {
        throw new Error('The internet ended before it began.');
      }),
    ]);
    const given = JSON.parse(line) as Record<string, string>;
    const env = { ...given, PROBE_ALLOW: `${given.PROBE_ALLOW},${manyDomainsBlock}` };
    return await use({ env, run: (task) => runTask(join(folder, 'task.json'), env, task) });
  } finally {
    internet.stdin.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runTask<R>(file: string, env: Environment, task: Task): Promise<R> {
  // The detours of thousands of domains are longer than a variable may be.
  writeFileSync(file, JSON.stringify({ env, task }));
  const child = spawn(
    process.execPath,
    ['--expose-gc', fileURLToPath(new URL('./looks-process.ts', import.meta.url)), file],
    {
      env: {
        PATH: process.env.PATH,
        NODE_EXTRA_CA_CERTS: env.NODE_EXTRA_CA_CERTS,
        // As the programs do: what reads TypeScript takes more memory than everything else.
        NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/mta-sts-bench', import.meta.url)),
      },
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
