// Puts the page together from the figures.
function viewsOf(data, count) {
  const views = [];
  const strengths = data.methods.length / count;
  for (let i = 0; i < data.methods[0].images.length; ++i)
    for (let s = 0; s < strengths; ++s) {
      const methods = data.methods.slice(s * count, (s + 1) * count);
      views.push({i, s, sigma: methods[0].sigma, name: methods[0].images[i].name, images: methods.map(method => method.images[i])});
    }
  return views;
}

// Of what was measured, and is no infinity.
const difference = (a, b) => Number.isFinite(a) && Number.isFinite(b) ? a - b : null;

// PSNR of each method at each strength, and what is lost from the first strength on.
function shiftTable(data, names) {
  const sigmas = data.degradation.sigmas;
  const at = (name, sigma) => meanPsnr(data.methods.find(method => method.method === name && method.sigma === sigma));
  const columns = [wordColumn('method', name => name),
    ...sigmas.map(sigma => numberColumn(`sigma ${sigma}, dB`, 2, name => at(name, sigma))),
    ...sigmas.slice(1).map(sigma => numberColumn(`change at ${sigma}`, 2, name => difference(at(name, sigma), at(name, sigmas[0]))))];
  return sortableTable(columns, names);
}

function buildPage() {
  const data = JSON.parse(document.getElementById('data').textContent);
  const page = document.getElementById('page');
  const strengths = data.degradation ? data.degradation.sigmas.length : 1;
  const names = data.methods.slice(0, data.methods.length / strengths).map(method => method.method);
  const views = viewsOf(data, names.length);
  const many = strengths > 1;
  const heading = text => element('h2', {textContent: text});
  const soft = text => element('p', {className: 'soft', textContent: text});

  page.replaceChildren(element('h1', {textContent: data.degradation ? `evaluate: ${data.degradation.task}` : 'evaluate'}));
  if (data.degradation) page.append(soft(data.degradation.text));
  page.append(soft(data.protocol.text), soft(`Tessera ${data.version}. Intervals: percentile bootstrap over pictures, 10,000 resamples.`));

  page.append(heading('Methods'), methodTable(data, many));
  const figures = [];
  if (data.degradation) figures.push(timeChart(data, names));
  if (many) figures.push(sigmaChart(data, names));
  if (figures.length < 2 && views.length > 1) figures.push(spreadChart(views, names));
  page.append(element('div', {className: 'charts'}, ...figures));
  for (const figure of figures) figure.draw();
  if (many) page.append(heading('What noise costs'), shiftTable(data, names));
  if (data.differences.length) page.append(heading('Paired differences, first less second'), differenceTable(data, many));

  page.append(heading('Each picture'), soft('Click a heading to sort, a line to see the picture.'),
    pictureTable(views, names, many, view => view.card.root.scrollIntoView({behavior: 'smooth'})));
  for (const method of data.methods)
    if (method.extra.length) page.append(element('p', {className: 'problem', textContent: `${method.method}: without reference: ${method.extra.join(', ')}`}));

  const quality = data.pictures.quality < 100 ? `JPEG of quality ${data.pictures.quality}` : 'PNG';
  page.append(heading('Pictures'), soft(`Shown as ${quality}, at most ${data.pictures.longest_side} pixels a side from the middle; figures are those of the exact, whole pictures. ` +
    `Differences are ${data.pictures.difference_gain} times |reference \u2212 restored|. Move over a picture to move the edge, click to zoom.`));
  const filter = element('input', {type: 'search', className: 'filter', placeholder: 'part of a name', ariaLabel: 'show pictures whose name has'});
  filter.addEventListener('input', () => views.forEach(view => { view.card.root.hidden = !view.name.includes(filter.value); }));
  const cards = element('div');
  page.append(element('p', {}, filter), cards);
  showCards(views, names, data, cards);
  document.title = `evaluate: ${names.join(', ')}`;
}
buildPage();
