/** Asks whether the expression is the one shown, else which is, and says how often it fits. */
import {answers, keep, remove, summary} from './corrections.js';

const NOBODY = 'No face was read in the last 2 seconds, so there is nothing to answer.';
const UNSURE = 'It was not sure in the last 2 seconds, so there is nothing to answer.';
const BEFORE = 2; // seconds before the click that count: at the click a face looks for the button

export class Asking {
  /**
   * @param {HTMLElement} root
   * @param {string[]} classNames
   * @param {() => {points: import('./session.js').Session['points'], network: string, now: number}} state
   */
  constructor(root, classNames, state) {
    const find = (selector) => root.querySelector(selector);
    this.classNames = classNames;
    this.state = state;
    this.right = find('[data-do="right"]');
    this.wrong = find('[data-do="wrong"]');
    this.names = find('.live-names');
    this.agreed = find('.live-agreed');
    this.removing = find('[data-do="remove"]');
    this.taken = null;
    this.right.onclick = () => this.confirm();
    this.wrong.onclick = () => (this.taken ? this.close() : this.open());
    this.removing.onclick = () => {
      remove();
      this.close();
    };
    this.names.replaceChildren(...classNames.map((name) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = name;
      button.onclick = () => this.give(name);
      return button;
    }));
    this.names.onkeydown = ({key}) => {
      if (key !== 'Escape') return;
      this.close();
      this.wrong.focus();
    };
    this.tell();
  }

  /** Whether there is a face to answer about. */
  enable(possible) {
    this.right.disabled = !possible;
    this.wrong.disabled = !possible && !this.taken;
  }

  confirm() {
    const {network, read, why} = this.look();
    if (why) return this.close(why);
    keep({network, read, shown: read});
    this.close(`Kept: it read ${read}, you agree.`);
  }

  open() {
    const {network, read, why} = this.look();
    if (why) return this.close(why);
    this.taken = {network, read};
    this.names.hidden = false;
    this.wrong.ariaExpanded = 'true';
    this.agreed.textContent = `It read ${read}. What did you show?`;
    this.names.firstChild.focus();
  }

  give(name) {
    const {network, read} = this.taken;
    keep({network, read, shown: name});
    this.close(`Kept: it read ${read}, you showed ${name}.`);
    this.wrong.focus();
  }

  /** @param {string} told before how often it fits */
  close(told = '') {
    this.taken = null;
    this.names.hidden = true;
    this.wrong.ariaExpanded = 'false';
    this.tell(told);
  }

  /**
   * What was read of the leading face in the seconds before, or why that is nothing.
   * @returns {{network: string, read?: string, why?: string}}
   */
  look() {
    const {points, network, now} = this.state();
    const recent = points.filter((point) => point.probabilities && now - point.time <= BEFORE);
    if (!recent.length) return {network, why: NOBODY};
    const sure = recent.filter(({label}) => this.classNames.includes(label));
    if (sure.length < recent.length / 2) return {network, why: UNSURE};
    const sums = this.classNames.map((_, index) =>
      recent.reduce((sum, point) => sum + point.probabilities[index], 0));
    return {network, read: this.classNames[sums.indexOf(Math.max(...sums))]};
  }

  tell(told = '') {
    const given = answers();
    const fits = summary(given, this.state().network);
    this.agreed.textContent = [told, fits].filter(Boolean).join(' ');
    this.removing.hidden = !given.length;
  }
}
