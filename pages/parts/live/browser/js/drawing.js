/** Draws over the video: a box a face, its number where there are several, and its expression. */

const DARK = '#14171c';

/**
 * @param {HTMLCanvasElement} canvas over the video, of its size on the page
 * @param {import('./types.js').Face[]} faces
 * @param {{width: number, height: number, shown: VideoFrame | null, mirrored: boolean,
 *   colors: Record<string, string>}} picture the frame's size in pixels, itself where it is to cover
 *   the video, whether it is mirrored, and a colour a class
 */
export function drawFaces(canvas, faces, {width, height, shown, mirrored, colors}) {
  const sharp = window.devicePixelRatio || 1;
  const wide = Math.round(canvas.clientWidth * sharp);
  const high = Math.round(canvas.clientHeight * sharp);
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  const pen = canvas.getContext('2d');
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, wide, high);
  const scale = Math.min(wide / width, high / height);
  const [left, top] = [(wide - scale * width) / 2, (high - scale * height) / 2];
  if (mirrored) pen.setTransform(-scale, 0, 0, scale, wide - left, top);
  else pen.setTransform(scale, 0, 0, scale, left, top);
  if (shown) pen.drawImage(shown, 0, 0, width, height);
  for (const face of faces) drawOverlay(pen, face);
  pen.setTransform(1, 0, 0, 1, 0, 0);
  const place = (x) => (mirrored ? wide - left - scale * x : left + scale * x);
  for (const face of faces) {
    const [x0, y0, x1, y1] = face.box;
    const ends = [place(x0), place(x1)];
    const box = {x: Math.min(...ends), y: top + scale * y0, wide: scale * (x1 - x0), high: scale * (y1 - y0)};
    drawBox(pen, box, colors[face.label] ?? '#ffffff', words(face, faces.length), sharp);
  }
}

/** `happy 87 %`, with the face's number before it where there are several. */
export function words(face, count) {
  const share = Math.round(100 * Math.max(...face.probabilities));
  return `${count > 1 ? `${face.number}: ` : ''}${face.label} ${share} %`;
}

function drawOverlay(pen, {overlay, square}) {
  if (!overlay) return;
  const picture = new OffscreenCanvas(overlay.width, overlay.height);
  picture.getContext('2d').putImageData(overlay, 0, 0);
  pen.save();
  pen.translate(square.x, square.y);
  pen.rotate((square.roll * Math.PI) / 180);
  pen.drawImage(picture, 0, 0, square.side, square.side);
  pen.restore();
}

function drawBox(pen, box, color, text, sharp) {
  for (const [style, thick] of [[DARK, 5], [color, 3]]) {
    pen.strokeStyle = style;
    pen.lineWidth = thick * sharp;
    pen.strokeRect(box.x, box.y, box.wide, box.high);
  }
  pen.font = `600 ${15 * sharp}px sans-serif`;
  const [wide, high] = [pen.measureText(text).width + 12 * sharp, 22 * sharp];
  const x = Math.max(0, Math.min(box.x, pen.canvas.width - wide));
  const above = box.y - high - 2 * sharp;
  const y = above >= 0 ? above : Math.min(box.y + box.high + 2 * sharp, pen.canvas.height - high);
  pen.fillStyle = '#ffffff';
  pen.fillRect(x, y, wide, high);
  pen.lineWidth = sharp;
  pen.strokeStyle = DARK;
  pen.strokeRect(x, y, wide, high);
  pen.fillStyle = DARK;
  pen.textBaseline = 'middle';
  pen.fillText(text, x + 6 * sharp, y + high / 2 + sharp);
}
