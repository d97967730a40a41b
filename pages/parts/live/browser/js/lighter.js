/** Another network where the machine is too slow for the chosen one, or was so only for a moment. */

const AGAIN = 30; // seconds after which a network is tried once more: too slow, or not to be had

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
    this.failed = -AGAIN; // seconds, when a network could not be had
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
    if (now - this.failed < AGAIN) return;
    if (this.isOn) {
      if (this.times === 1 && now - this.since > AGAIN) this.change(data.network, now);
    } else if (data.lighter && data.lighter !== wanted && !this.insists && pace.isSlow(now)) {
      this.times += 1;
      this.since = now;
      this.change(data.lighter, now, this.why());
    }
  }

  /** Where that network cannot be had, what is in use stays, and this counts as no try. */
  async change(name, now, told) {
    const {live} = this;
    if (await live.change(name, told) || live.wanted !== name) return;
    if (name === live.data.lighter) this.times -= 1;
    this.failed = now;
    live.wanted = live.network.name ?? live.data.network;
    live.view.describe();
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
    this.change(this.live.data.network, performance.now() / 1000);
  }
}
