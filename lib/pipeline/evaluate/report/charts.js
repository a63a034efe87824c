// PSNR against time and against sigma.
const chartColours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7f7f7f', '#000000'];

function axis(title, more) {
  const style = getComputedStyle(document.documentElement);
  const colour = style.getPropertyValue('--soft').trim(), line = style.getPropertyValue('--line').trim();
  return Object.assign({title: {display: true, text: title, color: colour}, ticks: {color: colour}, grid: {color: line}}, more);
}

function chartFigure(title, config) {
  const canvas = element('canvas', {ariaLabel: title});
  const figure = element('figure', {}, element('div', {}, canvas));
  const colour = getComputedStyle(document.documentElement).getPropertyValue('--text').trim();
  config.options = Object.assign({responsive: true, maintainAspectRatio: false, animation: false}, config.options);
  config.options.plugins = {
    title: {display: true, text: title, color: colour},
    legend: {position: 'bottom', labels: {color: colour, boxWidth: 14}},
    tooltip: {callbacks: {label: item => `${item.dataset.label}: ${item.parsed.y.toFixed(3)} dB` +
      (item.raw.note ? `, ${item.raw.note}` : '')}},
  };
  figure.draw = () => new Chart(canvas, config);
  return figure;
}

const dataset = (label, m, data, line) => ({
  label, data, showLine: line, pointRadius: 5, pointHoverRadius: 7,
  borderColor: chartColours[m % chartColours.length], backgroundColor: chartColours[m % chartColours.length],
});

function timeChart(data, names) {
  const sets = names.map((name, m) => dataset(name, m, data.methods
    .filter(method => method.method === name && method.psnr_db.count && method.ns_per_pixel > 0)
    .map(method => ({x: method.ns_per_pixel, y: method.psnr_db.mean, note: `${method.ns_per_pixel.toFixed(1)} ns per pixel, sigma ${method.sigma}`})), false));
  return chartFigure('PSNR against time', {type: 'scatter', data: {datasets: sets},
    options: {scales: {x: axis('ns per pixel, wall clock', {type: 'logarithmic'}), y: axis('PSNR, dB')}}});
}

function sigmaChart(data, names) {
  const sets = names.map((name, m) => dataset(name, m, data.methods
    .filter(method => method.method === name && method.psnr_db.count)
    .map(method => ({x: method.sigma, y: method.psnr_db.mean, note: `sigma ${method.sigma}`})), true));
  return chartFigure('PSNR against noise', {type: 'scatter', data: {datasets: sets},
    options: {scales: {x: axis('noise sigma, of 255'), y: axis('PSNR, dB')}}});
}

// Without times and noise there is still the spread over pictures.
function spreadChart(views, names) {
  const sets = names.map((name, m) => dataset(name, m, views
    .filter(view => Number.isFinite(imagePsnr(view.images[m])))
    .map((view, i) => ({x: i + 1, y: imagePsnr(view.images[m]), note: view.name})), false));
  return chartFigure('PSNR of each picture', {type: 'scatter', data: {datasets: sets},
    options: {scales: {x: axis('picture'), y: axis('PSNR, dB')}}});
}
