// @vladmandic/face-api: face and expression only, found by its own default detector.
import * as faceapi from '/node_modules/@vladmandic/face-api/dist/face-api.esm.js';

const MODELS = '/node_modules/@vladmandic/face-api/model/';

export async function create(detector = faceapi.nets.ssdMobilenetv1, options = undefined) {
  faceapi.tf.setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
  await faceapi.tf.setBackend('wasm');
  await faceapi.tf.ready();
  await detector.loadFromUri(MODELS);
  await faceapi.nets.faceExpressionNet.loadFromUri(MODELS);
  return async video => {
    const found = await faceapi.detectAllFaces(video, options).withFaceExpressions();
    return found.map(({detection: {box}}) => [box.x, box.y, box.width, box.height]);
  };
}

export {faceapi};
