/** Where a face is in a picture. */

export class Box {
  /**
   * @param {[number, number, number, number]} xyxy left, top, right, bottom in pixels; may reach
   *   over the picture's edge
   * @param {number} confidence 0-1
   * @param {number[]} landmarks (10), x and y of the eye on the picture's left, the eye on its
   *   right, nose tip, and the mouth's corners on its left and right
   */
  constructor(xyxy, confidence, landmarks) {
    this.xyxy = xyxy;
    this.confidence = confidence;
    this.landmarks = landmarks;
  }

  get width() {
    return this.xyxy[2] - this.xyxy[0];
  }

  get height() {
    return this.xyxy[3] - this.xyxy[1];
  }

  get centerX() {
    return (this.xyxy[0] + this.xyxy[2]) / 2;
  }

  get centerY() {
    return (this.xyxy[1] + this.xyxy[3]) / 2;
  }

  /** Side of the square of the same area. */
  get size() {
    return Math.sqrt(Math.max(this.width, 0) * Math.max(this.height, 0));
  }

  /** Degrees, -180 to 180, by which the line through the eyes is turned clockwise. */
  get roll() {
    const [x0, y0, x1, y1] = this.landmarks;
    return (Math.atan2(y1 - y0, x1 - x0) * 180) / Math.PI;
  }

  /** The same face with other eye points. */
  withLandmarks(/** @type {number[]} */ landmarks) {
    return new Box(this.xyxy, this.confidence, landmarks);
  }

  /** The box in a picture so many times as wide and high, moved by x and y before. */
  moved(
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {number} */ wide,
    /** @type {number} */ high,
  ) {
    const [left, top, right, bottom] = this.xyxy;
    return new Box(
      [(left + x) * wide, (top + y) * high, (right + x) * wide, (bottom + y) * high],
      this.confidence,
      this.landmarks.map((value, index) =>
        index % 2 ? (value + y) * high : (value + x) * wide,
      ),
    );
  }
}

/** Area in pixels that two boxes share. */
export function shared(/** @type {Box} */ first, /** @type {Box} */ second) {
  const [a, b] = [first.xyxy, second.xyxy];
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return Math.max(width, 0) * Math.max(height, 0);
}

/** Shared area of two boxes over the area that they cover together, 0-1. */
export function iou(/** @type {Box} */ first, /** @type {Box} */ second) {
  const common = shared(first, second);
  const together = first.width * first.height + second.width * second.height - common;
  return together > 0 ? common / together : 0;
}

/** Pixels between the middles of two boxes. */
export function distance(/** @type {Box} */ first, /** @type {Box} */ second) {
  return Math.hypot(first.centerX - second.centerX, first.centerY - second.centerY);
}
