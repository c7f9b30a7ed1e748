/** `npm run bench`: every benchmark, one after the other, each with its ratio and limit; 1 as the exit code if one is missed. */
import { availableParallelism, cpus } from 'node:os';
import { ackLimit, benchAck } from './ack.ts';
import { benchCheck } from './check.ts';
import { benchIdle } from './idle.ts';
import { benchJobs } from './jobs.ts';
import { benchParse, benchRecord } from './parse.ts';
import { benchStart, startLimit } from './start.ts';

console.log(
  `Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}`,
);
const results = [
  { name: 'parse', limit: 1, ratios: [...benchParse(), await benchRecord()] },
  { name: 'start', limit: startLimit, ratios: [await benchStart()] },
  { name: 'ack', limit: ackLimit, ratios: await benchAck() },
  ...(await benchCheck()),
  { name: 'jobs', limit: 1, ratios: await benchJobs() },
  { name: 'idle CPU and memory', limit: 1, ratios: await benchIdle() },
];
console.log('\nratios (ours over theirs or over what is allowed, lower is better)');
for (const { name, limit, ratios } of results) {
  // A ratio that is not a number is not kept either.
  const kept = ratios.every((ratio) => ratio <= limit);
  const all = ratios.map((ratio) => ratio.toFixed(2)).join('  ');
  console.log(`  ${name.padEnd(22)} ${all}   at most ${limit.toFixed(2)}: ${kept ? 'kept' : 'MISSED'}`);
  if (!kept) process.exitCode = 1;
}
