/**
 * Rows of short cells: in columns where the screen is wide enough, else each row as a small paragraph. No
 * cell is ever cut, because names are there to be copied.
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

/** One line for each row, or a paragraph; the first cell of a row is its name. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  screen: Screen,
): readonly string[] {
  const cells = rows.map((row) =>
    row.map(({ text, style }) => ({ text: visibleText(text).replaceAll('\n', ' '), style })),
  );
  for (const titles of [
    columns.map(({ title }) => title),
    columns.map(({ title, short = title }) => short),
  ]) {
    const widths = titles.map((title, at) =>
      Math.max(title.length, ...cells.map((row) => row[at]?.text.length ?? 0)),
    );
    const width = widths.reduce((sum, one) => sum + one, gap.length * (widths.length - 1));
    if (width > screen.columns) continue;
    const line = (row: readonly { text: string; style?: Style | undefined }[]) =>
      row
        .map(({ text, style }, at) => {
          const wide = widths[at] ?? 0;
          const padding = ' '.repeat(Math.max(0, wide - text.length));
          const painted = style === undefined ? text : screen.paint(style, text);
          return columns[at]?.right ? padding + painted : painted + padding;
        })
        .join(gap)
        .trimEnd();
    return [line(titles.map((text) => ({ text, style: 'faint' }))), ...cells.map(line)];
  }
  return cells.flatMap(([name, ...others]) => [
    name?.text ?? '',
    ...packed(
      others.map(({ text, style }, at) => ({
        plain: `${columns[at + 1]?.title ?? ''}: ${text}`,
        painted: `${columns[at + 1]?.title ?? ''}: ${style === undefined ? text : screen.paint(style, text)}`,
      })),
      screen.columns - gap.length,
    ).map((text) => `${gap}${text}`),
  ]);
}

/** As many of them on a line as fit, none of them broken. */
function packed(
  items: readonly { readonly plain: string; readonly painted: string }[],
  room: number,
): readonly string[] {
  const lines: string[] = [];
  let width = 0;
  for (const { plain, painted } of items) {
    const last = lines.at(-1);
    if (last !== undefined && width + 3 + plain.length <= room) {
      lines[lines.length - 1] = `${last} · ${painted}`;
      width += 3 + plain.length;
    } else {
      lines.push(painted);
      width = plain.length;
    }
  }
  return lines;
}
