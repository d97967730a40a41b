// The library that the address names (`?human`) reads the camera, one frame at a time, as the
// product's own page does: a frame that comes meanwhile is not waited for.
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
  const step = async (now, {mediaTime}) => {
    const began = performance.now();
    const boxes = await read(video);
    context.drawImage(video, 0, 0);
    for (const [x, y, width, height] of boxes) context.strokeRect(x, y, width, height);
    const milliseconds = {total: performance.now() - began};
    window.watched.read({frame: mediaTime, faces: boxes.length, milliseconds});
    video.requestVideoFrameCallback(step);
  };
  video.requestVideoFrameCallback(step);
}

document.querySelector('button').addEventListener('click', () => {
  start().catch(error => { window.watched.failed = String(error); });
});
