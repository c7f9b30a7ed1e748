/**
 * What the operator's commands have in common: which database, how its trouble is told, how far they are, and their
 * one line at the end. What is done with the database is left to store/.
 */
import { ConfigError } from '../../config-network.ts';
import { readStoreVariables, type StoreVariables } from '../../config-store.ts';
import { fail, ok, type Result } from '../../protocol/result.ts';
import type { Copied } from '../../store/copy.ts';
import type { Place } from '../../store/problem.ts';
import { type Reached, type Reaching, type Whereabouts, withDatabase } from '../../store/reach.ts';
import { StoreRefused, StoreUnavailable } from '../../store/store.ts';
import type { Arguments } from '../arguments.ts';
import { wrap } from '../layout.ts';
import { jsonLine, plainLine } from '../plain-text.ts';
import { createLiveLine } from '../progress.ts';
import type { Outcome, Terminal } from '../terminal.ts';
import { interruptible } from './interrupt.ts';

interface Copying {
  readonly signal: AbortSignal;
  readonly onRows: (rows: number) => void;
}

export interface Command<T> {
  readonly given: Arguments;
  readonly terminal: Terminal;
  /** What is under way, as in `backup`. */
  readonly verb: string;
  /** For whoever interrupts it, as in `no file was written`. */
  readonly undone: string;
  /** The problem is a sentence. */
  work(variables: StoreVariables, copying: Copying): Promise<Result<T, string>>;
  /** One line for people, one value for programs, and what the command ends with. */
  tell(
    done: T,
    durationMs: number,
  ): { readonly line: string; readonly json: object; readonly outcome?: Outcome; readonly to?: 'stderr' };
}

/** Often enough to be seen moving. */
const progressMs = 100;

/** Runs it; every trouble that is not ours is told in a sentence, and ends with 2. */
export async function operate<T>(command: Command<T>): Promise<Outcome> {
  const { given, terminal, verb, undone, work, tell } = command;
  const live = createLiveLine(terminal.stderr);
  const startedMs = performance.now();
  let shownMs = startedMs;
  const onRows = (rows: number) => {
    if (performance.now() - shownMs < progressMs) return;
    shownMs = performance.now();
    live.show(`${verb}: ${rows} rows …`);
  };
  const done = await troubleOf(() => {
    const variables = readStoreVariables(terminal.env);
    return interruptible(
      (signal) => work(variables, { signal, onRows }),
      () => {
        live.clear();
        terminal.stderr.write(`mta-sts: interrupted; ${undone}.\n`);
      },
    );
  });
  live.clear();
  if (!done.ok) {
    terminal.stderr.write(wrap(`mta-sts: ${done.problem}`, terminal.stderr.columns).join('\n').concat('\n'));
    return 2;
  }
  const durationMs = Math.round(performance.now() - startedMs);
  const { line, json, outcome = 0, to = 'stdout' } = tell(done.value, durationMs);
  const text = given.options.has('json')
    ? jsonLine({ ...json, durationMs })
    : `${plainLine(line)} (${seconds(durationMs)})\n`;
  terminal[to].write(text);
  return outcome;
}

async function troubleOf<T>(work: () => Promise<Result<T, string>>): Promise<Result<T, string>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConfigError || error instanceof StoreRefused || error instanceof StoreUnavailable) {
      return fail(error.message);
    }
    throw error;
  }
}

/** As withDatabase; what the embedded one has to say of its start goes to standard error. */
export function reach<T>(
  whereabouts: Whereabouts,
  { stderr }: Terminal,
  work: (reached: Reached) => Promise<T>,
  reaching?: Reaching,
): Promise<T> {
  const say = (fields: unknown, text?: string) => {
    const what = text ?? fields;
    if (typeof what === 'string') stderr.write(`mta-sts: ${plainLine(what)}.\n`);
  };
  return withDatabase(whereabouts, { info: () => {}, warn: say, error: say }, work, reaching);
}

/** A folder, or the host and the database; never a user's name or a password. */
export function placeName({ where, database }: Place): string {
  return database === '' ? where : `${where}/${database}`;
}

/** `3 teams, 1234 rows`. */
export function countText(copied: Copied): string {
  const teams = copied.teams ?? 0;
  return `${teams} ${teams === 1 ? 'team' : 'teams'}, ${rowsOf(copied)} rows`;
}

export function rowsOf(copied: Copied): number {
  return Object.values(copied).reduce((sum, rows) => sum + rows, 0);
}

/** Decimal, as disks are sold. */
export function sizeText(octets: number): string {
  if (octets < 1_000_000) return `${(octets / 1000).toFixed(1)} kB`;
  return `${(octets / 1_000_000).toFixed(1)} MB`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** The one file that is named; the problems are sentences, and repeat no word, which may be an address with a password. */
export function oneFile({ words }: Arguments, example: string): Result<string, readonly string[]> {
  const [file, ...more] = words;
  if (file === undefined || file === '') return fail([`The file is missing: ${example}.`]);
  if (more.length > 0) return fail([`One file at a time: ${example}.`]);
  if (/^[a-z]+:\/\//i.test(file)) return fail([`A file is named here, and no address: ${example}.`]);
  return ok(file);
}

/** Of a command that takes none. */
export function noWords({ words }: Arguments): readonly string[] {
  return words.length === 0 ? [] : ['This command takes options only; leave every other word out.'];
}
