"""The picture of how cases, handlers and costs may spread: plan against today."""

import numpy as np

from ..optimisation.fans import Fan
from .drawing import (
    COLOURS,
    Picture,
    canvas,
    dress,
    end_labels,
    finish,
    money_axis,
    month_axis,
)
from .findings import findings
from .language import money, number, translator
from .outcome import Outcome
from .tables import small_units


def fan_picture(outcome: Outcome, sprak: str = "sv") -> Picture | None:
    """Draw 80 % of simulated futures of all units together, and the middle one.

    Ends of units are added up: what is unsure moves all of them the same way.
    """
    fans = [plan.fans for plan in outcome.plans if plan.fans is not None]
    found = findings(outcome.plans)
    small = small_units(outcome.case)
    hidden = any(small.get(plan.unit.name, False) for plan in outcome.plans)
    if found is None or len(fans) < len(outcome.plans) or hidden:
        return None
    _ = translator(sprak)
    plan, today = (_together([pair[k] for pair in fans]) for k in (0, 1))
    currency, months = outcome.case.settings.economy.currency, found.months
    with canvas(6.4, rows=3, sharex=True) as (figure, axes):
        for ax, name, title in zip(
            axes,
            ("cases", "handlers", "cash"),
            (_("Cases"), _("Handlers"), _("Paid since the start, {unit}")),
            strict=True,
        ):
            ends = []
            for fan, role, style, text in (
                (today, "today", (0, (4, 2)), _("as today")),
                (plan, "plan", "-", _("plan")),
            ):
                low, middle, high = getattr(fan, name)
                colour, stepped = COLOURS[role], name == "handlers"
                shape = "steps-post" if stepped else "default"
                ax.fill_between(
                    months,
                    low,
                    high,
                    color=colour,
                    alpha=0.18,
                    lw=0,
                    step="post" if stepped else None,
                )
                ax.plot(months, middle, color=colour, ls=style, lw=2.2, drawstyle=shape)
                ends.append((float(middle[-1]), text, role))
            ax.set_ylim(0, 1.06 * float(ax.dataLim.y1))
            if name == "cash":
                money_axis(ax, title, sprak, currency)
            else:
                dress(ax, title, sprak)
            end_labels(ax, months[-1], ends)
        month_axis(axes[-1], months, sprak)
    title = _("Simulated futures, 80 of 100 inside the bands: today and the plan")
    return finish("fans", title, _told(plan, today, sprak, currency), figure)


def _together(fans: list[Fan]) -> Fan:
    names = ("cases", "handlers", "cash")
    return Fan(
        *(np.sum([getattr(fan, name) for fan in fans], axis=0) for name in names)
    )


def _told(plan: Fan, today: Fan, sprak: str, currency: str) -> str:
    """Say what the bands end in, for a reader who does not see them."""
    _ = translator(sprak)
    words = []
    for fan in (plan, today):
        low, middle, high = fan.cases[:, -1]
        ends = [number(value, 0, sprak) for value in (middle, low, high)]
        paid = [money(value, sprak, currency) for value in fan.cash[[1, 0, 2], -1]]
        words.append((*ends, *paid))
    return _(
        "At the end the plan has {a} cases ({b} to {c}), and {d} has been paid ({e} "
        "to {f}); with today's staffing it is {g} cases ({h} to {i}), and {j} ({k} to "
        "{l})."
    ).format(**dict(zip("abcdefghijkl", (*words[0], *words[1]), strict=True)))
