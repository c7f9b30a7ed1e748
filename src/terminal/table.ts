/**
 * Rows of short cells: in columns where the screen is wide enough, else with the names on lines of their
 * own, else each row as a small paragraph. No cell is ever cut, because names are there to be copied.
 */
import { type Screen, type Style, wrap } from './layout.ts';
import { visibleText } from './plain-text.ts';

export interface Column {
  readonly title: string;
  /** Stands over the column where the title makes the table too wide. */
  readonly short?: string;
  /** Numbers stand at the right. */
  readonly right?: true;
}

export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

const gap = '  ';

/** The first cell of a row is its name. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  screen: Screen,
): readonly string[] {
  const shown = rows.map((row) =>
    row.map((cell) => ({ ...cell, text: visibleText(cell.text).replaceAll('\n', ' ') })),
  );
  const short = columns.map(({ title, short: name = title, ...column }) => ({ ...column, title: name }));
  return (
    inColumns(columns, shown, screen, screen.columns) ??
    inColumns(short, shown, screen, screen.columns) ??
    underNames(columns, shown, screen) ??
    asParagraphs(columns, shown, screen)
  );
}

/** Undefined when it is too wide. */
function inColumns(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  screen: Screen,
  room: number,
): readonly string[] | undefined {
  const head = columns.map(({ title }): Cell => ({ text: title, style: 'faint' }));
  const widths = columns.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]?.text.length ?? 0)));
  const width = widths.reduce((sum, one) => sum + one, gap.length * (widths.length - 1));
  if (width > room) return undefined;
  return [head, ...rows].map((row) =>
    row
      .map((cell, at) => {
        const padding = ' '.repeat(Math.max(0, (widths[at] ?? 0) - cell.text.length));
        if (columns[at]?.right) return padding + painted(cell, screen);
        return painted(cell, screen) + (at === row.length - 1 ? '' : padding);
      })
      .join(gap),
  );
}

/** Names of rows that say the same stand together above what they say. */
function underNames(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  screen: Screen,
): readonly string[] | undefined {
  const lines = inColumns(
    columns.slice(1),
    rows.map((row) => row.slice(1)),
    screen,
    screen.columns - gap.length,
  );
  if (lines === undefined) return undefined;
  const [head = '', ...body] = lines;
  return [
    screen.paint('faint', columns[0]?.title ?? ''),
    gap + head,
    ...rows.flatMap(([name], at) => [
      ...(name === undefined ? [] : [painted(name, screen)]),
      ...(body[at] === body[at + 1] ? [] : [gap + (body[at] ?? '')]),
    ]),
  ];
}

/** `in the policy: yes · STARTTLS: TLS 1.3`, as many on a line as fit. */
function asParagraphs(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  screen: Screen,
): readonly string[] {
  const paragraphs = rows.map((row) => paragraph(columns.slice(1), row.slice(1), screen).join('\n'));
  return rows.flatMap(([name], at) => [
    ...(name === undefined ? [] : [painted(name, screen)]),
    ...(paragraphs[at] === paragraphs[at + 1] ? [] : [paragraphs[at] ?? '']),
  ]);
}

function paragraph(columns: readonly Column[], cells: readonly Cell[], screen: Screen): readonly string[] {
  const room = screen.columns - gap.length;
  const lines: string[] = [];
  let width = 0;
  for (const [at, cell] of cells.entries()) {
    const label = `${columns[at]?.title ?? ''}: `;
    const wide = label.length + cell.text.length;
    const fits = lines.length > 0 && width + 3 + wide <= room;
    width = fits ? width + 3 + wide : wide;
    const before = fits ? `${lines.pop()} · ` : gap;
    const [first = '', ...others] = wrap(cell.text, room - label.length);
    lines.push(before + label + painted({ ...cell, text: first }, screen));
    for (const text of others) lines.push(gap.repeat(2) + painted({ ...cell, text }, screen));
  }
  return lines;
}

function painted({ text, style }: Cell, screen: Screen): string {
  return style === undefined ? text : screen.paint(style, text);
}
