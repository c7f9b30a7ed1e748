/** `mta-sts lint`: reads a record, a policy or a TLS-RPT record from a file and says what is wrong where. */
import { tooBroad } from '../check/mx-choices.ts';
import type { Fault, Parsed } from '../protocol/fault.ts';
import {
  type MtaStsRecord,
  type Policy,
  parseMxPattern,
  parsePolicy,
  parseRecordSet,
} from '../protocol/mtasts.ts';
import { decodeText, splitLines } from '../protocol/policy-lines.ts';
import { isTooBroad } from '../protocol/providers.ts';
import { spellSeconds } from '../protocol/publishing-steps.ts';
import { rfc } from '../protocol/rfc.ts';
import { parseTlsRptSet, type TlsRptRecord } from '../protocol/tlsrpt.ts';
import type { Arguments } from './arguments.ts';
import { readFile, readStandardInput } from './input.ts';
import { block, countLine, findingLines, type Shown } from './layout.ts';
import { jsonLine, plainLine } from './plain-text.ts';
import type { Outcome, Terminal } from './terminal.ts';
import { wrongUsage } from './usage.ts';

type Kind = 'record' | 'policy' | 'tls-rpt';

const kindNames: Readonly<Record<Kind, string>> = {
  record: 'MTA-STS record',
  policy: 'MTA-STS policy',
  'tls-rpt': 'TLS-RPT record',
};

export async function lint({ words, options }: Arguments, terminal: Terminal): Promise<Outcome> {
  const kinds = (['record', 'policy', 'tls-rpt'] as const).filter((kind) => options.has(kind));
  const [kind] = kinds;
  const problems = [
    ...(kinds.length === 1
      ? []
      : [
          kinds.length === 0
            ? 'What the file holds is not said; write --record, --policy or --tls-rpt.'
            : `${kinds.map((name) => `--${name}`).join(' and ')} exclude each other; write one of them.`,
        ]),
    ...(words.length <= 1
      ? []
      : [
          `One file at a time; ${words
            .slice(1)
            .map((word) => plainLine(word))
            .join(', ')} is one too many.`,
        ]),
  ];
  if (kind === undefined || problems.length > 0) return wrongUsage(terminal, problems, 'lint');

  const file = words[0] ?? '-';
  const name = file === '-' ? 'standard input' : plainLine(file);
  const read = file === '-' ? await readStandardInput(terminal) : await readFile(file);
  if (!read.ok) {
    terminal.stderr.write(`mta-sts: ${name}: ${read.problem}\n`);
    return 2;
  }
  const text = judge(kind, read.value);
  if (options.has('json')) terminal.stdout.write(jsonLine(toJson(text)));
  else show(name, kind, text, terminal);
  return text.verdict === 'valid' && !text.findings.some(({ severity }) => severity === 'error') ? 0 : 1;
}

interface Judged {
  readonly verdict: Parsed<unknown>['verdict'];
  readonly value: MtaStsRecord | Policy | TlsRptRecord | undefined;
  readonly findings: readonly Fault[];
  readonly corrected: string | undefined;
  /** As the faults count them. */
  readonly lines: readonly string[];
  /** A byte order mark stands in front of the first line, and is not counted in its columns. */
  readonly bom: boolean;
}

function judge(kind: Kind, octets: Uint8Array): Judged {
  if (kind === 'policy') {
    const parsed = parsePolicy(octets);
    const { text, bom } = decodeText(octets);
    const { lines } = splitLines(text);
    const findings = inOrder([...parsed.problems, ...parsed.advice, ...broadPatterns(lines)]);
    return { ...parsed, findings, lines, bom };
  }
  const lines = recordLines(octets);
  // One TXT record a line. An empty line is none; a record of nothing cannot be published either.
  const records = lines.flatMap((line, index) => (line.length === 0 ? [] : [{ line, number: index + 1 }]));
  const texts = records.map(({ line }) => line);
  const parsed = kind === 'record' ? parseRecordSet(texts) : parseTlsRptSet(texts);
  const findings = inOrder([...parsed.problems, ...parsed.advice, ...absent(kind, parsed)]).map((fault) => ({
    ...fault,
    line: records[fault.line - 1]?.number ?? fault.line,
  }));
  return { ...parsed, findings, lines: lines.map(decode), bom: false };
}

function inOrder(faults: readonly Fault[]): readonly Fault[] {
  return faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** Wildcards that strangers can have names under: the grammar allows them. */
function broadPatterns(lines: readonly string[]): readonly Fault[] {
  return lines.flatMap((line, index) => {
    const [, key = '', value = ''] = /^(mx:[ \t]*)(\S+)[ \t]*$/.exec(line) ?? [];
    const pattern = parseMxPattern(value);
    if (!pattern.ok || !isTooBroad(pattern.value)) return [];
    const { text, ...caution } = tooBroad(pattern.value);
    return [{ ...caution, detail: text, line: index + 1, column: key.length + 1, length: value.length }];
  });
}

/** Nothing in the file claims to be a record, and nothing comes near: senders see none. */
function absent(kind: 'record' | 'tls-rpt', { verdict, problems }: Parsed<unknown>): readonly Fault[] {
  if (verdict !== 'none' || problems.length > 0) return [];
  const [id, prefix, cite] =
    kind === 'record'
      ? (['txt.absent', 'v=STSv1;', rfc(8461, '3.1')] as const)
      : (['rpt.absent', 'v=TLSRPTv1;', rfc(8460, '3')] as const);
  return [
    {
      id,
      severity: 'error',
      title: `No line is ${kind === 'record' ? 'an' : 'a'} ${kindNames[kind]}`,
      detail: `None begins with \`${prefix}\`, so senders find no record here.`,
      remedy: 'Write the TXT record as DNS holds it, without quotation marks, one record a line.',
      cite,
      line: 1,
      column: 1,
      length: 0,
    },
  ];
}

function recordLines(octets: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let end = octets.indexOf(0x0a); end !== -1; end = octets.indexOf(0x0a, start)) {
    lines.push(octets.subarray(start, octets[end - 1] === 0x0d && end > start ? end - 1 : end));
    start = end + 1;
  }
  return start < octets.length ? [...lines, octets.subarray(start)] : lines;
}

function decode(octets: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(octets);
}

function toJson({ verdict, value, findings, corrected }: Judged): unknown {
  return {
    verdict,
    value,
    findings: findings.map(({ cite, ...fault }) => ({ ...fault, cite: cite.label })),
    corrected,
  };
}

function show(name: string, kind: Kind, text: Judged, { stdout }: Terminal): void {
  const { verdict, value, findings, corrected } = text;
  const sound = verdict === 'valid' && !findings.some(({ severity }) => severity === 'error');
  const sentences = {
    valid: `a valid ${kindNames[kind]}`,
    invalid: `not a valid ${kindNames[kind]}`,
    none: `no ${kindNames[kind]}`,
    multiple: `more than one ${kindNames[kind]}, which counts as none`,
  };
  const heading = `${stdout.paint('bold', name)} · ${stdout.paint(sound ? 'good' : 'error', sentences[verdict])}`;
  const parts = [
    `${heading}\n${value === undefined ? '' : `${describe(value)}\n`}${countLine(findings)}\n`,
    ...findings.map((fault) => findingLines(placed(fault, text), stdout)),
    ...(corrected === undefined ? [] : [`${stdout.paint('bold', 'Corrected')}\n${block(corrected, '  ')}`]),
  ];
  stdout.write(parts.join('\n'));
}

function placed(fault: Fault, { lines, bom }: Judged): Shown {
  const { line, column, length } = fault;
  const text = lines[line - 1] ?? '';
  if (!bom || line > 1) return { ...fault, place: { line, text, column, length } };
  const mark = '\ufeff';
  const place =
    fault.id === 'policy.bom'
      ? { line, text: mark + text, column: 1, length: 1 }
      : { line, text: mark + text, column: column + 1, length };
  return { ...fault, place };
}

function describe(value: MtaStsRecord | Policy | TlsRptRecord): string {
  if ('id' in value) return `id ${value.id}`;
  if ('rua' in value) return `reports to ${value.rua.join(', ')}`;
  const { mode, mx, maxAgeSeconds } = value;
  return `mode ${mode}, ${mx.length} mx, max_age ${maxAgeSeconds} (${spellSeconds(maxAgeSeconds)})`;
}
