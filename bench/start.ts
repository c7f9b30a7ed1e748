/** How long from the start of the process until it takes commands: the bot beside bare Bolt, in turns. */
import { createStubApi, median, startProgram } from './processes.ts';

const rounds = 7;
/** Over bare Bolt's: what the bot may load besides before it takes commands. */
export const startLimit = 1.5;

/** Ours over bare Bolt's median. */
export async function benchStart(): Promise<number> {
  const api = await createStubApi();
  const contenders = [
    { name: 'bare Bolt', entry: 'bare-bolt.ts', tookMs: [] as number[] },
    { name: 'mta-sts-bot', entry: '../src/main.ts', tookMs: [] as number[] },
  ];
  try {
    // The round before the first fills the caches of the disk.
    for (let round = -1; round < rounds; round += 1) {
      for (const { entry, tookMs } of round % 2 === 0 ? contenders : contenders.toReversed()) {
        const program = await startProgram(entry, api);
        await program.stop();
        if (round >= 0) tookMs.push(program.readyMs);
      }
    }
  } finally {
    api.stop();
  }
  console.log(`start to ready, median of ${rounds}`);
  for (const { name, tookMs } of contenders) {
    const all = tookMs.map((value) => value.toFixed(0)).join(' ');
    console.log(`  ${name.padEnd(12)} ${median(tookMs).toFixed(0)} ms   (${all})`);
  }
  const [bare, ours] = contenders.map(({ tookMs }) => median(tookMs));
  const ratio = (ours ?? Number.NaN) / (bare ?? Number.NaN);
  console.log(`  ratio ${ratio.toFixed(2)} (at most ${startLimit.toFixed(2)})`);
  return ratio;
}

if (import.meta.main) await benchStart();
