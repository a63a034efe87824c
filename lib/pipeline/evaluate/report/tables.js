// Sortable tables. A column: {title, word (left-aligned text), value(row), text(row)}.
const element = (tag, properties, ...children) => {
  const made = Object.assign(document.createElement(tag), properties || {});
  made.append(...children);
  return made;
};
const fixed = (value, digits) =>
  value === null || value === undefined ? '\u2013' : value === Infinity ? 'inf' : value.toFixed(digits);

// Empty values go last whichever way is sorted.
function compareValues(a, b, sign) {
  const empty = value => value === null || value === undefined || Number.isNaN(value);
  if (empty(a) || empty(b)) return empty(a) - empty(b);
  if (a === b) return 0;
  return (a < b ? -1 : 1) * sign;
}

function sortableTable(columns, rows, onRow) {
  const body = element('tbody');
  const headings = columns.map(column => element('th', {className: column.word ? 'word' : ''}));
  const fill = sorted => {
    body.replaceChildren(...sorted.map(row => {
      const cells = columns.map(column => {
        const text = column.text(row);
        const classes = (column.word ? 'word ' : '') + (column.best && column.best(row) ? 'best' : '');
        return element('td', {className: classes, textContent: text, title: column.word ? text : ''});
      });
      const line = element('tr', {}, ...cells);
      if (onRow) {
        line.style.cursor = 'pointer';
        line.addEventListener('click', () => onRow(row));
      }
      return line;
    }));
  };
  columns.forEach((column, i) => {
    const button = element('button', {type: 'button', textContent: column.title});
    button.addEventListener('click', () => {
      const ascending = headings[i].getAttribute('aria-sort') === 'descending' ||
        (column.word && headings[i].getAttribute('aria-sort') !== 'ascending');
      headings.forEach(heading => heading.removeAttribute('aria-sort'));
      headings[i].setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
      const sign = ascending ? 1 : -1;
      fill([...rows].sort((a, b) => compareValues(column.value(a), column.value(b), sign)));
    });
    headings[i].append(button);
  });
  fill(rows);
  const table = element('table', {}, element('thead', {}, element('tr', {}, ...headings)), body);
  return element('div', {className: 'scroll'}, table);
}

const wordColumn = (title, get) => ({title, word: true, value: get, text: row => String(get(row))});
const numberColumn = (title, digits, get, best) =>
  ({title, value: get, text: row => fixed(get(row), digits), best});
const interval = (score, digits) =>
  score.ci95 ? `${fixed(score.ci95[0], digits)} \u2026 ${fixed(score.ci95[1], digits)}` : '\u2013';
const intervalColumn = (title, digits, get) =>
  ({title, value: row => get(row).ci95 ? get(row).ci95[0] : null, text: row => interval(get(row), digits)});

const meanPsnr = method =>
  method.psnr_db.count ? method.psnr_db.mean : method.identical ? Infinity : null;
const largest = (methods, get, method) => methods
  .filter(other => other.sigma === method.sigma).every(other => (get(other) ?? -1) <= (get(method) ?? -1));

function methodTable(data, manySigmas) {
  const timed = data.degradation !== null;
  const columns = [wordColumn('method', row => row.method)];
  if (manySigmas) columns.push(numberColumn('sigma', 1, row => row.sigma));
  columns.push(
    numberColumn('images', 0, row => row.images.filter(image => 'identical' in image).length),
    numberColumn('PSNR dB', 3, meanPsnr, row => largest(data.methods, meanPsnr, row)),
    intervalColumn('95 % interval', 2, row => row.psnr_db),
    numberColumn('SSIM', 5, row => row.ssim.mean, row => largest(data.methods, m => m.ssim.mean, row)),
    numberColumn('MS-SSIM', 5, row => row.ms_ssim.mean));
  if (data.methods.some(method => method.identical))
    columns.push(numberColumn('identical', 0, row => row.identical));
  if (timed) columns.push(
    numberColumn('seconds', 2, row => row.cost.seconds),
    numberColumn('processor s', 2, row => row.cost.processor_seconds),
    numberColumn('ns per pixel', 1, row => row.ns_per_pixel),
    numberColumn('peak MiB', 0, row => row.cost.peak_memory_bytes === null ? null : row.cost.peak_memory_bytes / 1048576));
  return sortableTable(columns, data.methods);
}

function differenceTable(data, manySigmas) {
  const columns = [wordColumn('first', row => row.first), wordColumn('second', row => row.second)];
  if (manySigmas) columns.push(numberColumn('sigma', 1, row => row.sigma));
  columns.push(
    numberColumn('PSNR difference dB', 3, row => row.psnr_db.mean), intervalColumn('95 % interval', 3, row => row.psnr_db),
    numberColumn('SSIM difference', 5, row => row.ssim.mean), intervalColumn('95 % interval', 5, row => row.ssim),
    {title: 'first better', value: row => row.first_better, text: row => `${row.first_better} of ${row.compared}`});
  return sortableTable(columns, data.differences);
}

// One row for each picture and strength of noise, one PSNR and SSIM for each method.
function pictureTable(views, names, manySigmas, onRow) {
  const columns = [wordColumn('image', view => view.name)];
  if (manySigmas) columns.push(numberColumn('sigma', 1, view => view.sigma));
  names.forEach((name, m) => columns.push(
    numberColumn(`${name} dB`, 2, view => imagePsnr(view.images[m])),
    numberColumn('SSIM', 4, view => view.images[m].ssim)));
  return sortableTable(columns, views, onRow);
}

const imagePsnr = image => image.identical ? Infinity : image.psnr_db ?? null;
