/**
 * What the bot takes while nothing happens, its database included: over Socket Mode against the local Slack, with
 * watched domains whose next looks are hours away. Processor time and memory are the kernel's own figures; Linux only.
 *
 * `node bench/idle.ts [seconds to settle] [seconds to measure]`; the defaults are 30 and 60.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { createInternet } from '../src/local/internet/internet.ts';
import { parseManifest } from '../src/local/slack/manifest.ts';
import { createWorkspace } from '../src/local/slack/workspace.ts';
import { manyDomainName, manyDomains, manyDomainsBlock } from './many-domains.ts';
import { cpuMs, mtaStsBot, postgresMs, postgresPids, startProgram, withDataDir } from './processes.ts';

const watches = 20;
/** For the first looks, and what the runtime and the database put off after a start. */
const defaultSettleMs = 30_000;
const defaultIdleMs = 60_000;
/** Of one core, in percent. */
const cpuLimitPercent = 1;
const memoryLimitMb = 160;

/** Processor time and memory, each over what is allowed. */
export function benchIdle(
  settleMs = defaultSettleMs,
  idleMs = defaultIdleMs,
): Promise<readonly [cpu: number, memory: number]> {
  return withDataDir((dataDir) => measure(dataDir, settleMs, idleMs));
}

async function measure(
  dataDir: string,
  settleMs: number,
  idleMs: number,
): Promise<readonly [cpu: number, memory: number]> {
  const manifest = parseManifest(readFileSync(new URL('../manifest.json', import.meta.url), 'utf8'));
  const [internet, workspace] = await Promise.all([
    createInternet({ scenarios: manyDomains(watches) }),
    createWorkspace({ manifest }),
  ]);
  const bot = await startProgram(mtaStsBot, {
    ...internet.env,
    ...workspace.env(),
    PROBE_ALLOW: `${internet.env.PROBE_ALLOW},${manyDomainsBlock}`,
    DATA_DIR: dataDir,
  });
  try {
    await workspace.ready();
    const ana = workspace.as('ana');
    for (let at = 0; at < watches; at += 1) {
      const domain = manyDomainName(at);
      await ana.command('#mail-ops', `/mta-sts watch ${domain}`);
      await ana.message('#mail-ops', domain);
    }
    await wait(settleMs);
    const used = () => ({ node: cpuMs(String(bot.pid)), postgres: postgresMs(dataDir) });
    const before = used();
    const startedAt = performance.now();
    await wait(idleMs);
    const tookMs = performance.now() - startedAt;
    const after = used();
    const node = ((after.node - before.node) / tookMs) * 100;
    const postgres = ((after.postgres - before.postgres) / tookMs) * 100;
    const nodeMb = kilobytes(`/proc/${bot.pid}/status`, 'VmRSS') / 1024;
    const pids = postgresPids(dataDir);
    const postgresMb =
      pids.reduce((sum, pid) => sum + kilobytes(`/proc/${pid}/smaps_rollup`, 'Pss'), 0) / 1024;
    console.log(`idle, ${watches} watches over Socket Mode, ${idleMs / 1000} s after ${settleMs / 1000} s`);
    console.log(
      `  processor   node ${node.toFixed(2)} %, postgres ${postgres.toFixed(2)} %   ${(node + postgres).toFixed(2)} % of a core (at most ${cpuLimitPercent})`,
    );
    console.log(
      `  memory      node ${nodeMb.toFixed(0)} MB (RSS), postgres ${postgresMb.toFixed(0)} MB (PSS of ${pids.length} processes)   ${(nodeMb + postgresMb).toFixed(0)} MB (at most ${memoryLimitMb})`,
    );
    return [(node + postgres) / cpuLimitPercent, (nodeMb + postgresMb) / memoryLimitMb];
  } finally {
    await bot.stop();
    await Promise.all([workspace.stop(), internet.stop()]);
  }
}

/** 0 of a process that has just ended: a connection of the database may do so at any time. */
function kilobytes(path: string, name: string): number {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return 0;
  }
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0);
}

if (import.meta.main) {
  const [settle, idle] = process.argv.slice(2).map((seconds) => Number(seconds) * 1000);
  await benchIdle(settle, idle);
}
