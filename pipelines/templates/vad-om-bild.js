"use strict";
/* The two charts, drawn as wide as there is room for so that text keeps its size. */
const pictures = (() => {
  const { data, words, fill, plain, amount, interval, scaleOf } = bemanna;
  const at = (id) => document.getElementById(id);
  const LINE = 18;
  let last;

  function make(name, attributes, text) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function put(id, width, height, title, desc, parts) {
    const svg = at(id);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    at(`${id}-title`).textContent = title;
    at(`${id}-desc`).textContent = desc;
    svg.replaceChildren(at(`${id}-title`), at(`${id}-desc`), ...parts);
  }

  const label = (x, y, text, anchor = "start", colour = "f-ink") =>
    make("text", { x, y, "text-anchor": anchor, class: colour }, text);

  function years(found) {
    const width = at("years").clientWidth || 600;
    if (found.forbidden) {
      put("years", width, 40, words.yearstitle, words.outside, [label(0, 25, words.outside)]);
      return;
    }
    const sides = [
      { name: words.now, colour: "today", ...found.today },
      { name: words.choice, colour: "plan", ...found },
    ];
    const largest = Math.max(...sides.flatMap(({ benefit, staff }) => benefit.map((b, i) => b + staff[i])), 1);
    const [left, right] = [58, 84];
    const room = (width - left - right) / largest;
    const parts = [];
    const spoken = [];
    data.years.forEach((year, i) => {
      const top = i * 78;
      parts.push(label(0, top + 14, year));
      sides.forEach(({ name, colour, benefit, staff }, k) => {
        const y = top + 24 + k * 23;
        const [b, s] = [benefit[i] * room, staff[i] * room];
        parts.push(label(0, y + 13, name, "start", "f-muted"));
        parts.push(make("rect", { x: left, y, width: b, height: LINE, class: `f-${colour}` }));
        parts.push(make("rect", { x: left + b, y: y + 0.75, width: Math.max(s - 0.75, 0), height: LINE - 1.5, class: `f-paper s-${colour}`, "stroke-width": 1.5 }));
        parts.push(label(left + b + s + 6, y + 13, amount(benefit[i] + staff[i])));
        spoken.push(`${year}, ${name}: ${amount(benefit[i] + staff[i])}`);
      });
    });
    put("years", width, data.years.length * 78 - 4, words.yearstitle, `${spoken.join(". ")}.`, parts);
  }

  /* Round numbers that part a span in about `count` steps. */
  function ticks(low, high, count) {
    const rough = (high - low) / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 2.5, 5, 10].find((n) => n * power >= rough);
    const first = Math.ceil(low / step - 1e-9);
    return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
  }

  function curve(unit, choice, found, line) {
    const width = at("curve").clientWidth || 600;
    const known = line.filter(({ saved }) => saved);
    if (!known.length) {
      put("curve", width, 40, words.curvetitle, words.outside, [label(0, 25, words.outside)]);
      return;
    }
    const points = found.saved ? [...known, { handlers: choice.handlers, saved: found.saved }] : known;
    const ends = points.flatMap(({ saved }) => saved);
    const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends, 1)];
    const [left, right, top, bottom, height] = [46, 14, 44, 42, 320];
    const [first, end] = [unit.handlers[0], unit.handlers.at(-1)];
    const x = (value) => left + ((value - first) / (end - first || 1)) * (width - left - right);
    const y = (value) => top + ((high - value) / (high - low)) * (height - top - bottom);
    const scale = scaleOf(ends);
    const path = (list) => list.map(([a, b], i) => `${i ? "L" : "M"}${a.toFixed(1)} ${b.toFixed(1)}`).join("");
    const parts = [label(0, 14, fill(words.axis, { unit: scale.unit }), "start", "f-muted")];
    for (const value of ticks(low, high, 6)) {
      const zero = Math.abs(value) < 1e-6;
      parts.push(make("path", { d: `M${left} ${y(value)}H${width - right}`, class: zero ? "s-ink" : "s-grid", fill: "none" }));
      parts.push(label(left - 6, y(value) + 4, plain(value / scale.divisor), "end", "f-muted"));
    }
    const every = Math.ceil((unit.handlers.length * 40) / (width - left - right));
    unit.handlers.forEach((value, i) => {
      if (i % every === 0) parts.push(label(x(value), height - 22, plain(value), "middle", "f-muted"));
    });
    parts.push(label((left + width - right) / 2, height - 3, words.handlers, "middle", "f-muted"));
    for (const part of runs(line)) {
      const edge = [...part.map((p) => [x(p.handlers), y(p.saved[2])]), ...[...part].reverse().map((p) => [x(p.handlers), y(p.saved[1])])];
      parts.push(make("path", { d: `${path(edge)}Z`, class: "f-band" }));
      parts.push(make("path", { d: path(part.map((p) => [x(p.handlers), y(p.saved[0])])), class: "s-plan", fill: "none", "stroke-width": 2 }));
      for (const p of part) parts.push(make("circle", { cx: x(p.handlers), cy: y(p.saved[0]), r: 3, class: "f-plan" }));
    }
    const now = x(unit.today.handlers);
    if (unit.today.handlers >= first && unit.today.handlers <= end) {
      parts.push(make("path", { d: `M${now} ${top}V${height - bottom}`, class: "s-today", fill: "none", "stroke-dasharray": "3 4" }));
      parts.push(label(now + 4, height - bottom - 6, words.now, "start", "f-ink"));
    }
    if (found.saved) {
      const [mean, below, above] = found.saved;
      const here = x(choice.handlers);
      parts.push(make("path", { d: `M${here} ${y(above)}V${y(below)}M${here - 6} ${y(above)}h12M${here - 6} ${y(below)}h12`, class: "s-ink", fill: "none", "stroke-width": 2 }));
      parts.push(make("circle", { cx: here, cy: y(mean), r: 6, class: "f-plan s-ink", "stroke-width": 2 }));
      const late = here > width / 2;
      const beside = late ? here - 10 : here + 10;
      parts.push(label(beside, Math.max(y(above) - 8, 34), `${words.choice}: ${amount(mean)}`, late ? "end" : "start", "f-ink strong"));
    }
    const best = known.reduce((a, b) => (b.saved[0] > a.saved[0] ? b : a));
    const where = found.saved ? fill(words.curvehere, { n: plain(choice.handlers), x: interval(found.saved) }) : words.outside;
    const desc = fill(words.curvedesc, { n: plain(best.handlers), x: interval(best.saved) });
    put("curve", width, height, words.curvetitle, `${where} ${desc}`, parts);
  }

  /* What lies together without a forbidden node between. */
  function runs(line) {
    const found = [[]];
    for (const point of line) {
      if (point.saved) found.at(-1).push(point);
      else found.push([]);
    }
    return found.filter((part) => part.length);
  }

  function show(...what) {
    last = what;
    const [unit, choice, found, line] = what;
    years(found);
    curve(unit, choice, found, line);
  }

  return { show, again: () => show(...last) };
})();
