/**
 * Writes docs/rules.md from the registry: every rule with its severity, its section and what it leaves to
 * others to say. Run it after each change of a rule: `npm run rules`.
 */
import { writeFileSync } from 'node:fs';
import { type Area, areas, type Rule } from './check/rule.ts';
import { rules } from './check/rules/index.ts';

const headings: Readonly<Record<Area, string>> = {
  record: 'The TXT record',
  'policy-host': 'The policy host: DNS and TLS',
  http: 'The policy host: HTTP',
  policy: 'The policy',
  mx: 'The MX hosts',
  smtp: 'SMTP and STARTTLS',
  dane: 'DANE',
  'tls-rpt': 'TLS-RPT',
  domain: 'The domain as a whole',
};

const introduction = `# The rules of the live check

Generated from the registry, \`src/check/rules/index.ts\`, by \`npm run rules\`.

A rule finds something, passes, or is skipped because there is nothing to look at or it was not measured; skipped is
never passed. An **error** breaks a MUST of the RFC or loses mail or protection, a **warning** breaks a SHOULD or fails
with some senders only, a **notice** is hygiene. Where one fault would be found by two rules the more specific one speaks
alone: "instead of" names the rules that are silent then. Rules about what changed rest on the earlier looks at a domain
and are skipped where none is known, as in the terminal.
`;

/** The whole document, with a final newline. */
export function rulesDocument(list: readonly Rule[] = rules): string {
  const tables = areas.flatMap((area) => {
    const rows = list.filter((one) => one.area === area).map(rowOf);
    return rows.length === 0 ? [] : [table(headings[area], rows)];
  });
  return `${introduction}\n${tables.join('\n')}`;
}

function table(heading: string, rows: readonly string[]): string {
  return [
    `## ${heading}`,
    '',
    '| Id | Severity | Finding | RFC | Instead of |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function rowOf({ id, severityTold, title, cite, supersedes, silences }: Rule): string {
  const silent = [...supersedes, ...silences].map((other) => `\`${other}\``).join(', ');
  const cells = [`\`${id}\``, severityTold, title, `[${cite.label}](${cite.url})`, silent];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replace('|  |', '| |');
}

if (import.meta.main) {
  writeFileSync(new URL('../docs/rules.md', import.meta.url), rulesDocument());
}
