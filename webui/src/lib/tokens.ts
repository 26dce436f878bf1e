/**
 * How many tokens a prompt has, about. CLIP's tokenizer gives short common words and marks one token each and cuts long
 * or rare words into pieces of some five letters; the exact count needs its vocabulary, which a page need not load.
 * Weights and their brackets cost nothing: the server takes them out before.
 */

/** Tokens of one chunk that the text encoder sees at once; longer prompts take several. */
export const CHUNK = 75;

const SHORT = 8;
const PIECE = 5;

export function tokens(prompt: string): number {
  const plain = prompt.replace(/:\s*[+-]?\d*\.?\d+\s*\)/g, " ").replace(/[()[\]]/g, " ");
  let count = 0;
  for (const [piece] of plain.matchAll(/\p{Script=Han}|[\p{L}\p{M}]+|\p{N}|[^\s\p{L}\p{M}\p{N}]+/gu)) {
    count += /\p{L}/u.test(piece) && piece.length > SHORT ? Math.ceil(piece.length / PIECE) : 1;
  }
  return count;
}

/** The limit to show beside the count: the end of the chunk that the prompt reaches into. */
export function limit(count: number): number {
  return Math.max(1, Math.ceil(count / CHUNK)) * CHUNK;
}
