/**
 * A zip archive as a stream, entry by entry: pictures are compressed already, so they are only stored. Sizes and places
 * beyond 4 GiB are written as zip64. Format: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.6 to 4.3.16 and 4.5.3.
 */

export interface Entry {
  name: string;
  modified: Date;
  read: () => Promise<Blob>;
}

interface Placed {
  name: Uint8Array;
  modified: number;
  crc: number;
  size: number;
  offset: number;
}

const MOST = 0xffffffff;
const MANY = 0xffff;
const UTF8 = 0x0800;
const ZIP64 = 45;
const PLAIN = 20;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
  return byte;
});

export function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] as number);
  return ~crc >>> 0;
}

/** The archive's bytes. An entry is read when the ones before it were taken; `done` hears how many were. */
export function zipped(
  entries: readonly Entry[],
  done: (count: number) => void = () => undefined,
): ReadableStream<Uint8Array> {
  const placed: Placed[] = [];
  let offset = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const entry = entries[placed.length];
      if (!entry) {
        controller.enqueue(directory(placed, offset));
        controller.close();
        return;
      }
      const bytes = new Uint8Array(await (await entry.read()).arrayBuffer());
      const one = {
        name: new TextEncoder().encode(entry.name),
        modified: dosTime(entry.modified),
        crc: crc32(bytes),
        size: bytes.length,
        offset,
      };
      placed.push(one);
      const header = local(one);
      offset += header.length + bytes.length;
      controller.enqueue(header);
      controller.enqueue(bytes);
      done(placed.length);
    },
  });
}

function local(entry: Placed): Uint8Array {
  const fields = [PLAIN, UTF8, 0].map(u16);
  return joined([u32(0x04034b50), ...fields, ...described(entry), u16(entry.name.length), u16(0), entry.name]);
}

function directory(placed: readonly Placed[], start: number): Uint8Array {
  const parts = placed.map((entry) => {
    const far = entry.offset >= MOST;
    const extra = far ? joined([u16(1), u16(8), u64(entry.offset)]) : new Uint8Array();
    return joined([
      u32(0x02014b50),
      ...[far ? ZIP64 : PLAIN, far ? ZIP64 : PLAIN, UTF8, 0].map(u16),
      ...described(entry),
      ...[entry.name.length, extra.length, 0, 0, 0].map(u16),
      u32(0),
      u32(far ? MOST : entry.offset),
      entry.name,
      extra,
    ]);
  });
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const count = placed.length;
  if (count >= MANY || start + size >= MOST) {
    parts.push(
      joined([
        u32(0x06064b50),
        u64(44),
        u16(ZIP64),
        u16(ZIP64),
        u32(0),
        u32(0),
        ...[count, count, size, start].map(u64),
      ]),
    );
    parts.push(joined([u32(0x07064b50), u32(0), u64(start + size), u32(1)]));
  }
  const counts = [0, 0, Math.min(count, MANY), Math.min(count, MANY)].map(u16);
  parts.push(joined([u32(0x06054b50), ...counts, u32(Math.min(size, MOST)), u32(Math.min(start, MOST)), u16(0)]));
  return joined(parts);
}

function described(entry: Placed): Uint8Array[] {
  return [entry.modified, entry.crc, entry.size, entry.size].map(u32);
}

/** Time in the lower, date in the upper half, in steps of two seconds since 1980. */
function dosTime(at: Date): number {
  const time = (at.getHours() << 11) | (at.getMinutes() << 5) | (at.getSeconds() >> 1);
  const date = ((Math.max(1980, at.getFullYear()) - 1980) << 9) | ((at.getMonth() + 1) << 5) | at.getDate();
  return ((date << 16) | time) >>> 0;
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}

function u64(value: number): Uint8Array {
  return joined([u32(value % 2 ** 32), u32(Math.floor(value / 2 ** 32))]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
