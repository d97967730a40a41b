/** The visitor's camera: opening, choosing and closing it, and why it does not open. */

/** Small enough to read quickly; a camera that has no such size gives its nearest. */
const WANTED = {width: {ideal: 640}, height: {ideal: 480}, frameRate: {ideal: 30, max: 60}};

/** Whether this page may ask for a camera at all; browsers let pages by https or of this machine. */
export const mayAsk = () => window.isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);

/**
 * Opens a camera.
 * @param {{deviceId?: string, facing?: 'user' | 'environment'}} choice nothing: the browser's own
 * @returns {Promise<MediaStream>}
 * @throws {DOMException} named as the W3C's Media Capture and Streams does
 */
export function open({deviceId, facing} = {}) {
  const video = {...WANTED};
  if (deviceId) video.deviceId = {exact: deviceId};
  else if (facing) video.facingMode = {ideal: facing};
  return navigator.mediaDevices.getUserMedia({video, audio: false});
}

/** @param {MediaStream | null} stream */
export function close(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Cameras to choose from; with names once the visitor has allowed one. */
export async function cameras() {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return all.filter((device) => device.kind === 'videoinput');
}

/** The side a camera looks to: `user`, `environment` or nothing where the browser cannot tell. */
export const facingOf = (stream) => stream?.getVideoTracks()[0]?.getSettings?.().facingMode;

/** The camera that a stream comes from. */
export const deviceOf = (stream) => stream?.getVideoTracks()[0]?.getSettings?.().deviceId;
