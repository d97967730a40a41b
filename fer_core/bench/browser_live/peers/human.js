// @vladmandic/human: face and emotion only, every frame read anew (`cacheSensitivity`), all else
// as it comes.
import Human from '/node_modules/@vladmandic/human/dist/human.esm.js';

const OFF = {enabled: false};

export async function create() {
  const human = new Human({
    backend: 'wasm',
    wasmPath: '/node_modules/@tensorflow/tfjs-backend-wasm/dist/',
    modelBasePath: '/node_modules/@vladmandic/human/models/',
    cacheSensitivity: 0,
    filter: OFF, gesture: OFF, body: OFF, hand: OFF, object: OFF, segmentation: OFF,
    face: {
      enabled: true, emotion: {enabled: true},
      mesh: OFF, attention: OFF, iris: OFF, description: OFF, antispoof: OFF, liveness: OFF,
    },
  });
  await human.load();
  return async video => {
    const {face, error} = await human.detect(video);
    if (error) throw new Error(error);
    return face.filter(each => each.emotion?.length).map(each => each.box);
  };
}
