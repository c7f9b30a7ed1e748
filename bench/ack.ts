/**
 * How long Slack waits for an ack: the bot beside bare Bolt, 50 connections with signed commands, in
 * alternating rounds of the same run. Every request has its own signature, so that none is a repetition.
 */
import { createHmac, randomUUID } from 'node:crypto';
import {
  bareBolt,
  createStubApi,
  fire,
  median,
  mtaStsBot,
  type Program,
  percentile,
  signingSecret,
  startProgram,
  stubEnv,
  withDataDir,
} from './processes.ts';

const connections = 50;
const requestsPerRound = 2000;
const warmUpRequests = 4000;
const rounds = 9;
/** Over bare Bolt's p99: what the door and the log may cost, with room for a busy machine. */
export const ackLimit = 1.3;

/**
 * What is typed after the command, for each of the two. Beyond forty forms a second they queue, and
 * soon the bot says in its ack to come again: the first two show acks under more load than there are forms.
 */
const cases = [
  { title: 'the form is opened, bare Bolt acks and does nothing', ours: '', bare: 'ack' },
  { title: 'the form is opened, bare Bolt opens a tiny one', ours: '', bare: '' },
  { title: 'answered within the ack, both at equal length', ours: 'help', bare: 'help' },
];

/** Ours over bare Bolt's p99, for each case. */
export async function benchAck(): Promise<readonly number[]> {
  const ratios: number[] = [];
  for (const each of cases) ratios.push(await withDataDir((dataDir) => compare(each, dataDir)));
  return ratios;
}

async function compare(
  { title, ours: oursText, bare: bareText }: (typeof cases)[number],
  dataDir: string,
): Promise<number> {
  const api = await createStubApi();
  const env = { ...stubEnv(api), DATA_DIR: dataDir };
  const programs: Program[] = [];
  try {
    // New processes for each case: forms that still wait to be opened would weigh on the next.
    const bare = await startProgram(bareBolt, env);
    programs.push(bare);
    const ours = await startProgram(mtaStsBot, env);
    programs.push(ours);
    return await measure(title, [
      { name: 'bare Bolt', port: bare.port, commands: (count) => signedCommands(bareText, count, api.url) },
      { name: 'mta-sts-bot', port: ours.port, commands: (count) => signedCommands(oursText, count, api.url) },
    ]);
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
    api.stop();
  }
}

interface Contender {
  readonly name: string;
  readonly port: number;
  readonly commands: (count: number) => Buffer[];
}

async function measure(title: string, pair: readonly [Contender, Contender]): Promise<number> {
  const contenders = pair.map((each) => ({ ...each, p50: [] as number[], p99: [] as number[] }));
  for (const { port, commands } of contenders) await fire(port, commands(warmUpRequests), connections);
  for (let round = 0; round < rounds; round += 1) {
    // The first of a round profits from a quiet machine: they take turns.
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const tookMs = await fire(contender.port, contender.commands(requestsPerRound), connections);
      contender.p50.push(percentile(tookMs, 0.5));
      contender.p99.push(percentile(tookMs, 0.99));
    }
  }
  console.log(`ack, ${title}: ${connections} connections, median of ${rounds} rounds of ${requestsPerRound}`);
  for (const { name, p50, p99 } of contenders) {
    const all = p99.map((value) => value.toFixed(0)).join(' ');
    console.log(
      `  ${name.padEnd(12)} p50 ${median(p50).toFixed(1)} ms   p99 ${median(p99).toFixed(1)} ms   (${all})`,
    );
  }
  const [bareP99, oursP99] = contenders.map(({ p99 }) => median(p99));
  const ratio = (oursP99 ?? Number.NaN) / (bareP99 ?? Number.NaN);
  console.log(`  p99 ratio ${ratio.toFixed(2)} (at most ${ackLimit.toFixed(2)})`);
  return ratio;
}

function signedCommands(text: string, count: number, apiUrl: string): Buffer[] {
  const timestamp = Math.floor(Date.now() / 1000);
  return Array.from({ length: count }, () => {
    const body = new URLSearchParams({
      command: '/mta-sts',
      text,
      team_id: 'T0BENCH01',
      user_id: 'U0BENCH02',
      channel_id: 'C0BENCH01',
      response_url: `${apiUrl}response`,
      trigger_id: randomUUID(),
      is_enterprise_install: 'false',
    }).toString();
    const signature = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
    return Buffer.from(
      `POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
        `X-Slack-Request-Timestamp: ${timestamp}\r\nX-Slack-Signature: v0=${signature}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
}

if (import.meta.main) await benchAck();
