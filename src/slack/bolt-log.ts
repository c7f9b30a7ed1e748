/** What Bolt and its clients have to say, as lines of our log. */
import type { Logger, LogLevel } from '@slack/bolt';
import type { Log } from '../log.ts';

/**
 * Their debug lines hold whole bodies: those are dropped whatever LOG_LEVEL says, and the level that Bolt
 * sees is always `info`, so that it does not even build them.
 */
export function boltLogger(log: Log): Logger {
  const say = (words: unknown[]) =>
    words.map((word) => (word instanceof Error ? word.message : String(word))).join(' ');
  return {
    debug: () => {},
    info: (...words) => log.debug({ from: 'bolt' }, say(words)),
    warn: (...words) => log.warn({ from: 'bolt' }, say(words)),
    error: (...words) => log.error({ from: 'bolt' }, say(words)),
    setLevel: () => {},
    getLevel: () => 'info' as LogLevel,
    setName: () => {},
  };
}
