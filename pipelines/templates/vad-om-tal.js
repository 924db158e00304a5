"use strict";
/* Numbers as the reports write them, and answers from the solved nodes. */
const bemanna = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.words;
  const CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const AXES = ["handlers", "effects", "benefits", "robots"];

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);

  /* Exact ties go to the even digit, as in Python; toFixed would go up. */
  function rounded(value, decimals) {
    const tens = 10 ** decimals;
    const down = Math.floor(value * tens);
    const tie = Number.isInteger(value * 2 ** (decimals + 1)) && value * tens - down === 0.5;
    return tie ? ((down + Math.abs(down % 2)) / tens).toFixed(decimals) : value.toFixed(decimals);
  }

  function number(value, decimals = 0) {
    const text = rounded(value, decimals);
    const [whole, part] = text.replace("-", "").split(".");
    const minus = text.startsWith("-") && /[1-9]/.test(text) ? "\u2212" : "";
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, data.group);
    return minus + grouped + (part ? data.decimal + part : "");
  }

  /* A number with as few decimals as say it, two at most. */
  function plain(value) {
    const enough = [0, 1].find((n) => Math.abs(value - rounded(value, n)) < 0.005);
    return number(value, enough ?? 2);
  }

  const percent = (value, decimals = 0) => `${number(value, decimals)}\u00a0%`;

  function money(value) {
    const fits = ([divisor]) => Math.abs(value) >= divisor * (1 - 5e-4);
    const [divisor, unit, decimals] = data.scales.find(fits) ?? data.scales.at(-1);
    return `${number(value / divisor, decimals)}\u00a0${unit}`;
  }

  const amount = (value) => money(Math.abs(value) < data.nought ? 0 : value);
  const signed = (value) => (value >= data.nought ? "+" : "") + amount(value);

  function interval([mean, low, high]) {
    const [m, l, h] = [mean, low, high].map(amount);
    return fill(words.around, { mean: m, low: l, high: h, level: 80 });
  }

  function direction(value) {
    if (Math.abs(value) < data.nought) return words.nodifference;
    return fill(value > 0 ? words.asaving : words.acost, { x: money(Math.abs(value)) });
  }

  /* One unit of money for a table or an axis. */
  function scaleOf(values) {
    const largest = Math.max(0, ...values.map(Math.abs).filter(Number.isFinite));
    const [divisor, unit] = data.scales.find(([d]) => largest >= d) ?? data.scales.at(-1);
    const decimals = divisor < 1e6 ? 0 : largest < 10 * divisor ? 2 : 1;
    const write = (value) => (Number.isFinite(value) ? number(value / divisor, decimals) : "–");
    return { divisor, unit, write };
  }

  /* Base64 VLQ, as in source maps, of differences along every axis of the grid. */
  function unpack(text, shape) {
    const flat = [];
    let value = 0;
    let place = 1;
    for (const letter of text) {
      const digit = CODE.indexOf(letter);
      value += (digit % 32) * place;
      place *= 32;
      if (digit < 32) {
        flat.push(value % 2 ? -(value - 1) / 2 : value / 2);
        value = 0;
        place = 1;
      }
    }
    for (let axis = 0; axis < AXES.length; axis += 1) {
      const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
      for (let i = 0; i < flat.length; i += 1) {
        if (Math.floor(i / stride) % shape[axis] > 0) flat[i] += flat[i - stride];
      }
    }
    return flat;
  }

  const units = data.units.map((unit) => {
    const shape = AXES.map((axis) => unit[axis].length);
    const grids = {};
    for (const [name, text] of Object.entries(unit.grids)) {
      const width = { saved: 3, caseload: 1 }[name] ?? data.years.length;
      grids[name] = { width, values: unpack(text, [...shape, width]) };
    }
    const worlds = [1, shape[1], shape[2], 1, data.years.length];
    const now = { benefit: unpack(unit.today_benefit, worlds), staff: unpack(unit.today_staff, worlds) };
    return { ...unit, shape, grids, now, forbidden: new Set(unit.forbidden) };
  });

  /* Nodes around a value, with their weights; a node alone has the weight one. */
  function around(nodes, value) {
    const at = nodes.findIndex((node) => Math.abs(node - value) < 1e-9);
    if (at >= 0) return [[at, 1]];
    const above = nodes.findIndex((node) => node > value);
    const share = (value - nodes[above - 1]) / (nodes[above] - nodes[above - 1]);
    return [[above - 1, 1 - share], [above, share]];
  }

  function corners(unit, choice) {
    const sides = [
      around(unit.handlers, choice.handlers),
      around(unit.effects, choice.effects),
      around(unit.benefits, choice.benefits),
      [[choice.robots, 1]],
    ];
    let found = [{ node: [], weight: 1 }];
    for (const side of sides) {
      found = found.flatMap(({ node, weight }) =>
        side.map(([at, share]) => ({ node: [...node, at], weight: weight * share })));
    }
    const flat = (node) => node.reduce((sum, at, axis) => sum * unit.shape[axis] + at, 0);
    return found.map((corner) => ({ ...corner, flat: flat(corner.node) }));
  }

  function mixed({ width, values }, points) {
    return Array.from({ length: width }, (_, k) =>
      points.reduce((sum, { flat, weight }) => sum + weight * values[flat * width + k], 0));
  }

  /* The answer at a node, or interpolated between nodes; none beside a forbidden one. */
  function answer(unit, choice) {
    const points = corners(unit, choice);
    const barred = points.filter(({ flat }) => unit.forbidden.has(flat));
    const near = (barred.length ? barred : points).reduce((a, b) => (b.weight > a.weight ? b : a));
    const question = near.node.map((at, axis) => unit.asked[AXES[axis]][at]).filter(Boolean).join(" ");
    const common = { exact: points.length === 1, question, forbidden: barred.length > 0 };
    if (barred.length) return common;
    const worlds = points.map(({ node, weight }) => ({ flat: node[1] * unit.shape[2] + node[2], weight }));
    const today = (values) => mixed({ width: data.years.length, values }, worlds);
    return {
      ...common,
      benefit: mixed(unit.grids.benefit, points),
      staff: mixed(unit.grids.staff, points),
      saved: mixed(unit.grids.saved, points),
      caseload: unit.grids.caseload ? mixed(unit.grids.caseload, points)[0] / 10 : NaN,
      today: { benefit: today(unit.now.benefit), staff: today(unit.now.staff) },
    };
  }

  return { data, words, units, fill, number, plain, percent, money, amount, signed, interval, direction, scaleOf, answer };
})();
