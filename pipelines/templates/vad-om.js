"use strict";
/* Controls, sentences, cards and tables; charts are drawn by vad-om-bild.js. */
(() => {
  const { data, words, units, fill, number, plain, percent, amount, signed, interval, direction, scaleOf, answer } = bemanna;
  const at = (id) => document.getElementById(id);
  const say = (id, text) => { at(id).textContent = text; };
  const sum = (values) => values.reduce((a, b) => a + b, 0);
  const write = {
    handlers: plain,
    effects: (value) => number(value, 1),
    benefits: (value) => (value > 0 ? "+" : "") + plain(value),
  };
  const SNAP = { handlers: 0.005, effects: 0.05, benefits: 0.05 };
  let unit = units[0];
  let choice = { ...unit.plan };
  let spoken;

  function headline(found) {
    if (found.forbidden) return found.exact ? words.forbidden : words.besideforbidden;
    const [mean, low, high] = found.saved;
    const n = data.months;
    if (Math.max(...found.saved.map(Math.abs)) < data.nought) return fill(words.same, { n });
    if (low > data.nought) return fill(words.saves, { n, saving: interval(found.saved) });
    if (high < -data.nought) return fill(words.costs, { n, cost: interval([-mean, -high, -low]) });
    const ends = { mean: direction(mean), low: direction(low), high: direction(high) };
    return fill(words.unsure, { n, level: 80, ...ends });
  }

  function supposed() {
    const own = Math.abs(choice.effects - unit.effects[unit.own]) < 1e-9;
    return own ? "" : fill(words.supposed, { x: percent(choice.effects, 1) });
  }

  function kind(found) {
    if (found.forbidden) return found.exact ? words.whyforbidden : words.whybeside;
    return found.exact ? words.exact : words.between;
  }

  function perHousehold(value) {
    if (unit.household === null) return "";
    return fill(words.perhousehold, { x: `${number(unit.household * (1 + value / 100))}\u00a0${data.coin}` });
  }

  function told(axis) {
    const value = write[axis](choice[axis]);
    if (axis === "handlers") return value;
    return axis === "effects" ? `${value}\u00a0%` : `${value}\u00a0%${perHousehold(choice.benefits)}`;
  }

  function showControls() {
    for (const axis of ["handlers", "effects", "benefits"]) {
      const stops = unit.stops[axis];
      const slider = at(axis);
      const near = stops.reduce((a, b, i) => (Math.abs(b - choice[axis]) < Math.abs(stops[a] - choice[axis]) ? i : a), 0);
      slider.max = stops.length - 1;
      slider.value = near;
      slider.setAttribute("aria-valuetext", told(axis));
      say(`${axis}-value`, told(axis));
      say(`${axis}-low`, write[axis](stops[0]));
      say(`${axis}-high`, write[axis](stops.at(-1)));
      at(`${axis}-number`).value = write[axis](choice[axis]);
      wrong(axis, "");
    }
    say("handlers-hint", fill(words.handlershint, { today: plain(unit.today.handlers), plan: plain(unit.plan.handlers) }));
    say("effects-hint", fill(words.effecthint, { x: percent(unit.effects[unit.own], 1) }));
    if (at("robots")) at("robots").value = choice.robots;
  }

  function showCards(found) {
    const each = (values) => (sum(values) * 12) / data.months;
    say("card-handlers", plain(choice.handlers));
    say("card-handlers-note", fill(words.todayis, { x: plain(unit.today.handlers) }));
    const cases = (value) => (Number.isFinite(value) ? number(value) : "–");
    say("card-caseload", cases(found.caseload ?? NaN));
    say("card-caseload-note", unit.late === null ? words.few : fill(words.keptis, { x: number(unit.late) }));
    const rows = { benefit: (side) => side.benefit, staff: (side) => side.staff };
    rows.cash = (side) => [...side.benefit, ...side.staff];
    for (const [name, of] of Object.entries(rows)) {
      const known = !found.forbidden;
      const [mine, now] = known ? [each(of(found)), each(of(found.today))] : [NaN, NaN];
      say(`card-${name}`, known ? amount(mine) : "–");
      say(`card-${name}-note`, known ? fill(words.todaydiffers, { x: amount(now), y: signed(mine - now) }) : "");
    }
  }

  function rows(body, lines, bold = -1) {
    at(body).replaceChildren(...lines.map((cells, line) => {
      const row = document.createElement("tr");
      if (line === bold) row.className = "total";
      cells.forEach((text, column) => {
        const cell = document.createElement(column ? "td" : "th");
        if (!column) cell.scope = "row";
        cell.textContent = text;
        row.append(cell);
      });
      return row;
    }));
  }

  function showTables(found, line) {
    const blank = data.years.map(() => NaN);
    const sides = found.forbidden ? [blank, blank, blank, blank]
      : [found.today.benefit, found.benefit, found.today.staff, found.staff];
    const cells = [...data.years.keys(), "all"].map((year) => {
      const [b0, b1, s0, s1] = sides.map((values) => (year === "all" ? sum(values) : values[year]));
      return [b0, b1, s0, s1, b0 + s0, b1 + s1, b1 + s1 - b0 - s0];
    });
    const scale = scaleOf(cells.flat());
    say("years-caption", fill(words.yearscaption, { unit: scale.unit }));
    rows("years-rows", cells.map((values, i) => [data.years[i] ?? words.all, ...values.map(scale.write)]), data.years.length);
    const saved = scaleOf(line.flatMap(({ saved: ends }) => ends ?? []));
    say("curve-caption", fill(words.curvecaption, { unit: saved.unit }));
    rows("curve-rows", line.map(({ handlers, saved: ends, exact }) => [
      plain(handlers),
      ...(ends ?? [NaN, NaN, NaN]).map(saved.write),
      ends ? (exact ? words.solved : words.mixed) : words.outside,
    ]));
  }

  function showChosen() {
    say("chosen-unit", unit.name);
    say("chosen-handlers", told("handlers"));
    say("chosen-effects", told("effects"));
    say("chosen-benefits", told("benefits"));
    if (at("chosen-robots")) say("chosen-robots", unit.robots[choice.robots]);
  }

  function show(first = false) {
    const found = answer(unit, choice);
    const line = unit.handlers.map((handlers) => ({ handlers, ...answer(unit, { ...choice, handlers }) }));
    const text = headline(found);
    showControls();
    say("headline", text);
    say("brief", text);
    say("supposed", supposed());
    say("kind", kind(found));
    say("commandlead", found.forbidden ? words.commandforbidden : found.exact ? words.command : words.commandnear);
    say("command", `${unit.command} "${found.question}"`);
    showCards(found);
    showTables(found, line);
    showChosen();
    pictures.show(unit, choice, found, line);
    if (!first) speak(text, found);
  }

  /* Read aloud when the hand has come to rest, not at every step of a slider. */
  function speak(text, found) {
    clearTimeout(spoken);
    spoken = setTimeout(() => say("status", [text, supposed(), kind(found)].join(" ")), 700);
  }

  function wrong(axis, text) {
    const box = at(`${axis}-number`);
    say(`${axis}-wrong`, text);
    at(`${axis}-wrong`).hidden = !text;
    if (text) box.setAttribute("aria-invalid", "true");
    else box.removeAttribute("aria-invalid");
  }

  function typed(axis) {
    const stops = unit.stops[axis];
    const bare = at(`${axis}-number`).value.replaceAll(data.group, "").replace(/[\s%]/g, "");
    const text = bare.replace(",", ".").replace("\u2212", "-");
    const value = text === "" ? NaN : Number(text);
    const [low, high] = [stops[0], stops.at(-1)];
    if (!(value >= low - SNAP[axis] && value <= high + SNAP[axis])) {
      wrong(axis, fill(words.wrong, { low: write[axis](low), high: write[axis](high) }));
      return;
    }
    const node = unit[axis].find((one) => Math.abs(one - value) <= SNAP[axis]);
    choice[axis] = node ?? Math.min(Math.max(value, low), high);
    show();
  }

  for (const axis of ["handlers", "effects", "benefits"]) {
    at(axis).addEventListener("input", () => {
      choice[axis] = unit.stops[axis][Number(at(axis).value)];
      show();
    });
    at(`${axis}-number`).addEventListener("change", () => typed(axis));
  }
  at("robots")?.addEventListener("change", () => {
    choice.robots = Number(at("robots").value);
    show();
  });
  at("unit")?.addEventListener("change", () => {
    unit = units[Number(at("unit").value)];
    choice = { ...unit.plan };
    show();
  });
  for (const [id, of] of [["as-today", "today"], ["as-plan", "plan"]]) {
    at(id).addEventListener("click", () => {
      choice = { ...unit[of] };
      show();
    });
  }
  at("live").hidden = false;
  show(true);
  new ResizeObserver(() => pictures.again()).observe(at("years"));
})();
