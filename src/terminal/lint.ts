/** `mta-sts lint`: reads a record, a policy or a TLS-RPT record from a file and says what is wrong where. */
import { open } from 'node:fs/promises';
import { tooBroad } from '../check/mx-choices.ts';
import type { Fault, Parsed } from '../protocol/fault.ts';
import {
  type MtaStsRecord,
  type Policy,
  parseMxPattern,
  parsePolicy,
  parseRecordSet,
} from '../protocol/mtasts.ts';
import { isTooBroad } from '../protocol/providers.ts';
import { spellSeconds } from '../protocol/publication.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { rfc } from '../protocol/rfc.ts';
import { parseTlsRptSet, type TlsRptRecord } from '../protocol/tlsrpt.ts';
import type { Arguments } from './arguments.ts';
import { block, countLine, findingLines, type Shown } from './layout.ts';
import { plainLine } from './plain-text.ts';
import type { Outcome, Terminal } from './terminal.ts';
import { wrongUsage } from './usage.ts';

type Kind = 'record' | 'policy' | 'tls-rpt';

const kindNames: Readonly<Record<Kind, string>> = {
  record: 'MTA-STS record',
  policy: 'MTA-STS policy',
  'tls-rpt': 'TLS-RPT record',
};

/** Sixteen times what senders read of a policy (RFC 8461 §3.3): more is some other file. */
const octetsMax = 1_048_576;

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
  if (options.has('json')) terminal.stdout.write(`${JSON.stringify(toJson(text))}\n`);
  else show(name, kind, text, terminal);
  return text.verdict === 'valid' && !text.findings.some(({ severity }) => severity === 'error') ? 0 : 1;
}

interface Judged {
  readonly verdict: Parsed<unknown>['verdict'];
  readonly value: MtaStsRecord | Policy | TlsRptRecord | undefined;
  readonly findings: readonly Fault[];
  readonly corrected: string | undefined;
  /** The faulty lines as they stand in the file. */
  readonly lineText: (line: number) => string;
}

function judge(kind: Kind, octets: Uint8Array): Judged {
  const lines = splitLines(octets);
  const lineText = (line: number) => decode(lines[line - 1] ?? new Uint8Array());
  if (kind === 'policy') {
    const parsed = parsePolicy(octets);
    const findings = inOrder([...parsed.problems, ...parsed.advice, ...broadPatterns(lines.map(decode))]);
    return { ...parsed, findings, lineText };
  }
  // One TXT record a line. An empty line is none; a record of nothing cannot be published either.
  const records = lines.flatMap((line, index) => (line.length === 0 ? [] : [{ line, number: index + 1 }]));
  const texts = records.map(({ line }) => line);
  const parsed = kind === 'record' ? parseRecordSet(texts) : parseTlsRptSet(texts);
  const findings = inOrder([...parsed.problems, ...parsed.advice, ...absent(kind, parsed)]).map((fault) => ({
    ...fault,
    line: records[fault.line - 1]?.number ?? fault.line,
  }));
  return { ...parsed, findings, lineText };
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

function splitLines(octets: Uint8Array): readonly Uint8Array[] {
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
  const { verdict, value, findings, corrected, lineText } = text;
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
    ...findings.map((fault) => findingLines(placed(fault, lineText), stdout)),
    ...(corrected === undefined ? [] : [`${stdout.paint('bold', 'Corrected')}\n${block(corrected, '  ')}`]),
  ];
  stdout.write(parts.join('\n'));
}

function placed(fault: Fault, lineText: (line: number) => string): Shown {
  const { line, column, length } = fault;
  return { ...fault, place: { line, text: lineText(line), column, length } };
}

function describe(value: MtaStsRecord | Policy | TlsRptRecord): string {
  if ('id' in value) return `id ${value.id}`;
  if ('rua' in value) return `reports to ${value.rua.join(', ')}`;
  const { mode, mx, maxAgeSeconds } = value;
  return `mode ${mode}, ${mx.length} mx, max_age ${maxAgeSeconds} (${spellSeconds(maxAgeSeconds)})`;
}

async function readFile(path: string): Promise<Result<Uint8Array, string>> {
  try {
    await using file = await open(path);
    const stats = await file.stat();
    if (stats.isDirectory()) return fail('This is a folder; name the file in it.');
    return await collect(file.createReadStream({ end: octetsMax, autoClose: false }));
  } catch (error) {
    const problem = problemOf(error);
    if (problem === undefined) throw error;
    return fail(problem);
  }
}

async function readStandardInput({ stdin, stderr }: Terminal): Promise<Result<Uint8Array, string>> {
  if (stdin.isTTY) stderr.write('Reading from the keyboard; Ctrl-D on a line of its own ends the text.\n');
  return await collect(stdin);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Result<Uint8Array, string>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
    if (length > octetsMax) {
      return fail(
        'This is larger than 1 MiB, and senders read no more than 64 KiB of a policy; name another file.',
      );
    }
  }
  const octets = Buffer.concat(parts);
  return isBinary(octets)
    ? fail('This is not a text file; name one that holds the text as it is published.')
    : ok(octets);
}

/** NUL is in no text but UTF-16, which the parsers name. */
function isBinary(octets: Uint8Array): boolean {
  const byteOrderMark =
    (octets[0] === 0xff && octets[1] === 0xfe) || (octets[0] === 0xfe && octets[1] === 0xff);
  if (byteOrderMark || !octets.includes(0)) return false;
  // UTF-16 without a byte order mark: of ASCII text, every second octet is NUL and no other.
  return octets.some((octet, index) => (octet === 0) === (octets[index ^ 1] === 0));
}

/** What is told of a file that cannot be read; undefined for what is no fault of the file. */
function problemOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'There is no such file; check the spelling and the folder.';
    case 'EACCES':
    case 'EPERM':
      return 'This file may not be read by you; change its permissions.';
    case 'EISDIR':
      return 'This is a folder; name the file in it.';
    case 'ENAMETOOLONG':
      return 'This name is longer than a file name can be; did the text itself get here? Pipe it in and write -.';
    case 'ELOOP':
      return 'This is a link that leads back to itself; name the file itself.';
    case 'ERR_INVALID_ARG_VALUE':
      return 'A file name holds no NUL; check what was typed.';
    case 'EIO':
    case 'ENXIO':
    case 'ENODEV':
      return 'This cannot be read; name a plain file.';
    default:
      return undefined;
  }
}
