/** Follows a video's frames: one is read at a time, and while it is the newest waits. */

export class Frames {
  /**
   * @param {(video: HTMLVideoElement) => Promise<(() => void) | undefined>} read reads the picture
   *   that is shown now, and gives what is then to be done
   */
  constructor(read) {
    this.read = read;
    this.video = null;
    this.following = 0; // an earlier one is over, of the same video too
    this.isReading = this.waits = false;
  }

  /** Follows this video in place of the one before. */
  follow(video) {
    this.video = video;
    const following = ++this.following;
    const next = () => {
      if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(frame);
      else requestAnimationFrame(frame);
    };
    const frame = () => {
      if (this.following !== following) return;
      this.waits = true;
      this.readOn();
      next();
    };
    next();
  }

  stop() {
    this.video = null;
    this.following += 1;
    this.waits = false;
  }

  async readOn() {
    if (this.isReading || !this.waits || document.hidden) return;
    this.isReading = true;
    this.waits = false;
    const show = await this.read(this.video);
    this.isReading = false;
    this.readOn(); // the next one, while this one is drawn
    show?.();
  }
}

/**
 * The picture that a video shows now, at its full size.
 * @param {HTMLVideoElement} video
 * @returns {VideoFrame | Promise<ImageBitmap>}
 */
export function frameOf(video) {
  return typeof VideoFrame === 'function' ? new VideoFrame(video) : createImageBitmap(video);
}

/** The same as a PNG file's bytes in base64. */
export function pngOf(video) {
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d').drawImage(video, 0, 0);
  return canvas.toDataURL('image/png').split(',')[1];
}
