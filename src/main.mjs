/**
 * The bot. What it is made of stands in start.ts; this only lets Node keep the compiled modules, which nearly halves
 * the next start. In JavaScript, because for a first file in TypeScript Node would load its reader of types, which
 * takes 30 ms and 12 MB; of all others it finds what is left of them in the cache.
 *
 * `npm start` and the image give Node three options, for a bot that mostly waits. A nursery of 4 MB: one of 16 keeps
 * 40 MB more, and of one of 2 the longest answers take a quarter longer. One thread beside the main one: more of them
 * take the processor from the answers that they are to make quicker. And the collection of garbage by hand, for once.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';

/** The first looks are made, and nobody has been waiting for the bot for a while. */
const settledMs = 20_000;

// Beside the code and not in the folder for temporary files, where others could put something else in its
// place. Where it cannot be written, as in an image, Node goes without.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/mta-sts-bot'));
const { start } = await import('./start.ts');
await start();
// Not only at the end: a process that gets killed would compile anew for ever.
flushCompileCache();
// What only the start needed is 10 MB, which V8 would keep for a heap that grows. It takes a tenth of a second.
setTimeout(() => globalThis.gc?.({ type: 'major', flavor: 'last-resort' }), settledMs).unref();
