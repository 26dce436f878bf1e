/** The mask as a canvas of the picture's size: painted where it is opaque. Deeds are played onto it in order. */
import type { Deed, Point } from "./history";

/** Only its opacity counts: how it is shown is the easel's. */
const COLOUR = "#fff";

export class Painting {
  readonly canvas: OffscreenCanvas;
  #base: ImageBitmap | undefined;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.canvas = new OffscreenCanvas(width, height);
  }

  /** Begin with a mask that is there: white where painted. */
  async begin(mask: Blob): Promise<void> {
    const bitmap = await createImageBitmap(mask);
    const context = this.#context();
    context.drawImage(bitmap, 0, 0, this.width, this.height);
    bitmap.close();
    const pixels = context.getImageData(0, 0, this.width, this.height);
    for (let at = 0; at < pixels.data.length; at += 4) pixels.data[at + 3] = pixels.data[at] ?? 0;
    context.putImageData(pixels, 0, 0);
    this.#over("source-in", () => this.#fill());
    this.#base = await createImageBitmap(this.canvas);
  }

  /** Play everything anew, as after an undo. */
  replay(deeds: readonly Deed[]): void {
    this.#context().clearRect(0, 0, this.width, this.height);
    if (this.#base) this.#context().drawImage(this.#base, 0, 0);
    for (const deed of deeds) this.play(deed);
  }

  play(deed: Deed): void {
    if (deed.kind === "clear") this.#context().clearRect(0, 0, this.width, this.height);
    else if (deed.kind === "invert") this.#over("source-out", () => this.#fill());
    else deed.points.forEach((point, index) => this.dab(deed.erase, point, deed.points[index - 1]));
  }

  /** One piece of a stroke: from the last point, if there is one, to this. */
  dab(erase: boolean, point: Point, last: Point = point): void {
    this.#over(erase ? "destination-out" : "source-over", (context) => {
      context.strokeStyle = COLOUR;
      context.lineCap = "round";
      context.lineWidth = Math.max(1, (point.width + last.width) / 2);
      context.beginPath();
      context.moveTo(last.x, last.y);
      context.lineTo(point.x, point.y);
      context.stroke();
    });
  }

  /** White where painted, black elsewhere; nothing if nothing is painted. */
  async taken(): Promise<Blob | undefined> {
    const { data } = this.#context().getImageData(0, 0, this.width, this.height);
    let painted = false;
    for (let at = 3; at < data.length && !painted; at += 4) painted = (data[at] ?? 0) > 0;
    if (!painted) return undefined;
    const out = new OffscreenCanvas(this.width, this.height);
    const context = out.getContext("2d") as OffscreenCanvasRenderingContext2D;
    context.drawImage(this.canvas, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = "#fff";
    context.fillRect(0, 0, this.width, this.height);
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.width, this.height);
    return out.convertToBlob({ type: "image/png" });
  }

  #fill(): void {
    const context = this.#context();
    context.fillStyle = COLOUR;
    context.fillRect(0, 0, this.width, this.height);
  }

  #over(operation: GlobalCompositeOperation, draw: (context: OffscreenCanvasRenderingContext2D) => void): void {
    const context = this.#context();
    context.globalCompositeOperation = operation;
    draw(context);
    context.globalCompositeOperation = "source-over";
  }

  #context(): OffscreenCanvasRenderingContext2D {
    return this.canvas.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  }
}
