// @vladmandic/face-api with its quickest detector.
import {create as withDetector, faceapi} from './face_api.js';

export const create = () =>
  withDetector(faceapi.nets.tinyFaceDetector, new faceapi.TinyFaceDetectorOptions());
