/** What the visitor showed, in their own word, beside what was read: kept in this browser alone. */

const PLACE = 'fer-live-answers';
const MOST = 500;
/** Answers from which a share says something. */
export const ENOUGH = 3;

/** @typedef {{network: string, read: string, shown: string}} Given */

/** @returns {Given[]} */
export function answers() {
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => one?.network && one.read && one.shown) : [];
  } catch {
    return []; // no storage here, or not ours
  }
}

/** @param {Given} given */
export function keep(given) {
  try {
    localStorage.setItem(PLACE, JSON.stringify([...answers(), given].slice(-MOST)));
  } catch {
    // A browser that stores nothing: the answer is lost, and nothing else.
  }
}

export function remove() {
  try {
    localStorage.removeItem(PLACE);
  } catch {
    // Nothing was stored.
  }
}

/**
 * How often the network agreed, in a sentence or two; '' before the first answer.
 * @param {Given[]} given
 * @param {string} network
 */
export function summary(given, network) {
  const own = given.filter((one) => one.network === network);
  if (!own.length) return '';
  const count = `${own.length} answer${own.length > 1 ? 's' : ''} about ${network}`;
  if (own.length < ENOUGH) return `${count}. After ${ENOUGH} this says how often it agrees with you.`;
  const wrong = own.filter((one) => one.read !== one.shown);
  const share = (100 * (own.length - wrong.length)) / own.length;
  const agreed = `On your face ${network} agreed in ${own.length - wrong.length} of ${own.length} `
    + `answers (${share.toFixed(1)} %).`;
  const [pair, times] = commonest(wrong.map((one) => `${one.read} where you showed ${one.shown}`));
  return times > 1 ? `${agreed} Most often it read ${pair}: ${times} times.` : agreed;
}

function commonest(texts) {
  const counts = new Map();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
}
