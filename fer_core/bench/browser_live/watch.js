// Runs before a page's own scripts and notes, in `window.watched`, what its video does: cameras,
// workers, and readings, each with the camera frame that it was made of.
(() => {
  const watched = {clicked: 0, drawn: 0, failed: '', changes: 0, rate: 0, readings: [], streams: [], workers: new Set()};
  window.watched = watched;
  watched.tracks = () => watched.streams.flatMap(stream => stream.getTracks())
    .filter(track => track.readyState === 'live').length;
  watched.read = reading => {
    watched.readings.push({...reading, at: performance.now()});
    if (!watched.drawn) requestAnimationFrame(() => { watched.drawn ||= performance.now(); });
  };
  watched.reset = (rate = 0) => Object.assign(watched, {clicked: 0, drawn: 0, readings: [], rate});
  document.addEventListener('click', () => { watched.clicked ||= performance.now(); }, true);

  // The media time of a frame tells it from every other.
  const ask = HTMLVideoElement.prototype.requestVideoFrameCallback;
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (tell) {
    return ask.call(this, (now, frame) => {
      watched.frame = frame.mediaTime;
      tell(now, frame);
    });
  };

  const devices = navigator.mediaDevices;
  if (devices) {
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async wanted => {
      if (watched.rate) wanted = {...wanted, video: {...wanted.video, frameRate: watched.rate}};
      const stream = await open(wanted);
      watched.streams.push(stream);
      return stream;
    };
  }

  window.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      watched.workers.add(this);
      const sent = new Map();
      this.frames = sent;
      this.addEventListener('message', ({data}) => {
        if (data?.type !== 'faces') return;
        const {frame, begun} = sent.get(data.id);
        const milliseconds = {...data.milliseconds, total: performance.now() - begun};
        watched.read({frame, faces: data.faces.length, milliseconds});
        sent.delete(data.id);
      });
    }
    postMessage(message, ...rest) {
      if (message?.type === 'frame') {
        this.frames.set(message.id, {frame: watched.frame, begun: performance.now()});
      }
      if (message?.type === 'network') watched.changes += 1;
      super.postMessage(message, ...rest);
    }
    terminate() {
      watched.workers.delete(this);
      super.terminate();
    }
  };
})();
