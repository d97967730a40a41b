/** The session as a CSV file, made in the browser. */

/**
 * @param {import('./session.js').Session['points']} points
 * @param {string[]} classNames
 * @param {string[]} columns as `state.SESSION_COLUMNS` in Python
 */
export function toCsv(points, classNames, columns) {
  const rows = points.map(({time, number, probabilities, label, network, smoothing}) => {
    const shares = classNames.map((name, index) => [name, probabilities?.[index].toFixed(4)]);
    const seconds = (time - points[0].time).toFixed(2);
    const read = {seconds, face: number, expression: label, network, smoothing};
    const values = {...read, ...Object.fromEntries(shares)};
    return columns.map((column) => values[column] ?? '');
  });
  return [columns, ...rows].map((row) => `${row.join(',')}\n`).join('');
}

/** A file's name with the visitor's date and time, as the server mode names its own. */
export function fileName(now = new Date()) {
  const parts = [now.getFullYear(), now.getMonth() + 1, now.getDate(), now.getHours(),
    now.getMinutes(), now.getSeconds()];
  return `live-session-${parts.map((part) => String(part).padStart(2, '0')).join('-')}.csv`;
}

/** Has the browser save a text as a file. */
export function save(text, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], {type: 'text/csv'}));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
