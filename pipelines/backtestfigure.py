"""The picture of a backtest: error and coverage by month ahead."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

from ..models.accuracy import MIX
from .backtest import Backtest, words
from .backtestwords import verdicts
from .drawing import COLOURS, Picture, canvas, dress, finish
from .language import translator

LOOK: dict[str, dict[str, Any]] = {
    MIX: {"color": COLOURS["plan"], "lw": 2.6},
    "seasonal_naive": {"color": COLOURS["today"], "ls": (0, (4, 2))},
    "last_value": {"color": COLOURS["short"], "ls": (0, (1, 1.5))},
}
#: Colour and line of the intervals by their level in per cent.
LEVELS: dict[int, dict[str, Any]] = {
    80: {"color": COLOURS["plan"], "lw": 2.6},
    95: {"color": COLOURS["ink"], "ls": (0, (4, 2)), "lw": 1.6},
}
NOMINAL: dict[str, Any] = {"color": COLOURS["muted"], "lw": 1.0}


def backtest_picture(found: Backtest, sprak: str = "sv") -> Picture:
    """Draw MASE beside the benchmarks, and coverage beside what is promised."""
    _ = translator(sprak)
    quantities, named = found.quantities, words(sprak)
    height = 1.0 + 2.3 * len(quantities)
    with canvas(height, len(quantities), 2, sharex=True) as (figure, axes):
        for row, quantity in enumerate(quantities):
            left, right = axes[2 * row : 2 * row + 2]
            what = named[quantity]
            _errors(left, found, quantity, sprak)
            dress(left, _("{what}: error (MASE)").format(what=what), sprak, 1)
            _coverage(right, found, quantity, sprak)
            dress(right, _("{what}: coverage, %").format(what=what), sprak)
        for ax in axes[-2:]:
            ax.set_xlabel(_("Months ahead"))
            ax.set_xlim(0.5, found.horizon + 0.5)
            ax.xaxis.set_major_locator(MultipleLocator(_stride(found.horizon)))
        lines = [line for ax in axes[:2] for line in ax.get_legend_handles_labels()[0]]
        figure.legend(
            handles=lines,
            loc="outside lower center",
            ncols=2,
            frameon=False,
            fontsize=9.5,
            handlelength=3.2,
        )
    title = _("Remade forecasts by month ahead: error, and coverage of the intervals")
    return finish("backtest", title, " ".join(verdicts(found, sprak)), figure)


def _errors(ax: Axes, found: Backtest, quantity: str, sprak: str) -> None:
    _ = translator(sprak)
    names = {
        MIX: _("the forecast"),
        "seasonal_naive": _("same month last year"),
        "last_value": _("latest known month"),
    }
    table = found.by_month[found.by_month["quantity"] == quantity]
    most = 1.0
    for model, name in names.items():
        rows = table[table["model"] == model]
        ax.plot(rows["step"], rows["mase"], label=name, **LOOK[model])
        most = max(most, float(rows["mase"].max()))
    ax.lines[0].set_zorder(3)  # the forecast lies on top
    ax.set_ylim(0, 1.1 * most)


def _coverage(ax: Axes, found: Backtest, quantity: str, sprak: str) -> None:
    _ = translator(sprak)
    table = found.by_month[found.by_month["model"] == MIX]
    rows = table[table["quantity"] == quantity]
    for level, look in LEVELS.items():
        promised = None if ax.lines else _("promised share")
        ax.axhline(level, **NOMINAL, label=promised)
        share = 100 * rows[f"coverage_{level}"]
        ax.plot(rows["step"], share, label=_("{n}% interval").format(n=level), **look)
    lowest = 100 * table["coverage_80"].min()  # one scale for all
    ax.set_ylim(max(min(lowest, 60) - 5, 0), 102)


def _stride(horizon: int) -> int:
    """Months between ticks."""
    return next(n for n in (1, 2, 3, 6, 12) if horizon <= 8 * n or n == 12)
