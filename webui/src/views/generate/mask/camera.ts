/** Where on the screen the picture lies: `scale` screen pixels for one of the picture, its corner at `x`, `y`. */

export interface Camera {
  scale: number;
  x: number;
  y: number;
}

interface Box {
  width: number;
  height: number;
}

const NEAREST = 32;
const MARGIN = 16;

/** The whole picture in the middle of the screen. */
export function whole(picture: Box, screen: Box): Camera {
  const free = { width: Math.max(1, screen.width - 2 * MARGIN), height: Math.max(1, screen.height - 2 * MARGIN) };
  const scale = Math.min(free.width / picture.width, free.height / picture.height);
  return { scale, x: (screen.width - picture.width * scale) / 2, y: (screen.height - picture.height * scale) / 2 };
}

/** Nearer by a factor, the point under the pointer staying where it is; never farther than half the whole. */
export function zoomed(camera: Camera, factor: number, at: { x: number; y: number }, least: number): Camera {
  const scale = Math.min(NEAREST, Math.max(least / 2, camera.scale * factor));
  const real = scale / camera.scale;
  return { scale, x: at.x - (at.x - camera.x) * real, y: at.y - (at.y - camera.y) * real };
}

/** The place in the picture under a point of the screen. */
export function placeOf(camera: Camera, at: { x: number; y: number }): { x: number; y: number } {
  return { x: (at.x - camera.x) / camera.scale, y: (at.y - camera.y) / camera.scale };
}

/** The point of the screen over a place in the picture. */
export function pointOf(camera: Camera, place: { x: number; y: number }): { x: number; y: number } {
  return { x: place.x * camera.scale + camera.x, y: place.y * camera.scale + camera.y };
}
