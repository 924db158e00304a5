"""The sheet of solved nodes: every what-if answer of every unit, one row each."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..models.domain import Array
from .findings import YEAR
from .layout import Desk
from .outcome import Outcome
from .surface import YEARLY, Surface
from .tables import small_units
from .wording import Scale
from .workbookcells import Block, block_of
from .workbookpages import FIRST, Sheet

_HEAD = FIRST


@dataclass(frozen=True)
class Nodes:
    """The nodes of every unit that is shown, and where they lie.

    Attributes
    ----------
    surfaces : tuple of Surface
    before : tuple of int
        Rows of the sheet before each unit's first.
    own : tuple of (int, int, int, int)
        What the run itself comes nearest to: the node with the plan's last twelve
        months of handlers, the run's effect and amounts, and no robot.
    heads : dict of str to str
    columns : dict of str to Block
        By key: `allowed, question, total, today_total, caseload, saved, low, high,
        more` (handler-months above today's) and, with `_YEAR` after them, those of
        `surface.YEARLY`, also with `today_` before.
    """

    surfaces: tuple[Surface, ...]
    before: tuple[int, ...]
    own: tuple[tuple[int, int, int, int], ...]
    heads: dict[str, str]
    columns: dict[str, Block]

    @property
    def years(self) -> tuple[int, ...]:
        """Calendar years of the plan."""
        return self.surfaces[0].years

    @property
    def robots(self) -> int:
        """Number of robot nodes, the same for every unit."""
        return len(self.surfaces[0].robots)


def shown(desk: Desk, surfaces: Sequence[Surface]) -> tuple[Surface, ...]:
    """Leave out units so small that a cost would give households away.

    Also left out is a unit whose limits forbid every node at the run's own effect.
    """
    small = small_units(desk.outcome.case)
    return tuple(
        one
        for one in surfaces
        if not small.get(one.unit, False) and _allowed(one)[:, one.own].any()
    )


def write_nodes(sheet: Sheet, desk: Desk, surfaces: Sequence[Surface]) -> Nodes:
    """Write every node."""
    surfaces = tuple(surfaces)
    table = [_columns(desk, number, one) for number, one in enumerate(surfaces, 1)]
    columns: dict[str, Block] = {}
    heads = _heads(desk, surfaces[0].years)
    sheet.head(_HEAD, list(heads.values()))
    for at, key in enumerate(heads):
        values = [value for part in table for value in part[key]]
        if isinstance(values[0], str):
            for row, value in enumerate(values, _HEAD + 1):
                sheet.text(row, at, str(value))
            columns[key] = sheet.block(_HEAD + 1, at, values)
        else:
            numbers = map(float, values)
            written = sheet.numbers(_HEAD + 1, at, numbers, _format(key))
            columns[key] = block_of(written)
    sheet.repeat(_HEAD, 2)
    sheet.page.autofilter(_HEAD, 0, _HEAD + len(values), len(heads) - 1)
    counts = [len(part["unit_no"]) for part in table]
    before = itertools.accumulate([0, *counts[:-1]])
    own = tuple(_own(desk, one) for one in surfaces)
    return Nodes(surfaces, tuple(before), own, heads, columns)


def robot_label(desk: Desk, surface: Surface, robot: int) -> str:
    """Name a robot node; never a bare month, which would be read as a date."""
    month = surface.robots[robot]
    if month is None:
        return desk.say("no robot")
    return desk.say("from {month}", month=f"{month:%Y-%m}")


def _columns(desk: Desk, number: int, one: Surface) -> dict[str, Sequence[float | str]]:
    """Lay out the nodes of one unit, robots fastest, then benefits and effects."""
    shape = one.total_sek.shape
    places = list(itertools.product(*map(range, shape)))

    def beside(today: Array) -> Array:
        """Set what today's staffing comes to beside every node of its world."""
        wide = today[None, :, :, None]
        result: Array = np.broadcast_to(wide, (*shape, *today.shape[2:]))
        return result

    today = {name: beside(one.today_yearly[name]) for name in YEARLY}
    handlers = one.yearly["handler_months"] - today["handler_months"]
    single = {
        "total": one.total_sek,
        "today_total": beside(one.today_total_sek),
        "caseload": one.caseload,
        **dict(
            zip(("saved", "low", "high"), np.moveaxis(one.saved, -1, 0), strict=True)
        ),
        "more": handlers.sum(-1),
    }
    made: dict[str, Sequence[float | str]] = {
        "unit_no": [float(number)] * len(places),
        "unit": [one.unit] * len(places),
        "handlers": [float(one.handlers[h]) for h, _e, _b, _r in places],
        "effect": [float(np.expm1(one.effects[e])) for _h, e, _b, _r in places],
        "benefit": [float(one.benefits[b]) for _h, _e, b, _r in places],
        "robot": [robot_label(desk, one, r) for _h, _e, _b, r in places],
        "allowed": [float(v) for v in _allowed(one).ravel()],
        **{name: values.ravel().tolist() for name, values in single.items()},
        "question": [one.question(*place) for place in places],
    }
    for y, year in enumerate(one.years):
        for name in YEARLY:
            made[f"{name}_{year}"] = one.yearly[name][..., y].ravel().tolist()
            made[f"today_{name}_{year}"] = today[name][..., y].ravel().tolist()
    return made


def _heads(desk: Desk, years: Sequence[int]) -> dict[str, str]:
    """Heads of the columns, by key, in their order."""
    say = desk.say
    unit = thousands(desk)
    heads = {
        "unit_no": say("No."),
        "unit": say("Unit"),
        "handlers": say("Handlers"),
        "effect": say("Effect of half the caseload"),
        "benefit": say("Benefit factor"),
        "robot": say("Robot"),
        "allowed": say("Within the limits (1 = yes)"),
        "saved": say("Saved in cash, mean, {unit}", unit=unit),
        "low": say("Saved, lower end 80%, {unit}", unit=unit),
        "high": say("Saved, upper end 80%, {unit}", unit=unit),
        "total": say("All costs with the value after, {unit}", unit=unit),
        "today_total": say("All costs, as today, {unit}", unit=unit),
        "caseload": say("Cases per handler, last year"),
        "more": say("Handler-months more than today's"),
    }
    yearly = {
        "benefit_sek": say("Benefit {unit}", unit=unit),
        "staff_sek": say("Staff {unit}", unit=unit),
        "case_months": say("Case-months"),
        "handler_months": say("Handler-months"),
    }
    for prefix, side in (("", say("choice")), ("today_", say("as today"))):
        for year in years:
            for name, head in yearly.items():
                heads[f"{prefix}{name}_{year}"] = f"{head}, {side}, {year}"
    return {**heads, "question": say("The question to the program")}


def too_small(outcome: Outcome) -> bool:
    """Whether households, all units together, are too few to show."""
    return bool(small_units(outcome.case).all())


def thousands(desk: Desk) -> str:
    """Name a thousand of the case's money, as it heads a column."""
    return Scale.of([1e3], desk.sprak, desk.currency).unit


def _format(key: str) -> str:
    """Say how the numbers of a column are written."""
    if key.startswith(("benefit_sek", "staff_sek", "today_benefit", "today_staff")):
        return "thousands"
    if key in ("total", "today_total", "saved", "low", "high"):
        return "thousands"
    kinds = {"effect": "share", "benefit": "percent", "handlers": "exact"}
    kinds |= {"unit_no": "whole", "allowed": "whole"}
    return kinds.get(key, "tenths")


def _allowed(one: Surface) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    """Mark the nodes that the limits allow, shape (H, E, B, R)."""
    return np.isfinite(one.total_sek)


def _own(desk: Desk, one: Surface) -> tuple[int, int, int, int]:
    """Find the node that is nearest to what the run proposes."""
    plans = [p for p in desk.outcome.plans if p.unit.name == one.unit]
    late = plans[0].proposed.handlers[-YEAR:].mean() if plans else one.handlers.mean()
    benefit = int(np.abs(one.benefits - 1).argmin())
    away = np.abs(one.handlers - late)
    away[~_allowed(one)[:, one.own, benefit, 0]] = np.inf
    return int(away.argmin()), one.own, benefit, 0
