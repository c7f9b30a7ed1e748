/**
 * How things look on a terminal: colours where they are wanted, sentences that wrap, a faulty line with
 * the place marked, findings. What is said is left to the commands.
 */
import { styleText } from 'node:util';
import { type Severity, severities } from '../protocol/fault.ts';
import type { Citation } from '../protocol/rfc.ts';
import { plainLine, plainText, visible } from './plain-text.ts';

/** Where text goes: standard output or standard error. */
export interface Screen {
  /** Columns that sentences fill. */
  readonly columns: number;
  /** Whether a line can be written over, as on a terminal. */
  readonly live: boolean;
  /** The text in that colour, or as it is: not a terminal, NO_COLOR, FORCE_COLOR=0. */
  paint(style: Style, text: string): string;
  write(text: string): void;
}

export type Style = 'bold' | 'faint' | 'mark' | 'good' | Severity;

const formats = {
  bold: 'bold',
  faint: 'dim',
  mark: ['bold', 'red'],
  good: 'green',
  error: 'red',
  warning: 'yellow',
  notice: 'cyan',
} as const satisfies Record<Style, Parameters<typeof styleText>[0]>;

// Longer lines are hard to read, and what is piped should look as on a terminal.
const columnsMax = 100;
/** Words and names hardly fit less. */
const columnsMin = 40;
const columnsElsewhere = 80;

/** `term` is the environment's TERM: a dumb terminal shows control sequences as they stand. */
export function createScreen(stream: NodeJS.WriteStream, term?: string): Screen {
  return {
    columns: Math.max(columnsMin, Math.min(stream.columns ?? columnsElsewhere, columnsMax)),
    // A line that wraps cannot be written over.
    live: stream.isTTY === true && stream.columns >= columnsMin && term !== 'dumb',
    paint: (style, text) => styleText(formats[style], text, { stream }),
    write: (text) => {
      stream.write(text);
    },
  };
}

/** Something that is wrong or unwise, as it is shown. */
export interface Shown {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly detail: string;
  readonly remedy: string;
  readonly cite: Citation;
  /** What it is about, where that is no place in a text. */
  readonly subject?: string;
  readonly place?: Place;
}

/** A place in a text of others. */
interface Place {
  /** From 1. */
  readonly line: number;
  /** The whole line. */
  readonly text: string;
  /** In characters (code points), from 1. */
  readonly column: number;
  /** 0 where something is missing. */
  readonly length: number;
}

/** Where beside the margin too little would be left of a line. */
const narrowColumns = 60;

/** What stands before the lines of a finding: room for the severity, where there is room. */
export function marginOf({ columns }: Screen): string {
  return ' '.repeat(columns < narrowColumns ? 2 : 9);
}

/** One finding: what, where, why, what to do, the source. */
export function findingLines(shown: Shown, screen: Screen): string {
  const { severity, title, subject, place, detail, remedy, cite, id } = shown;
  const margin = marginOf(screen);
  const [heading = '', ...rest] = headingLines(title, subject, screen);
  const beside = severity.length < margin.length;
  const lines = [
    ...(beside
      ? [`${screen.paint(severity, severity.padEnd(margin.length - 1))} ${heading}`]
      : [screen.paint(severity, severity), heading]),
    ...rest,
    ...(place === undefined ? [] : placeLines(place, screen)),
    ...wrap(detail, screen.columns - margin.length),
    ...wrap(remedy, screen.columns - margin.length - 2).map((line, index) =>
      index === 0 ? `${screen.paint('good', '→')} ${line}` : `  ${line}`,
    ),
    ...sourceLines(cite.label, id, screen),
  ];
  return `${lines.map((line, index) => (index === 0 ? line : `${margin}${line}`)).join('\n')}\n`;
}

/** The title, and what it is about beside it or, where it does not fit, on a line of its own. */
function headingLines(title: string, subject: string | undefined, screen: Screen): readonly string[] {
  const room = screen.columns - marginOf(screen).length;
  const lines = wrap(plainLine(title), room);
  const painted = lines.map((line) => screen.paint('bold', line));
  if (subject === undefined) return painted;
  const about = plainLine(subject);
  const beside = (lines.at(-1) ?? '').length + 3 + about.length <= room;
  return beside
    ? [...painted.slice(0, -1), `${painted.at(-1)}${screen.paint('faint', ' · ')}${about}`]
    : [...painted, ...wrap(about, room)];
}

function sourceLines(label: string, id: string, screen: Screen): readonly string[] {
  const together = `${label} · ${id}`;
  const fits = together.length <= screen.columns - marginOf(screen).length;
  return (fits ? [together] : [label, id]).map((line) => screen.paint('faint', line));
}

/** `1 error, 2 warnings`, or `nothing to remark`. */
export function countLine(findings: readonly { readonly severity: Severity }[]): string {
  const counts = severities.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? '' : 's'}`];
  });
  return counts.length === 0 ? 'nothing to remark' : counts.join(', ');
}

// Columns that are shown before the mark when a line is too long to be shown whole.
const before = 20;

/** The line and, under it, a mark below exactly the faulty characters. */
function placeLines({ line, text, column, length }: Place, screen: Screen): readonly string[] {
  const room = screen.columns - marginOf(screen).length - 2;
  const cells = Array.from(text, visible);
  // One place after the end can be meant, too: there something is missing.
  const at = Math.min(Math.max(column - 1, 0), cells.length);
  const whole = width(cells) < room;
  const start = whole ? 0 : beginning(cells, at);
  const shown = whole ? cells.length : fitting(cells, start, room);
  const end = Math.min(at + Math.max(length, 1), Math.max(shown, at + 1));
  const left = (start === 0 ? '' : '…') + cells.slice(start, at).join('');
  const faulty = cells.slice(at, end).join('');
  const right = cells.slice(end, shown).join('') + (shown < cells.length ? '…' : '');
  return [
    screen.paint('faint', `line ${line}, character ${at + 1}`),
    `  ${left}${screen.paint('mark', faulty)}${right}`.trimEnd(),
    `  ${' '.repeat(left.length)}${screen.paint('mark', '^'.repeat(Math.max(faulty.length, 1)))}`,
  ];
}

// `visible` gives characters of one column only, all of the basic plane: length is width.
function width(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + cell.length, 0);
}

/** The index of the first cell to show, so that the mark comes soon after it. */
function beginning(cells: readonly string[], at: number): number {
  let used = 0;
  let index = at;
  for (; index > 0; index--) {
    used += cells[index - 1]?.length ?? 0;
    if (used > before) break;
  }
  return index;
}

/** The index after the last cell that fits beside the two `…`. */
function fitting(cells: readonly string[], start: number, room: number): number {
  let used = 2;
  let index = start;
  for (; index < cells.length; index++) {
    used += cells[index]?.length ?? 0;
    if (used > room) break;
  }
  return index;
}

/** A word; what stands between backticks is one, with its spaces. */
const words = /(?:`[^`]*`|[^ ])+/g;

/** Sentences in lines of that many columns; a longer word stays whole, and so does what is there to be copied. */
export function wrap(text: string, columns: number): readonly string[] {
  return plainText(text)
    .split('\n')
    .flatMap((paragraph) => {
      // What stands apart is text to copy.
      if (paragraph.startsWith(' ')) return [paragraph];
      const lines: string[] = [];
      let line = '';
      for (const word of paragraph.match(words) ?? []) {
        if (line !== '' && line.length + 1 + word.length > columns) {
          lines.push(line);
          line = word;
        } else {
          line = line === '' ? word : `${line} ${word}`;
        }
      }
      return [...lines, line];
    });
}

/** A text to copy: each line indented, never wrapped. */
export function block(text: string, indent: string): string {
  return plainText(text)
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `${indent}${line}\n`)
    .join('');
}
