/**
 * The rules for what the parsers find in a text: their words, made one finding for each id, with the place
 * and the whole corrected text. What is a fault is for the parsers to say.
 */
import { quote } from '../../protocol/characters.ts';
import type { Fault, Parsed } from '../../protocol/fault.ts';
import { formatRecord } from '../../protocol/mtasts.ts';
import { createId } from '../../protocol/publication.ts';
import { exampleId } from '../../protocol/record-faults.ts';
import type { Citation } from '../../protocol/rfc.ts';
import { liveHosts } from '../observation.ts';
import { type Area, type Raised, type Rule, rule, type Severity, type Skip } from '../rule.ts';
import type { Seen } from '../seen.ts';
import { inWords } from '../words.ts';
import { asRaised } from './needs.ts';

/** A text that was read, and where it came from. */
export interface ReadText {
  readonly parsed: Parsed<unknown>;
  /** The name of the record, or the URL of the policy. */
  readonly name: string;
  /** The records of a name, or the lines of a file. */
  readonly kind: 'records' | 'lines';
  readonly lines: readonly string[];
  /** Whose it is, for the texts to publish. */
  readonly seen: Seen;
}

export interface FaultFamily {
  readonly area: Area;
  readonly cite: Citation;
  /** False where no fault of the text stops mail or protection. */
  readonly breaks?: false;
  readonly read: (seen: Seen) => ReadText | Skip;
}

export interface FaultShape {
  readonly id: string;
  readonly title: string;
  /** As the parser rates it: one word, or in words how it depends. */
  readonly severity: string;
  readonly supersedes?: readonly string[];
  readonly silences?: readonly string[];
}

/** The rule for one id of a family's parser. */
export function faultRule(family: FaultFamily, shape: FaultShape): Rule {
  const { area, cite, breaks, read } = family;
  const { id, title, severity, supersedes = [], silences = [] } = shape;
  return rule<ReadText>({
    id,
    area,
    title,
    severity: asRaised(severity),
    cite,
    ...(breaks === undefined ? {} : { breaks }),
    supersedes,
    silences,
    needs: read,
    judge: (text) => raise(id, text),
  });
}

function raise(id: string, text: ReadText): readonly Raised[] {
  const all = [...text.parsed.problems, ...text.parsed.advice];
  const faults = all.filter((fault) => fault.id === id);
  const [first, ...others] = faults;
  if (first === undefined) return [];
  const severity = worst(faults.map((fault) => fault.severity));
  const remedies = [...new Set(faults.map(({ remedy }) => remedy))].slice(0, remediesShown);
  const remedy = withOwnNames(remedies.join(' '), text);
  return [
    {
      subject: others.length === 0 ? subjectOf(first, text) : text.name,
      title: first.title,
      severity,
      detail: [first.detail, placeOf(first, text), othersOf(first, others, text)]
        .filter((part) => part !== '')
        .join(' '),
      // One of the findings carries the whole text; it mends them all.
      remedy: all[0]?.id === id ? `${remedy}${wholeText(text, remedy)}` : remedy,
      cite: first.cite,
    },
  ];
}

const remediesShown = 3;

/** No name of a host is longer. */
const patternShown = 253;

/** The pattern itself where a fault is about one. */
function subjectOf({ id, line }: Fault, { name, lines }: ReadText): string {
  const pattern = /^\s*mx\s*:\s*(\S.*?)\s*$/.exec(lines[line - 1]?.slice(0, 300) ?? '')?.[1];
  if (!id.startsWith('mx.') || pattern === undefined) return name;
  // A quote without its marks: what cannot be seen is named.
  return quote(pattern, patternShown).slice(1, -1);
}

function worst(severities: readonly Severity[]): Severity {
  return (['error', 'warning'] as const).find((one) => severities.includes(one)) ?? 'notice';
}

/** A line is looked up by its number; its text only confirms it. */
const lineShown = 80;
/** Long enough for the records that people publish. */
const recordShown = 160;

function placeOf({ id, line, column, length }: Fault, { kind, lines }: ReadText): string {
  const text = lines[line - 1] ?? '';
  if (kind === 'records') {
    const which = lines.length > 1 ? `Record ${line}` : 'The record';
    const at = column > 1 && column <= recordShown ? `; see character ${column}` : '';
    return `${which} is ${quote(text, recordShown)}${at}.`;
  }
  if (length === 0 && /^policy\.(?:missing-|bom$)/.test(id)) return '';
  return text.trim() === '' ? `That is line ${line}.` : `Line ${line} is ${quote(text, lineShown)}.`;
}

function othersOf(first: Fault, others: readonly Fault[], { kind }: ReadText): string {
  if (others.length === 0) return '';
  const lines = [...new Set(others.map(({ line }) => line))].filter((line) => line !== first.line);
  if (kind === 'records' || lines.length === 0) {
    return others.length === 1
      ? 'There is one more of the kind.'
      : `There are ${others.length} more of the kind.`;
  }
  return lines.length === 1
    ? `Line ${lines[0]} has a fault of the kind, too.`
    : `Lines ${inWords(lines.map(String), 8)} have a fault of the kind, too.`;
}

/** What is longer is not read in a message; the remedies say it line by line. */
const wholeLength = 600;

/** Senders look again when the record has a new id, so the record comes after a changed file. */
function wholeText(text: ReadText, remedy: string): string {
  const { parsed, kind } = text;
  const short = (parsed.corrected?.length ?? 0) <= wholeLength ? parsed.corrected : undefined;
  if (kind === 'records') {
    const corrected = remedy.includes(freshId(text)) ? formatRecord({ id: freshId(text) }) : short;
    if (corrected === undefined || remedy.includes(corrected)) return '';
    return ` The whole record is then ${quote(corrected, wholeLength)}.`;
  }
  const id = createId(parsed.corrected ?? text.lines.join('\n'), text.seen.now);
  const record = `${thenPublish} \`${formatRecord({ id })}\`.`;
  if (short === undefined || remedy.includes(short)) return ` ${record}`;
  return ` The whole file:\n${short.trimEnd()}\n${record}`;
}

const thenPublish = 'Then publish the record with a new id:';

function freshId({ lines, seen }: ReadText): string {
  return createId(lines.join('\n'), seen.now);
}

/** More of them are no example any more. */
const hostsShown = 5;

/** The parsers know no domain and no time: their examples become what this domain can publish as it stands. */
function withOwnNames(remedy: string, text: ReadText): string {
  const { domain, observation } = text.seen;
  const hosts = liveHosts(observation.mx)
    .slice(0, hostsShown)
    .map(({ host }) => `\`mx: ${host}\``);
  return remedy
    .replaceAll(exampleId, freshId(text))
    .replaceAll('tls-reports@example.com', `tls-reports@${domain}`)
    .replaceAll(exampleMx, hosts.length === 0 ? exampleMx : hosts.join(', '));
}

/** As the parsers write it. */
const exampleMx = '`mx: mx1.example.com`';
