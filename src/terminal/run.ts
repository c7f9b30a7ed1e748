/** Which command the words name, and what it takes. */
import { type Arguments, nearestWord, readArguments } from './arguments.ts';
import type { OpenLook } from './check.ts';
import { plainLine } from './plain-text.ts';
import type { Outcome, Terminal } from './terminal.ts';
import {
  backupOptions,
  checkOptions,
  commandNames,
  forgetOptions,
  help,
  lintOptions,
  moveOptions,
  newOptions,
  restoreOptions,
  wrongUsage,
} from './usage.ts';

// Each is loaded when it is asked for: lint needs no DNS, and check no database.
const commands = {
  new: {
    options: newOptions,
    run: async (given: Arguments, terminal: Terminal) => (await import('./new.ts')).create(given, terminal),
  },
  lint: {
    options: lintOptions,
    run: async (given: Arguments, terminal: Terminal) => (await import('./lint.ts')).lint(given, terminal),
  },
  check: {
    options: checkOptions,
    run: async (given: Arguments, terminal: Terminal, openLook: OpenLook) =>
      (await import('./check.ts')).check(given, terminal, openLook),
  },
  backup: {
    options: backupOptions,
    run: async (given: Arguments, terminal: Terminal) =>
      (await import('./operator/backup.ts')).backup(given, terminal),
  },
  restore: {
    options: restoreOptions,
    run: async (given: Arguments, terminal: Terminal) =>
      (await import('./operator/restore.ts')).restore(given, terminal),
  },
  move: {
    options: moveOptions,
    run: async (given: Arguments, terminal: Terminal) =>
      (await import('./operator/move.ts')).move(given, terminal),
  },
  forget: {
    options: forgetOptions,
    run: async (given: Arguments, terminal: Terminal) =>
      (await import('./operator/forget.ts')).forget(given, terminal),
  },
} as const;

/** Runs one command; what is thrown is our own fault. */
export async function run(
  argv: readonly string[],
  terminal: Terminal,
  openLook: OpenLook = openNetworkLook,
): Promise<Outcome> {
  const [word, ...rest] = argv;
  if (word === undefined) return wrongUsage(terminal, ['The command is missing.']);
  const end = argv.indexOf('--');
  const asked = argv.slice(0, end === -1 ? argv.length : end);
  if (word === 'help' || asked.includes('--help') || asked.includes('-h')) {
    terminal.stdout.write(help);
    return 0;
  }
  const name = commandNames.find((known) => known === word);
  if (name === undefined) {
    const near = nearestWord(word, [...commandNames, 'help']);
    const hint = near === undefined ? '.' : `; did you mean ${near}?`;
    return wrongUsage(terminal, [`There is no command ${plainLine(word)}${hint}`]);
  }
  const given = readArguments(rest, commands[name].options);
  return given.ok
    ? commands[name].run(given.value, terminal, openLook)
    : wrongUsage(terminal, given.problem, name);
}

const openNetworkLook: OpenLook = async (network) => (await import('./look.ts')).openLook(network);
