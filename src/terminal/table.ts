/**
 * Rows of short cells: in columns where the screen is wide enough, else with the names on lines of their
 * own, else each row as a small paragraph. No cell is ever cut, because names are there to be copied.
 */
import type { Screen, Style } from './layout.ts';
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

function underNames(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  screen: Screen,
): readonly string[] | undefined {
  const rest = inColumns(
    columns.slice(1),
    rows.map((row) => row.slice(1)),
    screen,
    screen.columns - gap.length,
  );
  const names: readonly Cell[] = [
    { text: columns[0]?.title ?? '', style: 'faint' },
    ...rows.flatMap(([name]) => name ?? []),
  ];
  return rest?.flatMap((line, at) => [painted(names[at] ?? { text: '' }, screen), gap + line]);
}

/** `in the policy: yes · STARTTLS: TLS 1.3`, as many on a line as fit. */
function asParagraphs(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  screen: Screen,
): readonly string[] {
  const room = screen.columns - gap.length;
  return rows.flatMap(([name, ...others]) => {
    const lines: string[] = [];
    let width = 0;
    for (const [at, cell] of others.entries()) {
      const label = `${columns[at + 1]?.title ?? ''}: `;
      const columnsOfIt = label.length + cell.text.length;
      const fits = lines.length > 0 && width + 3 + columnsOfIt <= room;
      width = fits ? width + 3 + columnsOfIt : columnsOfIt;
      const before = fits ? `${lines.pop()} · ` : gap;
      lines.push(before + label + painted(cell, screen));
    }
    return [name === undefined ? '' : painted(name, screen), ...lines];
  });
}

function painted({ text, style }: Cell, screen: Screen): string {
  return style === undefined ? text : screen.paint(style, text);
}
