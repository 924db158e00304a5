"""The tables of an appraisal as they are read: worth, cost of a handler, sources."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

from ..models.domain import Interval
from ..optimisation.appraisal import Appraisal, Value
from .appraisalwords import few_priced
from .language import number, percent, translator
from .layout import Grid
from .pilotcase import Appraised
from .wording import Scale, around, per_unit, risk

#: Before what says more of the row above.
INDENT = "  "
#: One row: its heading, and its cell at every horizon.
Row = tuple[str, ...]


def worth(found: Appraised, sprak: str = "sv") -> Grid:
    """Show what the pilot is worth, a column for each horizon."""
    _ = translator(sprak)
    scale = _scale(found, sprak)
    caption = _("What the pilot is worth, {unit}, by months of benefit per extra exit")
    head = [_("{n} months").format(n=r.horizon_months) for r in found.results]
    rows = _money(found, scale, sprak)
    rows += [*_breakeven(found, sprak), *_payback(found, sprak)]
    sum_ = _("Net before deadweight")
    if found.year.extra_exits is not None:
        sum_ = _("Net after deadweight")
    bold = frozenset(i for i, row in enumerate(rows) if row[0] == sum_)
    return Grid(caption.format(unit=scale.unit), ("", *head), tuple(rows), bold)


def _scale(found: Appraised, sprak: str) -> Scale:
    """Choose one unit for all columns; two decimals of millions where there is room."""
    largest = max(
        max(r.benefit_sek.if_all_extra, r.at_cost[-1].staff_sek) for r in found.results
    )
    scale = Scale.of([largest], sprak, found.case.currency)
    return replace(scale, decimals=2) if 1e6 <= largest < 1e8 else scale


def _money(found: Appraised, scale: Scale, sprak: str) -> list[Row]:
    _ = translator(sprak)
    results = found.results

    def row(name: str, value: Callable[[Appraisal], float]) -> Row:
        return (name, *(scale.write(value(result)) for result in results))

    def uncertain(name: str, of: Callable[[Appraisal], Interval | None]) -> list[Row]:
        known = [value for value in map(of, results) if value is not None]
        if len(known) < len(results):
            return []
        ends = (scale.between(value.low, value.high) for value in known)
        means = (scale.write(value.mean) for value in known)
        return [(name, *means), (_interval(sprak), *ends)]

    def paid(name: str, of: Callable[[Appraisal], Value | None]) -> list[Row]:
        known = [value for value in map(of, results) if value is not None]
        if len(known) < len(results) or few_priced(found):
            return []
        if found.year.extra_exits is not None:
            return uncertain(name, lambda r: v.expected if (v := of(r)) else None)
        most = (scale.write(value.if_all_extra) for value in known)
        return [(_("{name}, at most").format(name=name), *most)]

    chances = (result.middle.probability_saves for result in results)
    told = [risk(chance, sprak) for chance in chances if chance is not None]
    within = INDENT + _("staff within the months")
    return [
        row(_("Benefit, gross"), lambda r: r.benefit_sek.if_all_extra),
        row(_("Staff"), lambda r: -r.middle.staff_sek),
        row(_("Net before deadweight"), lambda r: r.middle.net_sek.if_all_extra),
        row(within, lambda r: r.middle.net_within_sek.if_all_extra),
        *uncertain(_("Deadweight"), lambda r: r.deadweight_sek),
        *uncertain(_("Net after deadweight"), lambda r: r.middle.net_sek.expected),
        *([(_("Chance of a saving"), *told)] if told else []),
        *paid(_("The state pays"), lambda r: r.state_sek),
        # where nothing is known to move, the two are the municipality's own
        *(
            paid(_("Municipality and state"), lambda r: r.public_net_sek)
            if found.year.state_sek
            else []
        ),
    ]


def _breakeven(found: Appraised, sprak: str) -> list[Row]:
    _ = translator(sprak)
    even = [result.middle.breakeven for result in found.results]
    halving = [e.log_hr_halving for e in even]
    rows = [
        (_("Breaks even at, extra exits"), *(number(e.exits, 1, sprak) for e in even)),
        (
            INDENT + _("share of the exits"),
            *_known((e.share for e in even), _percent(sprak)),
        ),
        (
            INDENT + _("times as many exits"),
            *_known((e.rate_ratio for e in even), lambda x: number(x, 2, sprak)),
        ),
    ]
    if any(value is not None for value in halving):
        cells = _known(halving, lambda x: _percent(sprak)(math.expm1(x)))
        rows.append((INDENT + _("effect of halving"), *cells))
    return rows


def _payback(found: Appraised, sprak: str) -> list[Row]:
    _ = translator(sprak)
    never, paid = _("never"), [result.middle.payback for result in found.results]

    def month(value: int | None) -> str:
        return never if value is None else str(value)

    rows = [(_("Paid back in month, gross"), *(month(p.if_all_extra) for p in paid))]
    if found.year.extra_exits is None:
        return rows
    rows.append((_("Paid back in month"), *(month(p.expected) for p in paid)))
    ends = [
        never
        if p.soonest is None  # then no later month either
        else f"{month(p.soonest)} {_('to')} {month(p.latest)}"
        for p in paid
    ]
    return [*rows, (_interval(sprak), *ends)]


def _interval(sprak: str) -> str:
    return INDENT + translator(sprak)("80% interval")


def _percent(sprak: str) -> Callable[[float], str]:
    return lambda share: percent(share, 0, sprak)


def _known(
    values: Iterable[float | None], write: Callable[[float], str]
) -> Iterable[str]:
    return ("–" if value is None else write(value) for value in values)


def by_cost(found: Appraised, sprak: str = "sv") -> Grid | None:
    """Show the headline's horizon at every cost of a handler; None without a range."""
    _ = translator(sprak)
    year, currency = found.year, found.case.currency
    costs = {at.handler_year_sek: at for at in year.at_cost}
    if len(costs) < 2:
        return None
    scale = _scale(found, sprak)
    rows = []
    for cost, at in costs.items():
        cells = [scale.write(at.net_sek.if_all_extra)]
        if at.net_sek.expected is not None:
            net = at.net_sek.expected
            cells += [scale.write(net.mean), scale.between(net.low, net.high)]
        share = (
            "–" if at.breakeven.share is None else _percent(sprak)(at.breakeven.share)
        )
        exits = number(at.breakeven.exits, 1, sprak)
        rows.append((per_unit(cost, sprak, currency), exits, share, *cells))
    head = [_("Handler, a year"), _("Extra exits needed"), _("Share")]
    head += [_("Net before deadweight")]
    if year.extra_exits is not None:
        head += [_("Net after deadweight"), _("80% interval")]
    caption = _("At {n} months by what a handler costs, {unit}")
    caption = caption.format(n=year.horizon_months, unit=scale.unit)
    return Grid(caption, tuple(head), tuple(rows))


def rests_on(found: Appraised, sprak: str = "sv") -> Grid:
    """List every figure that was put in, and who said it."""
    _ = translator(sprak)
    rows: list[Row] = [(s.what, s.value, s.source) for s in found.case.stated]
    share = found.case.counterfactual
    if share is not None:
        extra = share.interval
        low, high = (_percent(sprak)(end) for end in (extra.low, extra.high))
        rows.append(
            (
                _("Share of the exits that was extra"),
                around(_percent(sprak)(extra.mean), low, high, extra.level, sprak),
                share.source,
            )
        )
    head = (_("Figure"), _("Value"), _("Source"))
    return Grid(_("What the appraisal rests on"), head, tuple(rows), words=True)
