/** Prompt weights by key: `(words:1.1)`, in the syntax of A1111 that the server reads. */

export interface Selected {
  text: string;
  start: number;
  end: number;
}

const STEP = 0.1;
const MOST = 2;
const WEIGHTED = /^\((.+):([+-]?\d*\.?\d+)\)$/s;
const WORD = /[^\s,()[\]:]/;

/** Make what is selected (or the word at the caret) weigh more or less; 1 takes the brackets away again. */
export function weighed(given: Selected, direction: 1 | -1): Selected {
  const { text } = given;
  const span = bracketed(given) ?? trimmed(given) ?? word(given);
  if (!span) return given;
  const piece = text.slice(span.start, span.end);
  const match = WEIGHTED.exec(piece);
  const inner = match?.[1] ?? piece;
  const weight = Math.round((Number(match?.[2] ?? 1) + direction * STEP) * 100) / 100;
  const held = Math.min(MOST, Math.max(0, weight));
  const put = held === 1 ? inner : `(${inner}:${held})`;
  return {
    text: text.slice(0, span.start) + put + text.slice(span.end),
    start: span.start,
    end: span.start + put.length,
  };
}

type Span = Pick<Selected, "start" | "end">;

/** The weighted bracket that is selected, or that holds the caret or the selection. */
function bracketed({ text, start, end }: Selected): Span | undefined {
  let best: Span | undefined;
  for (const match of text.matchAll(/\(([^()]+):[+-]?\d*\.?\d+\)/g)) {
    const span = { start: match.index, end: match.index + match[0].length };
    if (span.start <= start && end <= span.end) best = span;
  }
  return best;
}

function trimmed({ text, start, end }: Selected): Span | undefined {
  while (start < end && /\s/.test(text[start] ?? "")) start++;
  while (end > start && /\s/.test(text[end - 1] ?? "")) end--;
  return start < end ? { start, end } : undefined;
}

function word({ text, start }: Selected): Span | undefined {
  let from = start;
  let to = start;
  while (from > 0 && WORD.test(text[from - 1] ?? "")) from--;
  while (to < text.length && WORD.test(text[to] ?? "")) to++;
  return from < to ? { start: from, end: to } : undefined;
}
