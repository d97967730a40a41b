/** How the video runs: frames a second, milliseconds a frame, and whether the machine keeps up. */

const WINDOW = 3; // seconds that rates are taken over
const PATIENCE = 5; // seconds that a machine may be slow before the page does something about it

export class Pace {
  /** @param {number} least frames a second that the machine should manage */
  constructor(least) {
    this.least = least;
    this.begin();
  }

  begin() {
    this.recent = [];
    this.read = this.withFace = 0;
    this.slowSince = null;
  }

  /**
   * Counts one frame.
   * @param {number} now seconds
   * @param {number} milliseconds from handing it over to its faces
   * @param {import('./types.js').Reading} reading
   */
  add(now, milliseconds, reading) {
    this.read += 1;
    this.withFace += reading.faces.length > 0;
    this.recent.push({now, milliseconds, stages: reading.milliseconds});
    while (this.recent[0].now < now - WINDOW) this.recent.shift();
    const quick = this.milliseconds <= 1000 / this.least;
    if (quick || !reading.faces.length) this.slowSince = null; // without a face no network runs
    else this.slowSince ??= now;
  }

  /** A pause is nobody's fault: what was counted before it is not compared with what follows. */
  pause() {
    this.recent = [];
    this.slowSince = null;
  }

  get fps() {
    const span = this.recent.length > 1 ? this.recent.at(-1).now - this.recent[0].now : 0;
    return span > 0 ? (this.recent.length - 1) / span : 0;
  }

  /** The median, 0 before the first frame. */
  get milliseconds() {
    return median(this.recent.map((frame) => frame.milliseconds));
  }

  /** The median of one stage: `detect`, `frame` or `classify`. */
  stage(name) {
    return median(this.recent.map((frame) => frame.stages[name]));
  }

  /**
   * Whether the machine has been too slow for a while. Judged by the time a frame takes: a camera
   * in the dark gives fewer frames, and no smaller network would change that.
   */
  isSlow(now) {
    return this.slowSince !== null && now - this.slowSince >= PATIENCE;
  }
}

function median(values) {
  values.sort((a, b) => a - b);
  return values[values.length >> 1] ?? 0;
}
