/** Pictures to start from, and the sizes that models can draw. */

export interface Shape {
  width: number;
  height: number;
}

/** A picture to start from, as it was given; `url` shows it. */
export interface Source extends Shape {
  blob: Blob;
  url: string;
}

const MULTIPLE = 8;
const LEAST = 64;

export function rounded(side: number): number {
  return Math.max(LEAST, Math.round(side / MULTIPLE) * MULTIPLE);
}

/** The size of a given shape with about as many pixels as the model is made for. */
export function shaped(ratio: number, native: Shape): Shape {
  const area = native.width * native.height;
  const width = Math.sqrt(area * ratio);
  return { width: rounded(width), height: rounded(width / ratio) };
}

/** The size to draw a picture at: its own if the model can, else its shape with the model's number of pixels. */
export function fitted(shape: Shape, native: Shape): Shape {
  const area = native.width * native.height;
  const fits = shape.width % MULTIPLE === 0 && shape.height % MULTIPLE === 0;
  const near = shape.width * shape.height <= area * 2.25 && shape.width * shape.height >= area / 2.25;
  if (fits && near && Math.min(shape.width, shape.height) >= LEAST) return { width: shape.width, height: shape.height };
  return shaped(shape.width / shape.height, native);
}

/** The part of a picture that fills a size without being stretched: the middle of it. */
export function cover(shape: Shape, size: Shape): { x: number; y: number; width: number; height: number } {
  const scale = Math.min(shape.width / size.width, shape.height / size.height);
  const width = size.width * scale;
  const height = size.height * scale;
  return { x: (shape.width - width) / 2, y: (shape.height - height) / 2, width, height };
}

/** Draw the middle of a picture at a size. */
export async function canvasOf(source: Source, size: Shape): Promise<OffscreenCanvas> {
  const bitmap = await createImageBitmap(source.blob);
  const canvas = new OffscreenCanvas(size.width, size.height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  const part = cover(bitmap, size);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, part.x, part.y, part.width, part.height, 0, 0, size.width, size.height);
  bitmap.close();
  return canvas;
}

/** A picture as it is sent, as a data URL: its own bytes where it has the size, else its middle at that size. */
export async function prepared(source: Source, size: Shape): Promise<string> {
  if (source.width === size.width && source.height === size.height) return dataUrl(source.blob);
  return dataUrl(await (await canvasOf(source, size)).convertToBlob({ type: "image/png" }));
}

export function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error("unreadable"));
    reader.readAsDataURL(blob);
  });
}
