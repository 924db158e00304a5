"""The picture of what each staffing costs too much, by how strong the effect is."""

from ..optimisation.regret import LEAST, TODAY
from .certainty import least_regret, other_effect
from .doubts import PLAN, regrets
from .drawing import COLOURS, Picture, canvas, end_labels, finish, money_axis
from .language import number, translator
from .outcome import Outcome


def regret_picture(outcome: Outcome, sprak: str = "sv") -> Picture | None:
    """Regret of today's staffing, the plan and the least regret, by assumed effect."""
    found = regrets(outcome.doubts)
    if found is None:
        return None
    _ = translator(sprak)
    factors = found.factors
    with canvas(3.4) as (figure, (ax,)):
        ax.axhline(0, color=COLOURS["ink"], lw=1)
        ends = []
        for name, role, style, text in (
            (TODAY, "today", (0, (4, 2)), _("as today")),
            (LEAST, "ink", (0, (1, 1.5)), _("best worst case")),
            (PLAN, "plan", "-", _("plan")),
        ):
            regret = found.of(name)
            width = 2.6 if name == PLAN else 2.0
            ax.plot(factors, regret, color=COLOURS[role], ls=style, lw=width)
            ends.append((float(regret[-1]), text, role))
        ax.set_xlim(factors[0], factors[-1])
        ax.set_xticks(factors, [number(factor, 2, sprak) for factor in factors])
        ax.set_xlabel(_("The effect of a lighter caseload, times the estimate"))
        title = _("Costs too much, {unit}")
        money_axis(ax, title, sprak, outcome.case.settings.economy.currency)
        end_labels(ax, float(factors[-1]), ends)
    title = _("What a staffing costs too much if the effect is another")
    text = f"{other_effect(outcome, sprak)} {least_regret(outcome, sprak)}"
    return finish("regret", title, text.strip(), figure)
