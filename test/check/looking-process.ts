/**
 * The process that looks and tells, and nothing else, so that what attacks cost is measured on this side
 * alone. Reads tasks (JSON, one a line) and prints the figures of each (the same), one after the other.
 */
import { subscribe } from 'node:diagnostics_channel';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { checkDomain } from '../../src/check/check.ts';
import { createProber } from '../../src/check/probes/observe.ts';
import { type Report, reportJson } from '../../src/check/report.ts';
import { readNetwork } from '../../src/config-network.ts';
import type { DomainName } from '../../src/protocol/domain.ts';
import { reportMessage } from '../../src/slack/blocks/report-message.ts';
import { toldReport } from '../../src/slack/told-report.ts';
import { createScreen } from '../../src/terminal/layout.ts';
import { reportText } from '../../src/terminal/report-text.ts';

export interface LookingTask {
  readonly env: Readonly<Record<string, string>>;
  /** All are looked at together, after one look at each of `first`, one after the other. */
  readonly domains: readonly string[];
  readonly first?: readonly string[];
  readonly timeoutMs: number;
}

export interface Looked {
  readonly domain: string;
  readonly verdict?: Report['verdict'];
  readonly findings: readonly string[];
  /** An Error of ours, which no remote may cause. */
  readonly error?: string;
  readonly tookMs: number;
}

export interface Figures {
  readonly looks: readonly Looked[];
  readonly longestMs: number;
  /** The longest time that nothing else could run. */
  readonly blockedMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
  /** Of the heap, from before the looks to after them. */
  readonly grownMb: number;
  readonly largestJsonKb: number;
  readonly mostSockets: number;
  /** Sockets, timers and the like that are still there soon after the last look. */
  readonly left: readonly string[];
  /** Each endpoint that a socket of this process was connected to since the last task, and how often: `udp 127.0.0.1:40053`. */
  readonly dialled: Readonly<Record<string, number>>;
}

let dialled: Record<string, number> = {};
let open = 0;
let mostSockets = 0;

function count(protocol: string, address: string, port: number): void {
  const endpoint = `${protocol} ${address}:${port}`;
  dialled[endpoint] = (dialled[endpoint] ?? 0) + 1;
}

function opened(socket: { once(event: 'close', listener: () => void): unknown }): void {
  open += 1;
  mostSockets = Math.max(mostSockets, open);
  socket.once('close', () => {
    open -= 1;
  });
}

subscribe('net.client.socket', (message) => {
  const { socket } = message as { socket: import('node:net').Socket };
  opened(socket);
  socket.on('connectionAttempt', (address: string, port: number) => count('tcp', address, port));
});
subscribe('udp.socket', (message) => {
  const { socket } = message as { socket: import('node:dgram').Socket };
  opened(socket);
  socket.once('connect', () => {
    const { address, port } = socket.remoteAddress();
    count('udp', address, port);
  });
});

const screen = createScreen(process.stdout);

async function run({ env, domains, first = [], timeoutMs }: LookingTask): Promise<Figures> {
  const prober = createProber(readNetwork(env));
  let largestJson = 0;

  async function look(domain: string): Promise<Looked> {
    const startedMs = performance.now();
    const took = () => Math.round(performance.now() - startedMs);
    try {
      const report = await checkDomain(domain as DomainName, prober, new Date(), { timeoutMs });
      const tookMs = took();
      reportMessage(toldReport(report), { token: 'token', all: true });
      reportText(report, screen);
      largestJson = Math.max(largestJson, JSON.stringify(reportJson(report)).length);
      return {
        domain,
        verdict: report.verdict,
        findings: [...new Set(report.findings.map(({ id }) => id))],
        tookMs,
      };
    } catch (error) {
      return { domain, findings: [], error: String(error), tookMs: took() };
    }
  }

  for (const domain of first) await look(domain);
  globalThis.gc?.();
  mostSockets = open;
  const heap = process.memoryUsage().heapUsed;
  const before = process.getActiveResourcesInfo();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const cpu = process.cpuUsage();
  let peak = process.memoryUsage.rss();
  // The system's own figure begins with that of the process that started this one.
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  const looks = await Promise.all(domains.map(look));
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  clearInterval(sampling);
  // A goodbye to a mail host may take a second.
  let left = leftSince(before);
  for (let tries = 0; left.length > 0 && tries < 30; tries += 1) {
    await wait(50);
    left = leftSince(before);
  }
  globalThis.gc?.();
  const seen = dialled;
  dialled = {};
  return {
    looks,
    longestMs: Math.max(...looks.map(({ tookMs }) => tookMs)),
    blockedMs: Math.round(delay.max / 1e6),
    cpuMs: Math.round((user + system) / 1000),
    peakMb: Math.round(peak / 1e6),
    grownMb: Math.round((process.memoryUsage().heapUsed - heap) / 1e6),
    largestJsonKb: Math.round(largestJson / 1000),
    mostSockets,
    left,
    dialled: seen,
  };
}

/** What is there now and was not before. */
function leftSince(before: readonly string[]): string[] {
  const now = process.getActiveResourcesInfo();
  for (const one of before) if (now.includes(one)) now.splice(now.indexOf(one), 1);
  return now;
}

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await run(JSON.parse(line) as LookingTask))}\n`);
process.exit();
