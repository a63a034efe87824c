// One card for each picture: two layers with a slider between them, zoom, difference map, figures.
// A picture is text until its card comes into view, and text again when the card is far away.
const pictureText = id => {
  const holder = document.getElementById(id);
  return holder ? holder.textContent : null;
};

function layersOf(view, names, timed) {
  const layers = [{title: 'reference', id: `r${view.i}`}];
  if (timed) layers.push({title: 'observed', id: `o${view.i}.${view.s}`});
  names.forEach((name, m) => layers.push({title: name, id: `m${view.i}.${view.s}.${m}`}));
  names.forEach((name, m) => layers.push({title: `difference: ${name}`, id: `d${view.i}.${view.s}.${m}`}));
  return layers.filter(layer => document.getElementById(layer.id));
}

class Card {
  constructor(view, names, data) {
    this.view = view;
    this.timed = data.degradation !== null;
    this.layers = layersOf(view, names, this.timed);
    this.split = 50;
    const measured = view.images.find(image => image.width);
    const longest = data.pictures.longest_side;
    this.natural = measured ? [Math.min(measured.width, longest), Math.min(measured.height, longest)] : [0, 0];
    this.root = element('section', {className: 'card'});
    const sigma = this.timed && data.degradation.sigmas.length > 1 ? `, sigma ${view.sigma}` : '';
    this.root.append(element('h3', {textContent: view.name + sigma}));
    if (this.layers.length > 1) this.addStage();
    this.root.append(this.figures(names));
  }

  addStage() {
    const choose = chosen => {
      const select = element('select', {}, ...this.layers.map((layer, i) =>
        element('option', {value: i, textContent: layer.title, selected: i === chosen})));
      select.addEventListener('change', () => this.show());
      return select;
    };
    this.left = choose(this.timed ? 1 : 0);
    this.right = choose(Math.min(this.timed ? 2 : 1, this.layers.length - 1));
    this.left.ariaLabel = 'left picture';
    this.right.ariaLabel = 'right picture';
    this.slider = element('input', {type: 'range', min: 0, max: 100, step: 0.5, value: 50, ariaLabel: 'place of the edge'});
    this.slider.addEventListener('input', () => this.place(Number(this.slider.value)));
    this.size = element('select', {ariaLabel: 'zoom'}, ...[['fit', 0], ['1\u00d7', 1], ['2\u00d7', 2], ['4\u00d7', 4], ['8\u00d7', 8]]
      .map(([text, value]) => element('option', {value, textContent: text})));
    this.size.addEventListener('change', () => this.scale(Number(this.size.value)));
    this.images = [element('img', {alt: ''}), element('img', {alt: ''})];
    this.edge = element('div', {className: 'edge'});
    this.inner = element('div', {className: 'inner'}, ...this.images, this.edge);
    this.stage = element('div', {className: 'stage'}, this.inner);
    this.images[0].addEventListener('load', () => {
      this.natural = [this.images[0].naturalWidth, this.images[0].naturalHeight];
      this.scale(Number(this.size.value));
    });
    this.stage.addEventListener('click', event => this.zoomAt(event));
    this.stage.addEventListener('pointermove', event => {
      if (event.buttons === 0 && event.pointerType === 'mouse') this.place(this.share(event).x * 100);
    });
    this.root.append(element('div', {className: 'row'}, this.left, this.slider, this.right, this.size), this.stage);
  }

  share(event) {
    const box = this.inner.getBoundingClientRect();
    return {x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height};
  }

  // Left of the edge the first layer, right of it the second.
  place(percent) {
    this.split = Math.max(0, Math.min(100, percent));
    this.slider.value = this.split;
    this.images[1].style.clipPath = `inset(0 0 0 ${this.split}%)`;
    this.edge.style.left = `${this.split}%`;
  }

  // `zoom` 0: as large as fits, at most three times; `room`: width to fit into, when it is known.
  scale(zoom, room) {
    const [width, height] = this.natural;
    if (!width) return;
    const fit = zoom ? 0 : Math.min(3, (room || this.stage.clientWidth) / width, 0.7 * innerHeight / height);
    this.size.value = zoom;
    this.inner.style.width = `${width * (zoom || fit)}px`;
    this.inner.style.height = `${height * (zoom || fit)}px`;
    this.stage.classList.toggle('pixels', zoom >= 2);
  }

  zoomAt(event) {
    const at = this.share(event);
    const next = {0: 2, 1: 2, 2: 4, 4: 8, 8: 0}[this.size.value];
    this.scale(next);
    this.stage.scrollLeft = at.x * this.inner.clientWidth - this.stage.clientWidth / 2;
    this.stage.scrollTop = at.y * this.inner.clientHeight - this.stage.clientHeight / 2;
  }

  figures(names) {
    const rows = names.map((name, m) => ({name, image: this.view.images[m]}));
    const columns = [wordColumn('method', row => row.name),
      numberColumn('PSNR dB', 3, row => imagePsnr(row.image)), numberColumn('SSIM', 5, row => row.image.ssim),
      numberColumn('MS-SSIM', 5, row => row.image.ms_ssim),
      numberColumn('worst, of 255', 1, row => row.image.worst_pixel ? 255 * row.image.worst_pixel.difference : null),
      {title: 'at x, y', word: true, value: row => row.image.worst_pixel ? row.image.worst_pixel.x : null,
        text: row => row.image.worst_pixel ? `${row.image.worst_pixel.x}, ${row.image.worst_pixel.y}` : '\u2013'}];
    if (this.timed) columns.push(numberColumn('seconds', 3, row => row.image.cost ? row.image.cost.seconds : null));
    const figures = sortableTable(columns, rows);
    for (const {name, image} of rows)
      for (const note of [...(image.problem ? [image.problem] : []), ...image.notes])
        figures.append(element('p', {className: image.problem ? 'problem' : 'soft', textContent: `${name}: ${note}`}));
    return figures;
  }

  show() {
    if (!this.stage) return;
    const ids = [this.left, this.right].map(select => this.layers[select.value].id);
    this.images.forEach((image, k) => { image.src = pictureText(ids[k]); });
    this.place(this.split);
  }
  hide() {
    if (this.stage) this.images.forEach(image => image.removeAttribute('src'));
  }
}

// Cards are made empty and filled as they come near; far ones give their pictures back.
function showCards(views, names, data, place) {
  const cards = new Map();
  const watcher = new IntersectionObserver(entries => {
    for (const entry of entries) {
      const card = cards.get(entry.target);
      if (entry.isIntersecting) card.show();
      else card.hide();
    }
  }, {rootMargin: '600px'});
  for (const view of views) {
    const card = new Card(view, names, data);
    view.card = card;
    cards.set(card.root, card);
    place.append(card.root);
  }
  // The width is asked for once: every question about sizes lays out the page anew.
  const refit = () => {
    const staged = [...cards.values()].filter(card => card.stage && card.size.value === '0');
    const room = staged.length ? staged[0].stage.clientWidth : 0;
    for (const card of staged) card.scale(0, room);
  };
  refit();
  addEventListener('resize', refit);
  for (const root of cards.keys()) watcher.observe(root);
}
