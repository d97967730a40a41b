/** The session as a CSV file, made in the browser. Its columns are those of the server mode. */

/**
 * @param {{time: number, number: number | null, probabilities: ArrayLike<number> | null}[]} points
 * @param {string[]} classNames
 */
export function toCsv(points, classNames) {
  const rows = points.map(({time, number, probabilities}) => [
    (time - points[0].time).toFixed(2),
    number ?? '',
    ...classNames.map((_, index) => (probabilities ? probabilities[index].toFixed(4) : '')),
  ]);
  return [['seconds', 'face', ...classNames], ...rows].map((row) => `${row.join(',')}\n`).join('');
}

/** Has the browser save a text as a file. */
export function save(text, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], {type: 'text/csv'}));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
