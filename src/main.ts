/**
 * The bot. What it is made of stands in start.ts; this only lets Node keep the compiled modules, which
 * nearly halves the next start.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Beside the code and not in the folder for temporary files, where others could put something else in its
// place. Where it cannot be written, as in an image, Node goes without.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/mta-sts-bot', import.meta.url)));
const { start } = await import('./start.ts');
await start();
// Not only at the end: a process that gets killed would compile anew for ever.
flushCompileCache();
