/** How the commands are written: their options, the help, and what wrong usage is told. */
import type { Option } from './arguments.ts';
import { wrap } from './layout.ts';
import type { Outcome, Terminal } from './terminal.ts';

const synopses = {
  new: 'mta-sts new <domain> [--mx HOST]… [--mode testing|enforce|none] [--max-age SECONDS] [--id ID] [--rua URI]… [--json]',
  lint: 'mta-sts lint (--record | --policy | --tls-rpt) [FILE | -] [--json]',
  check: 'mta-sts check (<domain>… | - | --recorded FILE) [--json]',
  backup: 'mta-sts backup (FILE | -) [--json]',
  restore: 'mta-sts restore (FILE | -) [--replace] [--json]',
  move: 'mta-sts move --to postgres://user:password@host/database [--json]',
  forget: 'mta-sts forget --team T… [--json]',
} as const;

export type CommandName = keyof typeof synopses;

export const commandNames = Object.keys(synopses) as readonly CommandName[];

/** Names every wrong thing and shows how the command is written. */
export function wrongUsage(
  { stderr }: Terminal,
  problems: readonly string[],
  command?: CommandName,
): Outcome {
  const usage = command === undefined ? Object.values(synopses) : [synopses[command]];
  stderr.write(
    [
      ...problems.flatMap((problem) =>
        wrap(`mta-sts: ${problem}`, stderr.columns).map((line) => `${line}\n`),
      ),
      `\n${stderr.paint('bold', 'Usage')}\n${usage.map((synopsis) => `${written(synopsis, stderr.columns)}\n`).join('')}`,
      `More: mta-sts help\n`,
    ].join(''),
  );
  return 2;
}

/** What `new` takes; the value is an example to write. */
export const newOptions = {
  mx: { value: 'HOST', many: true },
  mode: { value: 'testing' },
  'max-age': { value: 'SECONDS' },
  id: { value: 'ID' },
  rua: { value: 'mailto:tls-reports@example.com', many: true },
  json: {},
} as const satisfies Record<string, Option>;

export const lintOptions = {
  record: {},
  policy: {},
  'tls-rpt': {},
  json: {},
} as const satisfies Record<string, Option>;

export const checkOptions = {
  recorded: { value: 'FILE' },
  json: {},
} as const satisfies Record<string, Option>;

export const backupOptions = { json: {} } as const satisfies Record<string, Option>;

export const restoreOptions = { replace: {}, json: {} } as const satisfies Record<string, Option>;

export const moveOptions = {
  to: { value: 'postgres://user:password@host/database' },
  json: {},
} as const satisfies Record<string, Option>;

export const forgetOptions = { team: { value: 'T0123ABCD' }, json: {} } as const satisfies Record<
  string,
  Option
>;

/** For a screen of 80 columns. */
export const help = `mta-sts writes, reads and checks what MTA-STS (RFC 8461) and TLS-RPT (RFC 8460)
publish.

${written(synopses.new, 80)}
      What to publish for the domain: policy, TXT records, and the order.
      --mx HOST          an MX host, or a pattern such as *.example.net; without
                         it, the domain's MX are looked up in DNS
      --mode MODE        testing (the default), enforce or none
      --max-age SECONDS  how long senders may keep the policy, up to 31557600;
                         default: 86400 (1 day), in enforce 604800 (7 days)
      --id ID            the id of the TXT record, 1 to 32 letters and digits;
                         default: made from the time and the policy
      --rua URI          where TLS reports go: an https:// address, or
                         mailto:tls-reports@example.com

${written(synopses.lint, 80)}
      What is wrong with a text, where, and what to write instead.
      --record           FILE holds the TXT records at _mta-sts, one a line
      --policy           FILE is mta-sts.txt
      --tls-rpt          FILE holds the TXT records at _smtp._tls, one a line
      Without FILE, or with -, standard input is read.

${written(synopses.check, 80)}
      What a sender meets at the published domain, and how to mend it.
      -                  domains from standard input, one a line; # begins a
                         comment
      --recorded FILE    judges what --json printed before again, without a
                         network; - is standard input

For whoever runs the bot, with its DATA_DIR or DATABASE_URL:

${written(synopses.backup, 80)}
      All that the database holds, as it is at one moment, into FILE; also while
      the bot runs. Slack tokens stay encrypted: keep SECRETS_KEY elsewhere.

${written(synopses.restore, 80)}
      All of a backup, or nothing. Stop the bot first.
      --replace          deletes what is there; without it, only an empty
                         database is restored into

${written(synopses.move, 80)}
      Everything into an empty database of a server, such as from DATA_DIR to
      DATABASE_URL. Stop the bot first; the old database stays as it was.

${written(synopses.forget, 80)}
      Deletes all that is known of a team, at once and for good.

  --json   prints one JSON value on standard output, and nothing else there;
           check prints one a line for each domain, as soon as it is known
  --help   prints this

Exit: 0 nothing wrong, 1 something is wrong, 2 could not look or wrong usage;
of several domains the highest. forget: 1 when there is no such team.
Environment: DNS_RESOLVERS (ip or ip:port, comma-separated), EHLO_NAME (this
machine's public name), SMTP_CONTROL_HOST (an MX known to answer), NO_COLOR,
FORCE_COLOR; for whoever runs the bot DATA_DIR, DATABASE_URL, PG_BIN.
`;

/** How a command is written, in lines of that many columns; an option and its value stay together. */
function written(synopsis: string, columns: number): string {
  const lines: string[] = [];
  for (const part of synopsis.match(/\[[^\]]*\]…?|\S+/g) ?? []) {
    const line = lines.at(-1);
    if (line === undefined) lines.push(`  ${part}`);
    else if (line.length + 1 + part.length <= columns) lines[lines.length - 1] = `${line} ${part}`;
    else lines.push(`          ${part}`);
  }
  return lines.join('\n');
}
