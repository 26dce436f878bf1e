/** Where each picture of the grid lies: days with a heading, square tiles in rows. Only what is in sight is rendered. */

export interface Row {
  top: number;
  height: number;
  /** Index of its first item; a heading's is that of the day's first picture. */
  first: number;
  /** How many items; 0 for a heading. */
  count: number;
}

export interface Layout {
  rows: Row[];
  height: number;
  columns: number;
  tile: number;
}

export const GAP = 8;
export const HEADING = 44;

/** Columns that fit: tiles of about `wanted` pixels, two at least. */
export function columnsOf(width: number, wanted: number): number {
  return Math.max(2, Math.round((width + GAP) / (wanted + GAP)));
}

/** Lay out items that come with the number of their day; a day begins a new row under its heading. */
export function layout(days: readonly number[], width: number, wanted: number): Layout {
  const columns = columnsOf(width, wanted);
  const tile = (width - GAP * (columns - 1)) / columns;
  const rows: Row[] = [];
  let top = 0;
  let index = 0;
  while (index < days.length) {
    rows.push({ top, height: HEADING, first: index, count: 0 });
    top += HEADING;
    const day = days[index];
    while (index < days.length && days[index] === day) {
      const first = index;
      while (index < days.length && days[index] === day && index - first < columns) index++;
      rows.push({ top, height: tile, first, count: index - first });
      top += tile + GAP;
    }
  }
  return { rows, height: top, columns, tile };
}

/** The rows that touch a span of pixels. */
export function within(rows: readonly Row[], from: number, to: number): Row[] {
  return rows.slice(
    after(rows, (row) => row.top + row.height < from),
    after(rows, (row) => row.top <= to),
  );
}

/** The row that holds an item. */
export function rowOf(rows: readonly Row[], index: number): Row | undefined {
  return rows[after(rows, (row) => row.first + row.count <= index)];
}

/** The item above or below another one, in the nearest column; itself at the ends. */
export function beside(rows: readonly Row[], index: number, direction: 1 | -1): number {
  const at = after(rows, (row) => row.first + row.count <= index);
  const row = rows[at];
  if (!row) return index;
  for (let next = at + direction; rows[next]; next += direction) {
    const other = rows[next] as Row;
    if (other.count) return other.first + Math.min(index - row.first, other.count - 1);
  }
  return index;
}

/** How many rows at the beginning a condition holds for; it holds for no row after the first that it fails. */
function after(rows: readonly Row[], holds: (row: Row) => boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(rows[middle] as Row)) low = middle + 1;
    else high = middle;
  }
  return low;
}
