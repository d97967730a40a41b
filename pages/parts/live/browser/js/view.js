/** The component's elements, and what they show of a live video. */
import {Asking} from './asking.js';
import {drawFaces} from './drawing.js';
import {Panel} from './panel.js';
import * as timeline from './timeline.js';

const PANEL_EVERY = 100; // milliseconds between two changes of text and bars
const TIMELINE_EVERY = 250;
const UNEXPLAINED = 5; // frames in a row without what is to be laid over, after which that is told

export class View {
  /**
   * @param {HTMLElement} root
   * @param {import('./live.js').Live} live
   */
  constructor(root, live) {
    const find = (selector) => root.querySelector(selector);
    this.live = live;
    this.stage = find('.live-stage');
    this.video = find('video');
    this.marks = find('.live-marks');
    this.told = find('.live-told');
    this.why = find('.live-why');
    this.ways = find('.live-ways');
    this.noted = find('.live-note');
    this.explained = find('.live-explained');
    this.unexplained = 0; // frames in a row without what is to be laid over
    this.progress = find('progress');
    this.cameras = find('select');
    this.lines = find('.live-timeline canvas');
    this.done = find('.live-done');
    const buttons = this.buttons = {};
    for (const each of root.querySelectorAll('[data-do]')) buttons[each.dataset.do] = each;
    const {classes} = live.data;
    this.panel = new Panel(root, classes);
    this.asking = new Asking(root, classes.map(({name}) => name), () => ({
      points: live.session.points,
      network: live.network.name ?? live.wanted ?? live.data.network,
      now: performance.now() / 1000,
    }));
    this.colors = Object.fromEntries(classes.map(({name, color}) => [name, color]));
    this.shown = {panel: 0, timeline: 0};
    this.loading = '';
    timeline.legend(find('.live-timeline ul'), classes);
    const {toggle, explain} = buttons;
    toggle.onclick = ({detail}) => {
      if (detail > 1) return; // the second half of a double click
      if (live.state === 'off') live.start();
      else live.stop();
    };
    buttons.turn.onclick = () => live.turnTo({facing: live.isFront ? 'environment' : 'user'});
    explain.onclick = () => live.explain();
    buttons.snapshot.onclick = () => this.snapshot();
    buttons.insist.onclick = () => live.lighter.insist();
    buttons.csv.title = live.data.words.session;
    buttons.csv.onclick = () => live.save();
    buttons.upload.onclick = () => follow('.st-key-live-snapshot a');
    buttons.picture.onclick = () => follow('.st-key-live-ways a');
    buttons.server.onclick = () => follow('.st-key-live-ways button');
    toggle.disabled = explain.disabled = false; // no click before is lost
    this.cameras.onchange = () => live.turnTo({deviceId: this.cameras.value});
    new ResizeObserver(() => this.drawTimeline()).observe(this.lines);
  }

  /** Buttons and words of the state. */
  describe() {
    const {state, session, data, isMirrored, explains} = this.live;
    const {toggle, snapshot, csv, explain, insist} = this.buttons;
    const plays = state === 'playing';
    toggle.textContent = state === 'off' ? 'Start camera' : 'Stop camera';
    snapshot.disabled = !plays;
    csv.disabled = !session.points.length;
    explain.ariaPressed = String(explains);
    this.stage.classList.toggle('mirrored', isMirrored);
    this.stage.dataset.state = state;
    insist.hidden = !this.live.lighter.isOn;
    insist.textContent = `Use ${data.network} all the same`;
    this.asking.enable(plays && !document.hidden);
    this.explainStage();
    if (!this.asking.taken) this.asking.tell();
    if (!plays) this.panel.quiet(data.words.empty);
    else if (document.hidden) this.panel.quiet(data.words.hidden);
    this.drawTimeline();
  }

  /** Shows a camera's picture, or none any more. */
  play(stream) {
    this.video.srcObject = stream;
    this.stage.classList.toggle('seen', Boolean(stream));
    if (stream) this.video.play().catch(() => {}); // ended before it began
    else this.mark([]);
  }

  /** The video has ended; `why` where the visitor did not end it. */
  stop(why, servable) {
    this.play(null);
    this.tell(why, servable);
    this.note('');
    this.explained.textContent = '';
    this.describe();
  }

  /** What stands in the video's place, or over it while something is loaded. */
  explainStage() {
    const {state, stream, data} = this.live;
    const {words} = data;
    const waits = state === 'starting' && !stream ? words.allow : '';
    const off = state === 'off' && !this.told.textContent ? words.private : '';
    this.progress.hidden = state === 'off' || !this.loading;
    this.why.textContent = off || waits || (state === 'off' ? '' : this.loading);
  }

  /** Why there is no video, and where to go instead; to the server where that has a chance. */
  tell(sentence, servable = false) {
    this.told.textContent = sentence;
    this.ways.hidden = !sentence;
    this.buttons.server.hidden = !(servable && this.live.data.servable);
    this.explainStage();
  }

  /** A sentence on how it goes. */
  note(sentence) {
    this.noted.textContent = sentence;
  }

  /** @param {{loaded: number, total: number} | null} progress in bytes; null: done */
  load(progress) {
    this.loading = '';
    if (progress) {
      this.progress.value = progress.loaded / progress.total;
      this.loading = this.live.data.words.loading
        .replace('{loaded}', megabytes(progress.loaded)).replace('{total}', megabytes(progress.total));
    }
    this.explainStage();
  }

  /** The cameras to choose from; on phones the button for the other side is enough. */
  list(all, chosen) {
    const several = all.length > 1;
    const phone = matchMedia('(pointer: coarse)').matches;
    this.buttons.turn.hidden = !(several && phone);
    this.cameras.hidden = !several || phone;
    this.cameras.replaceChildren(...all.map(({deviceId, label}, index) =>
      new Option(label || `Camera ${index + 1}`, deviceId, false, deviceId === chosen)));
  }

  /**
   * @param {import('./types.js').Reading} reading
   * @param {VideoFrame | null} shown what was read, to stand in the video's place
   */
  draw(reading, shown) {
    this.mark(reading.faces, shown);
    const blind = reading.faces.some((face) => !face.overlay);
    this.unexplained = this.live.explains && blind ? this.unexplained + 1 : 0;
    const now = performance.now();
    if (now - this.shown.panel >= PANEL_EVERY) {
      this.shown.panel = now;
      const {network, pace, data} = this.live;
      if (reading.faces.length) this.panel.show(reading.faces, reading.leftOut);
      else this.panel.quiet(data.words.noFace, 'no face');
      this.panel.tell(pace, network);
      this.explain(reading.faces, network.name);
      this.buttons.csv.disabled = false;
    }
    if (now - this.shown.timeline >= TIMELINE_EVERY) this.drawTimeline();
  }

  /** What the colours over a face mean, or why there are none. */
  explain(faces, network) {
    const {explains, data} = this.live;
    const none = this.unexplained >= UNEXPLAINED;
    const {words} = data;
    const told = none ? words.noActivations.replace('{network}', network) : words.explains;
    this.explained.textContent = explains && faces.length ? told : '';
  }

  mark(faces, shown = null) {
    const {videoWidth: width, videoHeight: height} = this.video;
    const {isMirrored: mirrored} = this.live;
    const size = {width: width || 4, height: height || 3};
    drawFaces(this.marks, faces, {...size, shown, mirrored, colors: this.colors});
  }

  drawTimeline() {
    this.shown.timeline = performance.now();
    const {session, data} = this.live;
    timeline.draw(this.lines, session, performance.now() / 1000, data.classes);
  }

  snapshot() {
    this.live.snapshot();
    this.done.textContent = 'Snapshot taken.';
    this.buttons.upload.hidden = false;
  }
}

/** Follows the page's own link, once the server has drawn it: an address of ours would reload. */
function follow(selector, tries = 50) {
  const link = document.querySelector(selector);
  if (link) link.click();
  else if (tries) setTimeout(() => follow(selector, tries - 1), 100);
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
