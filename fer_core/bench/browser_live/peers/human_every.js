// @vladmandic/human, every frame read anew.
import {create as human} from './human.js';

export const create = () => human({cacheSensitivity: 0});
