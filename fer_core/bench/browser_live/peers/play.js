// The library that the address names (`?human`) reads the camera as the product's own page does:
// one frame at a time, and then at once the newest that has come meanwhile.
const canvas = document.querySelector('canvas');
const context = canvas.getContext('2d');

async function start() {
  const {create} = await import(`./${location.search.slice(1)}.js`);
  const [read, stream] = await Promise.all([
    create(),
    navigator.mediaDevices.getUserMedia({video: {width: 640, height: 480, frameRate: 30}}),
  ]);
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = stream;
  await video.play();
  let newest = null;
  let reading = false;
  const readOn = async () => {
    if (reading || newest === null) return;
    reading = true;
    const frame = newest;
    newest = null;
    const began = performance.now();
    const boxes = await read(video);
    const milliseconds = {total: performance.now() - began};
    context.drawImage(video, 0, 0);
    for (const [x, y, width, height] of boxes) context.strokeRect(x, y, width, height);
    window.watched.read({frame, faces: boxes.length, milliseconds});
    reading = false;
    readOn();
  };
  const next = (now, {mediaTime}) => {
    newest = mediaTime;
    video.requestVideoFrameCallback(next);
    readOn();
  };
  video.requestVideoFrameCallback(next);
}

addEventListener('unhandledrejection', ({reason}) => { window.watched.failed = String(reason); });
document.querySelector('button').addEventListener('click', start);
