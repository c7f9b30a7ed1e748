/**
 * How long from the start of the process until it takes commands: the bot, on a data folder that is there and was
 * closed, beside bare Bolt, in turns. When the store is open too, and what the first start of all takes, is told.
 */
import {
  bareBolt,
  createStubApi,
  median,
  mtaStsBot,
  startProgram,
  stubEnv,
  withDataDir,
} from './processes.ts';

const rounds = 7;
/** Over bare Bolt's: what the bot may load besides before it takes commands. */
export const startLimit = 1.5;

/** Ours over bare Bolt's median. */
export function benchStart(): Promise<number> {
  return withDataDir(compare);
}

async function compare(dataDir: string): Promise<number> {
  const api = await createStubApi();
  const env = { ...stubEnv(api), DATA_DIR: dataDir };
  let firstMs = Number.NaN;
  const contenders = [
    { name: 'bare Bolt', argv: bareBolt, tookMs: [] as number[], readyMs: [] as number[] },
    { name: 'mta-sts-bot', argv: mtaStsBot, tookMs: [] as number[], readyMs: [] as number[] },
  ];
  try {
    // The round before the first fills the caches of the disk, and makes the database.
    for (let round = -1; round < rounds; round += 1) {
      for (const { argv, tookMs, readyMs } of round % 2 === 0 ? contenders : contenders.toReversed()) {
        const program = await startProgram(argv, env);
        await program.stop();
        if (round >= 0) {
          tookMs.push(program.takesCommandsMs);
          readyMs.push(program.readyMs);
        } else if (argv === mtaStsBot) firstMs = program.readyMs;
      }
    }
  } finally {
    api.stop();
  }
  console.log(`start to taking commands, median of ${rounds}`);
  for (const { name, tookMs, readyMs } of contenders) {
    const all = tookMs.map((value) => value.toFixed(0)).join(' ');
    console.log(
      `  ${name.padEnd(12)} ${median(tookMs).toFixed(0)} ms   (${all}), all of it ready after ${median(readyMs).toFixed(0)} ms`,
    );
  }
  console.log(`  the first start, which makes the database: ready after ${firstMs.toFixed(0)} ms`);
  const [bare, ours] = contenders.map(({ tookMs }) => median(tookMs));
  const ratio = (ours ?? Number.NaN) / (bare ?? Number.NaN);
  console.log(`  ratio ${ratio.toFixed(2)} (at most ${startLimit.toFixed(2)})`);
  return ratio;
}

if (import.meta.main) await benchStart();
