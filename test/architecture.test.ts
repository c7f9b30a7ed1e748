/**
 * Who may import whom: a file imports only from the floors below it. A new folder needs a row here before
 * it may hold a file.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

interface Row {
  /** Folders and files of src, packages, `node:` modules. A folder stands for the files in it, not for those below. */
  readonly may: readonly string[];
  /** The same, but types only. */
  readonly types?: readonly string[];
}

const anything = '*';
/** What a pure file may lean on: no socket, no file, no clock of its own, no Slack. */
const purePackages = ['node:url', 'node:crypto', 'node:zlib', 'fastest-levenshtein', 'tldts', 'zod'];
/** The parts of slack/ that are pure, for blocks to build on. */
const pureSlack = [
  'slack/alert-button.ts',
  'slack/command.ts',
  'slack/digest.ts',
  'slack/fields.ts',
  'slack/form.ts',
  'slack/form-state.ts',
  'slack/ids.ts',
  'slack/records.ts',
  'slack/submission.ts',
  'slack/time-zone.ts',
  'slack/told-report.ts',
  'slack/watch-values.ts',
  'slack/worst-first.ts',
];
/** The parts of watch/ that are pure: what is news is worked out without a clock. */
const pureWatch = [
  'watch/absence.ts',
  'watch/digest.ts',
  'watch/incident.ts',
  'watch/incident-shapes.ts',
  'watch/news.ts',
  'watch/quiet-hours.ts',
  'watch/same-finding.ts',
  'watch/schedule.ts',
  'watch/state.ts',
  'watch/ways.ts',
];

/** The longest row that fits a file holds; a row speaks for its folder and those below it. */
const rows: Readonly<Record<string, Row>> = {
  protocol: { may: ['protocol', 'node:url', 'node:crypto', 'fastest-levenshtein', 'tldts'] },
  'check/probes': {
    may: [
      'protocol',
      'check/probes',
      'check/observation.ts',
      'check/policy-content.ts',
      'check/progress.ts',
      'node:net',
      'node:tls',
      'node:dgram',
      'node:dns',
      'node:crypto',
      'node:http',
      'node:timers/promises',
      'dns-packet',
    ],
    types: ['check'],
  },
  'check/rules': { may: ['protocol', 'check', 'check/rules'] },
  check: { may: ['protocol', 'check', 'check/probes', 'check/rules', 'node:zlib', 'node:timers/promises'] },
  // Recorded looks come from files of anybody.
  'check/recorded.ts': { may: ['protocol', 'check', 'zod'] },
  'check/recorded-fields.ts': { may: ['protocol', 'zod'] },
  'check/recorded-shape.ts': { may: ['protocol', 'check', 'zod'] },
  'check/policy-hash.ts': { may: ['protocol', 'node:crypto'] },
  'check/fingerprint.ts': { may: ['node:crypto'], types: ['check/observation.ts'] },
  'config.ts': {
    may: [
      'zod',
      'node:path',
      'protocol',
      'check/probes/network.ts',
      'config-network.ts',
      'config-readings.ts',
      'config-store.ts',
    ],
  },
  'config-store.ts': { may: ['node:path', 'protocol', 'config-network.ts', 'config-readings.ts'] },
  'config-network.ts': { may: ['node:os', 'check/probes/network.ts', 'config-readings.ts'] },
  'config-readings.ts': { may: ['node:path', 'protocol', 'check/probes/network.ts'] },
  'manifest-file.ts': { may: ['node:fs'] },
  // What others wrote must not steer whoever reads the log either.
  'log.ts': { may: ['pino', 'terminal/plain-text.ts'] },
  'http.ts': {
    may: ['node:crypto', 'node:http', 'check/probes/network.ts'],
    types: ['node:net', 'log.ts', 'metrics.ts'],
  },
  'metrics.ts': {
    may: ['prom-client', 'watch/ways.ts'],
    types: ['slack', 'store/store.ts', 'watch/own-network.ts', 'watch/watcher.ts'],
  },
  'slack/topics': { may: ['protocol', 'slack/topics', 'fastest-levenshtein'] },
  'slack/blocks': {
    may: ['protocol', 'check', 'slack/blocks', 'slack/topics', 'store/shapes.ts', 'zod', ...pureSlack],
    types: ['@slack/types', 'slack/check-limits.ts', 'slack/looks.ts', 'store/shapes.ts', 'watch'],
  },
  ...Object.fromEntries(
    pureSlack.map((file) => [
      file,
      {
        may: ['protocol', 'check', 'slack/topics', ...pureSlack, ...purePackages],
        types: ['@slack/types', 'store/shapes.ts'],
      },
    ]),
  ),
  slack: {
    may: [
      'protocol',
      'check',
      'check/probes',
      'slack',
      'slack/blocks',
      'slack/topics',
      'slack/listeners',
      // A press finds the store away.
      'store/store.ts',
      'watch',
      '@slack/bolt',
      'zod',
      'fastest-levenshtein',
      'node:crypto',
      'node:timers/promises',
      'prom-client',
      'rate-limiter-flexible',
      'manifest-file.ts',
    ],
    types: ['config.ts', 'log.ts', 'store', '@slack/types', 'node:http', 'pino'],
  },
  store: {
    may: [
      'store',
      'store/migrations',
      'kysely',
      'kysely/helpers/postgres',
      'kysely/migration',
      'node:crypto',
    ],
    types: ['protocol', 'check', 'log.ts', 'pg'],
  },
  'store/connection.ts': { may: ['store/problem.ts', 'kysely', 'pg'], types: ['store'] },
  'slack/door.ts': {
    may: ['protocol', 'slack', 'slack/blocks', 'store/store.ts', 'node:crypto'],
    types: ['log.ts', '@slack/bolt'],
  },
  'slack/remembering.ts': { may: ['protocol', 'slack/open-form.ts', 'store/store.ts'] },
  'store/owner-lock.ts': { may: ['store', 'node:fs', 'node:path', 'node:sqlite', 'node:timers/promises'] },
  'store/open.ts': { may: ['store', 'node:timers/promises'], types: ['log.ts', 'pg'] },
  'store/reach.ts': {
    may: ['store', 'node:fs', 'node:path', 'node:timers/promises', 'pg'],
    types: ['log.ts', 'kysely'],
  },
  'store/copy.ts': {
    may: [
      'protocol',
      'store',
      'kysely',
      'node:crypto',
      'node:events',
      'node:fs',
      'node:fs/promises',
      'node:stream',
      'node:stream/promises',
      'node:zlib',
    ],
  },
  'store/postgres-programs.ts': {
    may: [
      'store',
      'node:child_process',
      'node:fs',
      'node:fs/promises',
      'node:module',
      'node:path',
      'node:util',
    ],
  },
  'store/leftovers.ts': {
    may: ['store', 'node:child_process', 'node:fs', 'node:path', 'node:timers/promises'],
    types: ['log.ts'],
  },
  'store/cluster.ts': {
    may: ['store', 'node:events', 'node:fs', 'node:fs/promises', 'node:path', 'node:stream/consumers'],
  },
  'store/folder-problems.ts': { may: ['store', 'node:fs/promises'] },
  'store/server-log.ts': { may: ['node:fs'] },
  'store/kept-server.ts': {
    may: ['store', 'node:fs', 'node:os', 'node:path', 'node:timers/promises', 'pg'],
    types: ['log.ts', 'node:child_process'],
  },
  'store/queues.ts': { may: ['store', 'kysely', 'pg-boss'], types: ['pg'] },
  'store/work.ts': { may: ['store', 'node:timers/promises'] },
  'store/embedded.ts': {
    may: ['store', 'node:fs', 'node:fs/promises', 'node:path', 'node:timers/promises'],
    types: ['log.ts'],
  },
  terminal: {
    may: [
      'protocol',
      'check',
      'check/probes',
      'terminal',
      'config-network.ts',
      'fastest-levenshtein',
      'node:util',
      'node:fs/promises',
      'node:timers/promises',
      'terminal/operator',
    ],
    types: ['node:stream'],
  },
  'terminal/operator': {
    may: [
      'protocol',
      'store',
      'terminal',
      'terminal/operator',
      'config-network.ts',
      'config-store.ts',
      'node:fs/promises',
      'node:stream',
      'node:stream/promises',
      'node:timers/promises',
    ],
  },
  watch: { may: ['protocol', 'check', 'check/rules', 'watch'], types: ['store/shapes.ts'] },
  'watch/watcher.ts': { may: ['check', 'watch'], types: ['store'] },
  // Nothing of the bot: what both got wrong in the same way, no test would see.
  'local/slack': {
    may: [
      'local/slack',
      'local/slack/page',
      'local/slack/web-api',
      'local/free-port.ts',
      'node:crypto',
      'node:events',
      'node:fs',
      'node:fs/promises',
      'node:http',
      'node:module',
      'node:net',
      'node:path',
      'node:stream',
      'node:timers/promises',
      'node:url',
      'node:util',
      'ws',
      'zod',
    ],
  },
  'local/slack/page': { may: ['local/slack/page', 'preact', 'preact/hooks'] },
  local: { may: [anything] },
  'start.ts': { may: [anything] },
  'cli.ts': { may: [anything] },
  'manifest.ts': { may: [anything] },
  'rules-doc.ts': { may: [anything] },
};

/** Programs: they start everything else, so nothing else starts them. */
const programs = ['start.ts', 'cli.ts', 'manifest.ts', 'rules-doc.ts', 'local'];
/** Who may read process.env; everybody else is given what was read. */
const environmentReaders = ['start.ts', 'cli.ts', 'config.ts', 'local'];

interface Import {
  readonly file: string;
  /** A file of src, or a package's or module's name. */
  readonly target: string;
  readonly typeOnly: boolean;
}

const files = new Map(
  globSync('**/*.ts', { cwd: src })
    .map((file) => [file.replaceAll('\\', '/'), readFileSync(join(src, file), 'utf8')] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1)),
);
const imports = [...files].flatMap(([file, text]) => importsOf(file, text));

function importsOf(file: string, text: string): Import[] {
  const statement =
    /^(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|\b(?:import|getBuiltinModule)\(\s*['"]([^'"]+)['"]/gm;
  return [...text.matchAll(statement)].map(([, type, fixed, dynamic]) => {
    const specifier = fixed ?? dynamic ?? '';
    const target = specifier.startsWith('.') ? relative(src, join(src, dirname(file), specifier)) : specifier;
    return { file, target: target.replaceAll('\\', '/'), typeOnly: type !== undefined };
  });
}

function rowOf(file: string): [name: string, row: Row] | undefined {
  return Object.entries(rows)
    .filter(([name]) => isIn(file, name))
    .sort(([one], [other]) => other.length - one.length)[0];
}

function isIn(file: string, room: string): boolean {
  return file === room || file.startsWith(`${room}/`);
}

/** An entry is the file or package itself, or the folder that directly holds it. */
function meets(target: string, entry: string): boolean {
  return entry === anything || entry === target || (target.endsWith('.ts') && dirname(target) === entry);
}

function isAllowed({ file, target, typeOnly }: Import): boolean {
  const row = rowOf(file)?.[1];
  if (row === undefined) return false;
  return [...row.may, ...(typeOnly ? (row.types ?? []) : [])].some((entry) => meets(target, entry));
}

describe('imports', () => {
  test('are found at all', () => {
    expect(imports.length).toBeGreaterThan(100);
    const text =
      "import { a } from './a.ts';\nimport type {\n  B,\n} from '../b.ts';\nimport 'c';\nconst d = await import('node:d');\nexport { e } from './e.ts';";
    expect(importsOf('check/x.ts', text)).toEqual([
      { file: 'check/x.ts', target: 'check/a.ts', typeOnly: false },
      { file: 'check/x.ts', target: 'b.ts', typeOnly: true },
      { file: 'check/x.ts', target: 'c', typeOnly: false },
      { file: 'check/x.ts', target: 'node:d', typeOnly: false },
      { file: 'check/x.ts', target: 'check/e.ts', typeOnly: false },
    ]);
  });

  test('go down only', () => {
    const wrong = imports.filter((one) => !isAllowed(one));
    expect(
      wrong.map(({ file, target, typeOnly }) => `${file} → ${typeOnly ? 'type ' : ''}${target}`),
    ).toEqual([]);
  });

  test('of programs: nobody', () => {
    const wrong = imports.filter(
      ({ file, target }) => programs.some((program) => isIn(target, program)) && !isIn(file, 'local'),
    );
    expect(wrong.map(({ file, target }) => `${file} → ${target}`)).toEqual([]);
  });

  test('never lead from a pure room to a socket, a file or Slack', () => {
    const pureRooms = ['protocol', 'check/rules', 'slack/blocks', 'slack/topics', ...pureSlack, ...pureWatch];
    const reached = new Set([...files.keys()].filter((file) => pureRooms.some((room) => isIn(file, room))));
    // A set grows while it is walked: what is added is walked too.
    for (const file of reached) {
      for (const { target, typeOnly } of imports.filter((one) => one.file === file)) {
        if (typeOnly) continue;
        if (files.has(target)) reached.add(target);
        else expect(purePackages, `${file} → ${target}`).toContain(target);
      }
    }
    expect(reached.size).toBeGreaterThan(10);
  });

  test('every row of a folder has files', () => {
    const used = new Set([...files.keys()].map((file) => rowOf(file)?.[0]));
    expect(Object.keys(rows).filter((name) => !name.endsWith('.ts') && !used.has(name))).toEqual([]);
  });
});

describe('files', () => {
  test.each([...files])('%s opens by saying what it is', (_, text) => {
    expect(text).toMatch(/^(#!.*\n)?\/\*\*[\s\S]{10,}?\*\//);
  });

  test('export by name', () => {
    const code = (text: string) => text.replaceAll(/`[^`]*`/g, '``');
    expect(
      [...files]
        .filter(([, text]) => /^export default\b|^export \{[^}]*\bas default\b/m.test(code(text)))
        .map(([file]) => file),
    ).toEqual([]);
  });

  test('read the environment at the door only', () => {
    const readers = [...files]
      .filter(([, text]) => /\bprocess\s*\.\s*env\b|from 'node:process'/.test(text))
      .map(([file]) => file);
    expect(readers.filter((file) => !environmentReaders.some((room) => isIn(file, room)))).toEqual([]);
  });
});
