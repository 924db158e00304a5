"""Shares of the saving with perfect information, as ratios of means, with errors."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from document import table

from bemanna.models.domain import Array

#: Columns of the scores, and what a reader calls them.
RULES = {
    "plan": "plan",
    "norm_30": "30 cases each",
    "norm_40": "40 cases each",
    "norm_60": "60 cases each",
    "proportional": "proportional to cases",
    "count_exits": "every exit counted",
}


class Ratio(NamedTuple):
    """A ratio of means and its standard error."""

    value: float
    se: float


def ratio(over: Array, under: Array) -> Ratio:
    """Ratio of the means of pairs (n,), with the delta method's standard error.

    >>> ratio(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
    Ratio(value=0.5, se=0.0)
    """
    mean = under.mean()
    value = float(over.mean() / mean)
    apart = over - value * under
    return Ratio(value, float(apart.std(ddof=1) / np.sqrt(len(apart)) / abs(mean)))


def shares(scores: pd.DataFrame) -> dict[str, Ratio]:
    """Share captured by every rule, over registers (rows)."""
    perfect = saved(scores, "perfect")
    return {name: ratio(saved(scores, name), perfect) for name in RULES}


def saved(scores: pd.DataFrame, rule: str) -> Array:
    """SEK saved against today's staffing, register by register."""
    return (scores["today"] - scores[rule]).to_numpy(float)


def ahead(scores: pd.DataFrame) -> tuple[str, Ratio]:
    """Find the best of the others, today's staffing too, and the plan's paired lead."""
    others = {name: saved(scores, name) for name in RULES if name != "plan"}
    others["today"] = np.zeros(len(scores))
    best = max(others, key=lambda name: float(others[name].mean()))
    lead = saved(scores, "plan") - others[best]
    return best, ratio(lead, saved(scores, "perfect"))


def drawn_table(scores: pd.DataFrame) -> str:
    """Shares where true effects are drawn from the published evidence, by size."""
    rows = []
    for size, some in _drawn(scores):
        part = shares(some)
        perfect = saved(some, "perfect")
        rows.append(
            [
                f"{size:,}",
                str(len(some)),
                *(_percent(part[name]) for name in RULES),
                "0 %",
                _signed(f"{perfect.mean() / 1e6:.2f} ± {_sem(perfect) / 1e6:.2f}"),
            ]
        )
    head = ["cases", "registers", *RULES.values(), "today's staffing"]
    return table([*head, "perfect information saves, MSEK"], rows)


def verdict(scores: pd.DataFrame) -> str:
    """Say whether the plan is best, or within one paired standard error, by size."""
    rows = []
    for size, some in _drawn(scores):
        best, lead = ahead(some)
        met = lead.value >= -lead.se
        better = (some["own_plan"] < some["own_today"]).mean()
        rows.append(
            [
                f"{size:,}",
                RULES.get(best, "today's staffing"),
                _percent(lead),
                "met" if met else "**missed**",
                f"{some['handlers'].mean():.1f} → {some['handlers_plan'].mean():.1f}",
                f"{better:.0%}",
            ]
        )
    head = ["cases", "best of the others", "plan minus it", "best or within one SE"]
    return table([*head, "handlers", "plans cheaper than today by own figures"], rows)


def fixed_table(scores: pd.DataFrame) -> str:
    """MSEK saved against today's staffing at given true effects, by size."""
    some = scores[~scores["drawn"].astype(bool)]
    rows = []
    for (effect, size), group in some.groupby(["effect", "size"]):
        cells = (saved(group, name) / 1e6 for name in (*RULES, "perfect"))
        told = [_signed(f"{cell.mean():.2f} ± {_sem(cell):.2f}") for cell in cells]
        rows.append([f"{effect:.2f}", f"{size:,}", str(len(group)), *told])
    head = ["true log HR", "cases", "registers", *RULES.values()]
    return table([*head, "perfect information"], rows)


def _drawn(scores: pd.DataFrame) -> list[tuple[int, pd.DataFrame]]:
    """Group registers whose true effect was drawn by size."""
    drawn = scores[scores["drawn"].astype(bool)]
    return [(int(str(size)), some) for size, some in drawn.groupby("size")]


def _percent(part: Ratio) -> str:
    return _signed(f"{part.value:.0%} ± {part.se:.0%}".replace("%", " %"))


def _signed(text: str) -> str:
    return text.replace("-", "−")


def _sem(values: Array) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values)))
