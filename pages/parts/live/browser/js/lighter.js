/** Another network where the machine is too slow for the chosen one, or was so only for a moment. */

const AGAIN = 30; // seconds after which the chosen network is tried once more

export class Lighter {
  /** @param {import('./live.js').Live} live */
  constructor(live) {
    this.live = live;
    this.reset();
  }

  /** Another network was chosen. */
  reset() {
    this.insists = false;
    this.times = 0; // that the chosen network was too slow
    this.since = 0; // seconds
  }

  /** Whether the page changed to the lighter network by itself. */
  get isOn() {
    const {state, wanted, data} = this.live;
    return state === 'playing' && wanted !== data.network;
  }

  /** The video begins; what is to be said of it. */
  begin() {
    this.since = performance.now() / 1000;
    return this.isOn ? this.why() : '';
  }

  /** Changes the network where that is due. */
  look(now) {
    const {data, wanted, pace} = this.live;
    if (this.isOn) {
      if (this.times === 1 && now - this.since > AGAIN) this.live.change(data.network);
    } else if (data.lighter && data.lighter !== wanted && !this.insists && pace.isSlow(now)) {
      this.times += 1;
      this.since = now;
      this.live.change(data.lighter, this.why());
    }
  }

  why() {
    const {network, lighter, words, settings, recurrent, accuracy} = this.live.data;
    return [
      words.lighter,
      accuracy[network] && accuracy[lighter] ? words.accuracies : '',
      settings.recurrent && !recurrent[lighter] ? words.lighterOverTime : '',
      this.times === 1 ? words.again : '',
    ].filter(Boolean).join(' ')
      .replaceAll('{network}', network).replaceAll('{lighter}', lighter)
      .replace('{of network}', accuracy[network]).replace('{of lighter}', accuracy[lighter]);
  }

  /** The chosen network again, on a machine that is slow with it. */
  insist() {
    this.insists = true;
    this.live.change(this.live.data.network);
  }
}
