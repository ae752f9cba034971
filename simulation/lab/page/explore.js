"use strict";
// How does a class move through a sweep that has been run? Sliders choose a point; a curve with intervals runs through it.
window.Lab = window.Lab || {};

(function (Lab) {
  const $ = (id) => document.getElementById(id);
  const MARGIN = { left: 64, right: 24, top: 14, bottom: 44 };
  const view = { sweeps: [], sweep: null, measure: 0, along: 0, at: [], moved: -1 };
  Lab.explorer = view; // for tests

  const write = (value) => value === null ? "–"
    : Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 }).replace("-", "−");
  const words = (name) => name.replace(/_/g, " ");

  // --- which points ---

  // Points that agree with where the sliders stand in all but one quantity, in order along it.
  function curve(free, at) {
    const { points } = view.sweep, found = [];
    points.forEach((point, number) => {
      if (point.every((place, k) => k === free || place === at[k])) found.push(number);
    });
    return found.sort((a, b) => points[a][free] - points[b][free]);
  }

  // The point that lies nearest: the very one in a grid, some other where a sample has none there.
  function nearest(at) {
    const { points, quantities } = view.sweep;
    let best = 0, least = Infinity;
    points.forEach((point, number) => {
      let far = 0;
      point.forEach((place, k) => { far += ((place - at[k]) / quantities[k].words.length) ** 2 * (k === view.moved ? 4 : 1); });
      if (far < least) { best = number; least = far; }
    });
    return best;
  }

  const isCurve = (numbers) => numbers.length > 1;

  // --- scales ---

  function positions(quantity) {
    const { values } = quantity;
    if (!values) return quantity.words.map((_, k) => k);
    if (values[0] <= 0 || values.length < 3 || values[values.length - 1] / values[0] < 10) return values;
    const logs = values.map((value) => Math.log(value));
    return unevenness(logs) < 0.5 * unevenness(values) ? logs : values; // 2, 5, 10, 20, 50 stand evenly by their ratios
  }

  // How much steps differ: their standard deviation over their mean.
  function unevenness(values) {
    const steps = values.slice(1).map((value, k) => value - values[k]);
    const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
    return Math.sqrt(steps.reduce((sum, step) => sum + (step - mean) ** 2, 0) / steps.length) / mean;
  }

  function scales(width, height) {
    const { quantities, measures } = view.sweep, measure = measures[view.measure];
    const xs = positions(quantities[view.along]);
    const low = Math.min(...xs), high = Math.max(...xs), pad = 0.04 * (high - low) || 1;
    const known = [...measure.low, ...measure.high, ...measure.mean].filter((value) => value !== null);
    let bottom = Math.min(0, ...known), top = Math.max(0, ...known); // of all points: a curve that falls is seen to fall
    const room = 0.06 * (top - bottom) || 1;
    if (bottom < 0) bottom -= room;
    if (top > 0 || bottom === 0) top += room;
    const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
    return {
      xs, bottom, top,
      x: (place) => MARGIN.left + (xs[place] - low + pad) / (high - low + 2 * pad) * inner.width,
      y: (value) => MARGIN.top + (top - value) / (top - bottom) * inner.height,
    };
  }

  function ticks(low, high) {
    const raw = (high - low) / 5, ten = 10 ** Math.floor(Math.log10(raw));
    const step = ten * [1, 2, 5, 10].find((digit) => digit * ten >= raw), found = [];
    for (let k = Math.ceil(low / step); k * step <= high; k++) found.push(k * step);
    return found;
  }

  // --- the picture ---

  function draw() {
    const canvas = $("curve"), ratio = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
    if (!view.sweep || !box.width) return;
    canvas.width = Math.round(box.width * ratio);
    canvas.height = Math.round(box.height * ratio);
    const pen = canvas.getContext("2d"), style = getComputedStyle(canvas);
    const ink = (name) => style.getPropertyValue("--" + name);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.font = style.fontSize + " " + style.fontFamily;
    const scale = scales(box.width, box.height), chosen = nearest(view.at), numbers = curve(view.along, view.sweep.points[chosen]);
    axes(pen, scale, box, ink);
    if (isCurve(numbers)) {
      const beside = others(chosen);
      for (const other of beside) line(pen, scale, other, { colour: ink("quiet"), width: 1, alpha: 0.55 });
      band(pen, scale, numbers, ink("accent"));
      line(pen, scale, numbers, { colour: ink("accent"), width: 2.4, alpha: 1 });
      for (const number of numbers) dot(pen, scale, number, 3, ink("accent"));
      names(pen, scale, [numbers, ...beside], ink);
    } else {
      view.sweep.points.forEach((_, number) => { pen.globalAlpha = 0.5; dot(pen, scale, number, 3, ink("quiet")); });
      pen.globalAlpha = 1;
    }
    mark(pen, scale, chosen, ink);
  }

  // Which quantity the curves beside the chosen one differ in: the slider moved last, unless it moves along the curve.
  function over() {
    const { quantities } = view.sweep;
    return view.moved >= 0 && view.moved !== view.along ? view.moved : quantities.findIndex((_, k) => k !== view.along);
  }

  // The curves at its other values, for comparison.
  function others(chosen) {
    const { quantities, points } = view.sweep, other = over();
    if (other < 0) return [];
    return quantities[other].words.map((_, place) => place).filter((place) => place !== points[chosen][other])
      .map((place) => curve(view.along, points[chosen].map((each, k) => k === other ? place : each)));
  }

  // What each curve is of, above its end, where there is room.
  function names(pen, scale, curves, ink) {
    const other = over(), { quantities, points, measures } = view.sweep, taken = [];
    if (other < 0) return;
    pen.textAlign = "right";
    pen.textBaseline = "bottom";
    curves.forEach((numbers, k) => {
      const end = numbers[numbers.length - 1], mean = end === undefined ? null : measures[view.measure].mean[end];
      if (mean === null || mean === undefined) return;
      const y = scale.y(mean) - 5;
      if (taken.some((each) => Math.abs(each - y) < 15)) return;
      taken.push(y);
      pen.fillStyle = ink(k ? "quiet" : "accent");
      pen.fillText(quantities[other].words[points[end][other]], scale.x(points[end][view.along]), y);
    });
  }

  function axes(pen, scale, box, ink) {
    const right = box.width - MARGIN.right, bottom = box.height - MARGIN.bottom, quantity = view.sweep.quantities[view.along];
    pen.lineWidth = 1;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    for (const value of ticks(scale.bottom, scale.top)) {
      const y = scale.y(value);
      pen.strokeStyle = ink(Math.abs(value) < 1e-12 ? "text" : "rule");
      pen.beginPath();
      pen.moveTo(MARGIN.left, y);
      pen.lineTo(right, y);
      pen.stroke();
      pen.fillStyle = ink("quiet");
      pen.fillText(write(value), MARGIN.left - 8, y);
    }
    pen.textAlign = "center";
    pen.textBaseline = "top";
    let free = -Infinity;
    quantity.words.forEach((text, place) => {
      const x = scale.x(place), half = pen.measureText(text).width / 2;
      if (x - half < free) return; // no room
      free = x + half + 8;
      pen.fillText(text, x, bottom + 6);
    });
    pen.fillStyle = ink("text");
    pen.fillText(quantity.label + (quantity.unit ? " (" + quantity.unit + ")" : ""), (MARGIN.left + right) / 2, bottom + 25);
  }

  function line(pen, scale, numbers, { colour, width, alpha }) {
    const { mean } = view.sweep.measures[view.measure];
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.globalAlpha = alpha;
    pen.beginPath();
    let on = false;
    for (const number of numbers) {
      if (mean[number] === null) { on = false; continue; }
      const x = scale.x(view.sweep.points[number][view.along]), y = scale.y(mean[number]);
      if (on) pen.lineTo(x, y);
      else pen.moveTo(x, y);
      on = true;
    }
    pen.stroke();
    pen.globalAlpha = 1;
  }

  function band(pen, scale, numbers, colour) {
    const { low, high } = view.sweep.measures[view.measure];
    const known = numbers.filter((number) => low[number] !== null && high[number] !== null);
    if (!known.length) return;
    const x = (number) => scale.x(view.sweep.points[number][view.along]);
    pen.fillStyle = colour;
    pen.globalAlpha = 0.22;
    pen.beginPath();
    known.forEach((number) => pen.lineTo(x(number), scale.y(high[number])));
    known.reverse().forEach((number) => pen.lineTo(x(number), scale.y(low[number])));
    pen.fill();
    pen.globalAlpha = 1;
  }

  function dot(pen, scale, number, radius, colour) {
    const value = view.sweep.measures[view.measure].mean[number];
    if (value === null) return;
    pen.fillStyle = colour;
    pen.beginPath();
    pen.arc(scale.x(view.sweep.points[number][view.along]), scale.y(value), radius, 0, 7);
    pen.fill();
  }

  // Where the sliders stand: a point with its interval.
  function mark(pen, scale, number, ink) {
    const { mean, low, high } = view.sweep.measures[view.measure], x = scale.x(view.sweep.points[number][view.along]);
    if (mean[number] === null) return;
    pen.strokeStyle = ink("text");
    pen.lineWidth = 2;
    pen.beginPath();
    if (low[number] !== null) {
      pen.moveTo(x, scale.y(low[number]));
      pen.lineTo(x, scale.y(high[number]));
    }
    pen.stroke();
    dot(pen, scale, number, 7, ink("gives"));
    pen.beginPath();
    pen.arc(x, scale.y(mean[number]), 7, 0, 7);
    pen.stroke();
  }

  // --- words ---

  function tell() {
    const { sweep } = view, measure = sweep.measures[view.measure], chosen = nearest(view.at);
    const missing = (k) => measure.replicates[k] ? "nothing that could be measured" : "has not been run";
    const number = (k) => measure.mean[k] === null ? missing(k) : write(measure.mean[k]) +
      (measure.low[k] === null ? "" : ` [${write(measure.low[k])}, ${write(measure.high[k])}]`);
    const where = sweep.quantities.map((quantity, k) => `${quantity.label}: ${quantity.words[sweep.points[chosen][k]]}`);
    $("title").textContent = measure.words;
    $("where").textContent = where.join(", ");
    $("reading").textContent = number(chosen) + (measure.mean[chosen] === null || !measure.unit ? "" : " " + measure.unit);
    const exact = sweep.points[chosen].every((place, k) => place === view.at[k]);
    const runs = measure.replicates[chosen], fixed = Object.entries(sweep.settings).map(([name, value]) => `${words(name)} ${value}`);
    $("about").textContent = [`Mean of ${runs} run${runs === 1 ? "" : "s"}, 95 % interval over them`,
      ...(exact ? [] : ["the nearest point that was run"]), [words(sweep.world), ...fixed].join(", "), ...(sweep.state ? [sweep.state] : [])]
      .join("; ") + ".";
    $("curve").setAttribute("aria-label", `${measure.words} along ${sweep.quantities[view.along].label}. ` +
      "Arrow keys move along it. " + $("where").textContent + ": " + $("reading").textContent);
    table(curve(view.along, sweep.points[chosen]), measure);
  }

  function table(numbers, measure) {
    const rows = Lab.make("table"), head = Lab.make("tr");
    for (const text of [view.sweep.quantities[view.along].label, "mean", "low", "high", "runs"]) {
      const cell = Lab.make("th", "", text);
      cell.scope = "col";
      head.append(cell);
    }
    rows.append(head);
    for (const number of numbers) {
      const row = Lab.make("tr"), first = Lab.make("th", "", view.sweep.quantities[view.along].words[view.sweep.points[number][view.along]]);
      first.scope = "row";
      row.append(first, ...["mean", "low", "high"].map((name) => Lab.make("td", "", write(measure[name][number]))),
        Lab.make("td", "", String(measure.replicates[number])));
      rows.append(row);
    }
    $("numbers").querySelector(".table").replaceChildren(rows);
  }

  // --- what is moved ---

  function slider(quantity, k) {
    const box = Lab.make("div", "control"), head = Lab.make("div", "control-head"), input = Lab.make("input");
    const label = Lab.make("label", "", quantity.label), output = Lab.make("output"), sentence = Lab.make("p", "sentence", quantity.sentence);
    input.id = label.htmlFor = output.htmlFor = "slider-" + quantity.name.replace(/\W/g, "-");
    sentence.id = input.id + "-sentence";
    input.setAttribute("aria-describedby", sentence.id);
    Object.assign(input, { type: "range", min: 0, max: quantity.words.length - 1, step: 1, value: view.at[k] });
    box.set = () => {
      input.value = view.at[k];
      output.textContent = quantity.words[view.at[k]];
      input.setAttribute("aria-valuetext", quantity.words[view.at[k]]);
    };
    box.set();
    input.addEventListener("input", () => {
      view.moved = k;
      view.at[k] = Number(input.value);
      show();
    });
    head.append(label, output);
    box.append(head, input, sentence);
    return box;
  }

  function show() {
    for (const box of $("sliders").children) box.set();
    tell();
    draw();
  }

  function choose(number) {
    const sweep = view.sweep = view.sweeps[number];
    view.measure = 0;
    view.along = sweep.quantities.reduce((best, each, k) => each.values && !sweep.quantities[best].values ? k : best, 0);
    view.moved = -1;
    view.at = sweep.quantities.map((each) => Math.floor((each.words.length - 1) / 2));
    $("sentence").textContent = sweep.sentence;
    fill($("measure"), sweep.measures.map((each) => each.words), 0);
    fill($("along"), sweep.quantities.map((each) => each.label), view.along);
    $("sliders").replaceChildren(...sweep.quantities.map(slider));
    show();
  }

  function fill(select, texts, chosen) {
    select.replaceChildren(...texts.map((text, k) => {
      const option = Lab.make("option", "", text);
      option.value = k;
      return option;
    }));
    select.value = chosen;
  }

  function step(event) {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    move(view.at[view.along] + by);
  }

  function move(place) {
    view.at[view.along] = Math.max(0, Math.min(view.sweep.quantities[view.along].words.length - 1, place));
    show();
  }

  function point(event) {
    const box = $("curve").getBoundingClientRect(), { x } = scales(box.width, box.height), at = event.clientX - box.left;
    const far = view.sweep.quantities[view.along].words.map((_, place) => Math.abs(x(place) - at));
    move(far.indexOf(Math.min(...far)));
  }

  async function begin() {
    const inlined = $("sweeps");
    try {
      view.sweeps = inlined ? JSON.parse(inlined.textContent) : await (await fetch("sweeps.json")).json();
    } catch {
      $("message").textContent = "The lab's server has gone. Start it again with: connectors lab. Then reload this page.";
      return;
    }
    if (inlined) document.body.classList.add("replaying");
    fill($("sweep"), view.sweeps.map((each) => each.title), 0);
    $("sweep-label").hidden = view.sweeps.length < 2;
    $("sweep").addEventListener("change", () => { choose(Number($("sweep").value)); });
    $("measure").addEventListener("change", () => { view.measure = Number($("measure").value); show(); });
    $("along").addEventListener("change", () => { view.along = Number($("along").value); show(); });
    $("curve").addEventListener("keydown", step);
    $("curve").addEventListener("click", point);
    Lab.themes($("theme"), draw);
    new ResizeObserver(draw).observe($("curve"));
    const wanted = view.sweeps.findIndex((each) => encodeURIComponent(each.name) === location.hash.slice(1) || "#" + each.name === location.hash);
    $("sweep").value = Math.max(0, wanted);
    choose(Math.max(0, wanted));
  }

  begin();
})(window.Lab);
