/** The live video: camera, network and what is shown of both. One for the whole page. */
import * as camera from './camera.js';
import {Frames, frameOf, pngOf} from './frames.js';
import {Lighter} from './lighter.js';
import {LoadingError} from './loading.js';
import {Network} from './network.js';
import {Pace} from './pace.js';
import {Session} from './session.js';
import {fileName, save, toCsv} from './session_csv.js';
import {View} from './view.js';

const LEAST = 15; // frames a second under which the page changes to the lighter network
const SILENT = 5; // seconds without a read frame from which the page says so
const LOOK = 300; // milliseconds between two looks whether the page is still there
const LAGS = 100; // milliseconds a frame from which boxes stand on the frame that was read
const FAILURES = 10; // frames in a row that cannot be read, after which the video ends

export class Live {
  constructor() {
    this.state = 'off'; // off, starting, playing
    this.attempt = 0; // an earlier one's answers come too late
    this.stream = null;
    this.choice = {}; // of the camera
    this.isFront = true; // whether the camera looks to the visitor, now or when it last did
    this.explains = false;
    this.goesOn = false; // whether the session does when the video begins
    this.lighter = new Lighter(this);
    this.network = new Network();
    this.pace = new Pace(LEAST);
    this.session = new Session();
    this.frames = new Frames((video) => this.read(video));
    document.addEventListener('visibilitychange', () => this.sleepOrWake());
    navigator.mediaDevices?.addEventListener('devicechange', () => this.list());
  }

  /**
   * Shows all of it in `root`; called whenever Streamlit draws the component, with what changed.
   * @param {HTMLElement} root
   * @param {object} data see component.py
   * @param {(name: string, value: unknown) => void} send
   */
  show(root, data, send) {
    const isNew = root !== this.root;
    const asked = data.network !== this.data?.network;
    const isRecurrent = this.data?.settings.recurrent;
    Object.assign(this, {root, data, send, address: location.pathname});
    if (isNew) {
      this.view?.play(null);
      this.view = new View(root, this);
      if (this.stream) this.play(this.stream);
    }
    if (asked) {
      this.lighter.reset();
      if (this.state === 'off') this.wanted = data.network;
      else this.change(data.network);
    }
    if (!asked && isRecurrent !== data.settings.recurrent && this.network.name) this.changeOverTime();
    this.network.configure(this.settings());
    this.view.describe();
    this.watch ??= setInterval(() => this.look(), LOOK);
  }

  /** As LiveSettings in Python. */
  settings() {
    const {recurrent, name} = this.network;
    const unsureBelow = this.data.unsureBelow[recurrent ?? name ?? this.wanted] ?? 0;
    return {...this.data.settings, unsureBelow, explain: this.explains};
  }

  /** As in a mirror; never where the camera looks away from the visitor. */
  get isMirrored() {
    return this.data.settings.mirrored && this.isFront;
  }

  async start() {
    const attempt = this.enter('starting');
    this.view.tell('');
    const problem = this.problem();
    if (problem) return this.stop(problem, problem === this.data.words.noWebAssembly);
    const opening = camera.open(this.choice);
    try {
      const loading = this.use(this.wanted);
      loading.catch(() => {}); // awaited below, after the camera
      const stream = await opening;
      if (attempt !== this.attempt) return camera.close(stream);
      stream.getVideoTracks()[0].onended = () => this.stop(this.data.words.ended);
      this.play(stream);
      const told = await loading;
      if (attempt !== this.attempt) return;
      this.begin(told);
    } catch (error) {
      opening.then(camera.close, () => {});
      if (error.name === 'OverconstrainedError') this.choice = {};
      if (attempt === this.attempt) this.stop(this.sentence(error), !(error instanceof DOMException));
    }
  }

  /** @param {string} told of the network */
  begin(told) {
    this.network.reset();
    this.pace.begin();
    if (!this.goesOn) this.session.begin();
    this.goesOn = false;
    this.enter('playing');
    this.view.note(this.lighter.begin() || told);
    this.sleepOrWake();
  }

  /**
   * Ends the video.
   * @param {string} why where the visitor did not end it
   * @param {boolean} servable whether the server could read faces instead
   * @param {boolean} goesOn whether the next video goes on with the session
   */
  stop(why = '', servable = false, goesOn = false) {
    this.goesOn = goesOn;
    this.enter('off');
    this.frames.stop();
    camera.close(this.stream);
    this.stream = null;
    this.view.stop(why, servable);
    if (this.session.points.length && !goesOn) this.view.note(this.data.words.newSession);
  }

  /**
   * Starts another camera; a video that plays goes on with it.
   * @param {{deviceId?: string, facing?: 'user' | 'environment'}} choice
   */
  turnTo(choice) {
    this.choice = choice;
    this.stop('', false, this.state === 'playing' || this.goesOn);
    this.start();
  }

  enter(state) {
    this.state = state;
    this.failures = 0;
    this.view.describe();
    return ++this.attempt;
  }

  play(stream) {
    this.stream = stream;
    this.isFront = camera.facingOf(stream) !== 'environment';
    this.view.play(stream);
    this.view.describe();
    this.frames.follow(this.view.video);
    this.list();
  }

  async list() {
    const all = await camera.cameras();
    if (this.stream) this.view.list(all, camera.deviceOf(this.stream));
  }

  /** Why no camera can be asked for at all; '' where one can. */
  problem() {
    if (!camera.mayAsk()) return this.data.words.insecure;
    return typeof WebAssembly === 'object' ? '' : this.data.words.noWebAssembly;
  }

  /** What a visitor is told of an error. */
  sentence(error) {
    const {words} = this.data;
    if (error instanceof LoadingError) return `${error.message} ${words.meanwhile}`;
    if (error instanceof DOMException) return words[error.name] ?? words.otherwise;
    console.error(error);
    return words.broken;
  }

  /** Has a network in use; what is to be said of it. */
  async use(name) {
    try {
      await this.network.use(this.data, name, this.settings(), (part) => this.view.load(part));
      this.network.configure(this.settings());
      return await this.useOverTime();
    } finally {
      this.view.load(null);
    }
  }

  /** Has what reads faces over time in use; why it is not, where it cannot be had. */
  async useOverTime() {
    try {
      const {recurrent} = this.data.settings;
      await this.network.useRecurrent(this.data, recurrent, (part) => this.view.load(part));
      return '';
    } catch (error) {
      if (error.name === 'AbortError') return '';
      console.error(error);
      return this.data.words.noRecurrent;
    } finally {
      this.network.configure(this.settings());
    }
  }

  /** Another way of reading faces over time, while the video plays or is off. */
  async changeOverTime() {
    try {
      this.view.note(await this.useOverTime());
    } finally {
      this.view.load(null);
    }
  }

  /**
   * Another network while the video plays; the one before goes on where it cannot be had.
   * @returns {Promise<boolean>} whether it could
   */
  async change(name, told = '') {
    this.wanted = name;
    try {
      const why = await this.use(name);
      this.pace.pause();
      this.view.note(told || why);
      this.view.describe();
      return true;
    } catch (error) {
      this.view.note(this.sentence(error));
      return false;
    }
  }

  /** @returns {Promise<(() => void) | undefined>} shows what was read */
  async read(video) {
    if (this.state !== 'playing' || !video.videoWidth) return;
    const {attempt} = this;
    const begun = performance.now();
    let shown = null;
    try {
      const taken = frameOf(video);
      const frame = taken instanceof Promise ? await taken : taken; // no wait where there is none
      if (this.pace.milliseconds > LAGS) shown = frame.clone?.(); // the video itself is far ahead
      const reading = await this.network.read(frame, begun / 1000);
      const took = performance.now() - begun;
      return () => {
        if (attempt === this.attempt && !document.hidden) this.take(reading, begun, took, shown);
        shown?.close();
      };
    } catch (error) {
      shown?.close();
      this.failures += 1;
      if (attempt !== this.attempt || this.failures < FAILURES) return;
      console.error(error);
      this.stop(this.data.words.broken, true);
    }
  }

  /**
   * @param {import('./types.js').Reading} reading
   * @param {number} begun milliseconds
   * @param {number} took milliseconds
   * @param {VideoFrame | null} shown what was read, to stand in the video's place
   */
  take(reading, begun, took, shown) {
    const now = this.heard = performance.now() / 1000;
    this.failures = 0;
    this.pace.add(now, took, reading);
    this.session.add(begun / 1000, reading.faces[0], this.by());
    this.view.draw(reading, shown);
    this.lighter.look(now);
  }

  /** What reads and smooths now, as `over_time.in_words` in Python. */
  by() {
    const {name: network, recurrent} = this.network;
    const {halfLife} = this.data.settings;
    const exponential = halfLife ? `exponential with half-life ${halfLife} s` : 'none';
    return {network, smoothing: recurrent ? `recurrent network ${recurrent}` : exponential};
  }

  sleepOrWake() {
    const track = this.stream?.getVideoTracks()[0];
    if (track) track.enabled = !document.hidden;
    if (document.hidden) this.pace.pause();
    this.heard = performance.now() / 1000;
    this.view?.describe();
    this.frames.readOn();
  }

  explain() {
    this.explains = !this.explains;
    this.network.configure(this.settings());
    this.view.describe();
  }

  /** Hands the picture that is shown now to the server, for the Upload page. */
  snapshot() {
    this.send('snapshot', {picture: pngOf(this.view.video), network: this.network.name});
  }

  save() {
    const names = this.data.classes.map(({name}) => name);
    save(toCsv(this.session.points, names, this.data.constants.sessionColumns), fileName());
  }

  look() {
    const silent = performance.now() / 1000 - this.heard > SILENT;
    if (this.state === 'playing' && silent && !document.hidden) {
      this.view.panel.quiet(this.data.words.silent, this.data.words.silent);
    }
    this.leaveIfGone();
  }

  leaveSoon() {
    setTimeout(() => this.leaveIfGone(), LOOK);
  }

  /** Ends everything once the visitor is on another page. */
  leaveIfGone() {
    if (this.root.isConnected && location.pathname === this.address) return;
    clearInterval(this.watch);
    this.watch = null;
    this.stop();
    this.network.close();
  }
}
