"""Solved answers as the what-if page carries them: compact, and exact to the krona.

Sums are whole SEK. A grid is stored as differences along handlers, effect, benefit and
robot, for neighbours are alike, and each difference as base64 VLQ (the digits of source
maps): a quarter of the same numbers as plain JSON.
"""

import re
import shlex

import numpy as np
import pandas as pd

from ..models.domain import Array
from ..optimisation.plan import StaffingPlan
from .findings import Findings, findings
from .language import month_name
from .layout import Desk
from .surface import Surface

_CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
#: Axes of a grid: handlers, effects, benefits, robots.
_AXES = 4
#: A slider of effects goes by so many per cent, by how far it goes.
_EFFECT_STEPS = ((40.0, 0.5), (np.inf, 1.0))
#: What a shell would not take as part of a word.
_SPECIAL = re.compile(r"[^\w@%+=:,./\\-]")
#: Of the distance between two numbers of handlers, finest first.
_PARTS = (10, 5)


def packed(grid: Array) -> str:
    """Write whole numbers on a grid (H, E, B, R, K) as text.

    >>> packed(np.array([5.0, 6.0, -4.0]).reshape(3, 1, 1, 1, 1))
    'KCV'
    """
    whole = np.rint(grid).astype(np.int64)
    for axis in range(_AXES):
        whole = np.diff(whole, axis=axis, prepend=0)
    return "".join(map(_digits, whole.ravel().tolist()))


def _digits(value: int) -> str:
    """Five bits a letter, lowest first; the sign is the lowest bit of all."""
    left, text = 2 * abs(value) + (value < 0), ""
    while True:
        left, digit = divmod(left, 32)
        text += _CODE[digit + 32 * (left > 0)]
        if not left:
            return text


def effect_percent(surface: Surface) -> Array:
    """How many per cent more leave where caseloads are halved, at each node (E,)."""
    more: Array = np.round(100 * np.expm1(surface.effects), 6)
    return more


def benefit_percent(surface: Surface) -> Array:
    """By how many per cent benefit per household changes, at each node (B,)."""
    more: Array = np.round(100 * (surface.benefits - 1), 6)
    return more


def unit_block(surface: Surface, desk: Desk, *, few: bool) -> dict[str, object]:
    """Gather what the page knows of one unit.

    Parameters
    ----------
    surface : Surface
    desk : Desk
    few : bool
        Whether the number of households is too small to publish: then cases per
        handler and benefit per household are left out, which would tell it.
    """
    one = _findings(surface, desk)
    effects, benefits = effect_percent(surface), benefit_percent(surface)
    base = base_of(surface)
    barred = np.isnan(surface.total_sek)
    sums = {
        "benefit": surface.yearly["benefit_sek"],
        "staff": surface.yearly["staff_sek"],
        "saved": surface.saved,
    }
    if not few:
        sums["caseload"] = 10 * surface.caseload[..., None]
    today, own = surface.today_yearly, (surface.own, base)
    paid, held = (today[name][own].sum() for name in ("benefit_sek", "case_months"))
    known = not few and held > 0
    none = {"effects": float(effects[surface.own]), "benefits": 0.0, "robots": 0}
    return {
        "name": surface.unit,
        "handlers": surface.handlers.tolist(),
        "effects": effects.tolist(),
        "own": surface.own,
        "benefits": benefits.tolist(),
        "robots": robot_names(surface, desk),
        "stops": {
            "handlers": handler_stops(surface.handlers),
            "effects": effect_stops(effects, surface.own),
            "benefits": benefit_stops(benefits),
        },
        "asked": asked(surface),
        "command": command(surface, desk),
        "forbidden": np.flatnonzero(barred).tolist(),
        "grids": {name: packed(_filled(grid)) for name, grid in sums.items()},
        "today_benefit": _packed_today(today["benefit_sek"]),
        "today_staff": _packed_today(today["staff_sek"]),
        "household": round(float(paid / held)) if known else None,
        "late": None if few else _late(one),
        "today": {"handlers": _within(surface, one, "today"), **none},
        "plan": {
            "handlers": _within(surface, one, "plan"),
            **none,
            "robots": _bought(surface, desk),
        },
    }


def base_of(surface: Surface) -> int:
    """Place of unchanged benefit."""
    return int(np.flatnonzero(surface.benefits == 1)[0])


def asked(surface: Surface) -> dict[str, list[str]]:
    """Give each node's part of a question, by axis; joined they ask for the node."""
    own, base = surface.own, base_of(surface)
    plain = [surface.question(h, own, base, 0) for h in range(len(surface.handlers))]

    def part(effect: int, benefit: int, robot: int) -> str:
        question = surface.question(0, effect, benefit, robot)
        return question.removeprefix(plain[0]).strip()

    return {
        "handlers": plain,
        "effects": [part(e, base, 0) for e in range(len(surface.effects))],
        "benefits": [part(own, b, 0) for b in range(len(surface.benefits))],
        "robots": [part(own, base, r) for r in range(len(surface.robots))],
    }


def command(surface: Surface, desk: Desk) -> str:
    """Give the command that answers a question about the unit, but for the question."""
    case, seed = desk.outcome.case, desk.outcome.info.seed
    words = ["bemanna", "plan", str(case.folder), "--unit", surface.unit]
    if seed != case.settings.run.seed:
        words += ["--seed", str(seed)]
    return f"{' '.join(map(_quoted, words))} --what-if"


def _quoted(word: str) -> str:
    """Quote a word for a shell, if need be, and so that Windows knows it too."""
    if not _SPECIAL.search(word):
        return word
    return shlex.quote(word) if set(word) & set('"$`!') else f'"{word}"'


def robot_names(surface: Surface, desk: Desk) -> list[str]:
    """Name the choices of a robot."""
    return [
        desk.say("No robot")
        if month is None
        else desk.say("Robot from {month}", month=month_name(month, desk.sprak))
        for month in surface.robots
    ]


def handler_stops(nodes: Array) -> list[float]:
    """Places of the slider from the first node to the last, every node among them.

    >>> handler_stops(np.array([3.0, 4.0]))[:3]
    [3.0, 3.1, 3.2]
    """
    gap = float(nodes[1] - nodes[0]) if len(nodes) > 1 else 1.0
    fits = [gap / part for part in _PARTS if np.isclose(100 * gap / part % 1, 0)]
    step = fits[0] if fits else gap
    count = round((nodes[-1] - nodes[0]) / step) + 1
    return [float(stop) for stop in np.round(nodes[0] + step * np.arange(count), 2)]


def effect_stops(nodes: Array, own: int) -> list[float]:
    """Even places, and the nodes; the unit's own instead of what is next to it."""
    step = next(by for most, by in _EFFECT_STEPS if nodes[-1] <= most)
    even = np.arange(nodes[0], nodes[-1] + step / 2, step)
    even = even[np.abs(even - nodes[own]) > step / 2]
    stops = pd.unique(np.round(np.sort(np.append(even, nodes)), 6))
    return [float(stop) for stop in stops if stop <= nodes[-1]]


def benefit_stops(nodes: Array) -> list[float]:
    """Whole per cent."""
    return [float(stop) for stop in np.arange(np.ceil(nodes[0]), nodes[-1] + 0.5)]


def plan_of(surface: Surface, desk: Desk) -> StaffingPlan | None:
    """Find the run's own plan of a unit."""
    plans = (p for p in desk.outcome.plans if p.unit.name == surface.unit)
    return next(plans, None)


def _findings(surface: Surface, desk: Desk) -> Findings | None:
    plan = plan_of(surface, desk)
    return None if plan is None else findings((plan,))


def _late(one: Findings | None) -> float | None:
    """Cases per handler that today's staffing leads to; None where nobody works."""
    late = np.nan if one is None else one.today.late_caseload
    return round(float(late), 1) if np.isfinite(late) else None


def _within(surface: Surface, one: Findings | None, which: str) -> float:
    """Today's or the plan's number of handlers, as near as the grid goes."""
    nodes = surface.handlers
    if one is None:
        return float(nodes[len(nodes) // 2])
    wanted = one.settled_handlers if which == "plan" else one.today.handlers[0]
    return round(float(np.clip(wanted, nodes[0], nodes[-1])), 2)


def _bought(surface: Surface, desk: Desk) -> int:
    """Place of the robot that the plan buys; 0 where it buys none."""
    plan = plan_of(surface, desk)
    months = {i: month for i, month in enumerate(surface.robots) if month is not None}
    for lever in plan.levers if plan else ():
        if lever.kind == "robot" and lever.bought and months:
            start = surface.months[lever.from_month]
            return min(months, key=lambda place: abs((months[place] - start).days))
    return 0


def _filled(grid: Array) -> Array:
    """Put something ordinary where the limits forbid a node: it is never shown."""
    known = grid[~np.isnan(grid)]
    return np.nan_to_num(grid, nan=float(known.mean()) if known.size else 0.0)


def _packed_today(values: Array) -> str:
    """Pack today's sums (E, B, Y): bare, a milliard may look like a personnummer."""
    return packed(_filled(values)[None, :, :, None, :])
