/** `mta-sts` in the terminal: connects the process to the commands in terminal/, and ends with their exit code. */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import type { Terminal } from './terminal/terminal.ts';

// As mta-sts.mjs does, for whoever starts this file itself.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/mta-sts'));
const { createScreen } = await import('./terminal/layout.ts');
const { run } = await import('./terminal/run.ts');

// `mta-sts … | head` closes the pipe early: that is the reader's choice and no fault.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}

const terminal: Terminal = {
  stdin: process.stdin,
  stdout: createScreen(process.stdout, process.env.TERM),
  stderr: createScreen(process.stderr, process.env.TERM),
  output: process.stdout,
  env: process.env,
  now: new Date(),
};

try {
  process.exitCode = await run(process.argv.slice(2), terminal);
} catch (error) {
  const { plainText } = await import('./terminal/plain-text.ts');
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.stderr.write(
    `mta-sts: this is a fault of the program, not of what was typed.\n${plainText(text)}\n`,
  );
  process.exitCode = 2;
}
