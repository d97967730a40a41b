/** The face that is followed over time: of the timeline, and of the whole session as a table. */

const STEP = 0.2; // seconds between two points
const MOST = 18000; // an hour of them
export const SPAN = 30; // seconds that the timeline goes back
const GAP = 2; // seconds without a frame from which the line breaks

export class Session {
  constructor() {
    this.begin();
  }

  begin() {
    this.points = [];
  }

  /**
   * Notes a point where one is due.
   * @param {number} time seconds
   * @param {import('./types.js').Face | undefined} face the leading one
   * @param {{network: string, smoothing: string}} by what it was read
   */
  add(time, face, by) {
    const last = this.points.at(-1);
    if (last && time - last.time < STEP) return;
    const {number = null, probabilities = null, label = null} = face ?? {};
    this.points.push({time, number, probabilities, label, ...(face ? by : {})});
    if (this.points.length > MOST) this.points.shift();
  }

  /**
   * What the timeline shows: runs of points of one face without a gap, oldest first.
   * @param {number} now seconds
   */
  lines(now) {
    const lines = [];
    let last = null;
    for (const point of this.points.slice(-SPAN / STEP - 1)) {
      const seen = point.probabilities && now - point.time <= SPAN;
      const follows = last && point.number === last.number && point.time - last.time < GAP;
      if (seen && follows) lines.at(-1).push(point);
      else if (seen) lines.push([point]);
      last = seen ? point : null;
    }
    return lines;
  }
}
