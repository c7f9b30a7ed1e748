/**
 * Loaded into the bot's process before the bot: when whoever started it is gone, killed or not, the pipe to its
 * standard input ends, and the bot stops too. The bot itself knows nothing of it. In JavaScript, as main.mjs is.
 */

/** As long as the bot may take to finish what it has begun. */
const drainMs = 10_000;

// Does not keep the process alive by itself.
const input = process.stdin;
input.on('error', leave).on('close', leave).on('end', leave).resume();
if ('unref' in input) input.unref();

let leaving = false;

function leave() {
  if (leaving) return;
  leaving = true;
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), drainMs).unref();
}
