"""The sections that a result rests on: forecast, effect, checks, assumptions, input."""

import numpy as np
import pandas as pd

from .language import number, percent, translator
from .layout import Desk, Grid, Part
from .sentences import expected

#: Lines of evidence in the order in which they are shown.
EVIDENCE = {
    "evidence": "Published studies alone",
    "assumed": "Assumed by the municipality",
    "pilot": "Own pilot alone",
    "both": "Studies and pilot together",
}
#: Words of the track record.
COLUMNS = {
    "quantity": "Series",
    "mase": "Error (MASE)",
    "mase_seasonal_naive": "Error of repeating last year (MASE)",
    "coverage_80": "Coverage of 80%",
    "coverage_95": "Coverage of 95%",
    "windows": "Forecasts tried",
    "inflow": "New cases",
    "served": "Cases served",
    "exits": "Exits",
    "paid": "Paid",
    "paid_sek": "Paid",
}


def forecast_part(desk: Desk) -> Part:
    """Show what is coming, and how well earlier forecasts did."""
    tested = desk.outcome.backtest
    return Part(
        "forecast",
        desk.say("The forecast"),
        texts=tuple(
            filter(
                None,
                (
                    expected(desk.outcome, desk.sprak),
                    desk.say(
                        "With today's chance of leaving. Dark band: 80% interval. "
                        "Light band: 95% interval."
                    ),
                ),
            )
        ),
        pictures=desk.pictures("forecast", "forecast_groups"),
        tables=() if tested.empty else (_backtest(desk, tested),),
        notes=desk.outcome.forecast.notes,
    )


def _backtest(desk: Desk, tested: pd.DataFrame) -> Grid:
    say = desk.say
    rows = tuple(
        tuple(_tested(desk, name, value) for name, value in row.items())
        for row in tested.to_dict("records")
    )
    caption = say(
        "Track record on months held back. MASE: mean error in units of what "
        "repeating last year missed by, so that lower is better. Coverage: share of "
        "outcomes inside the interval"
    )
    head = tuple(say(COLUMNS.get(str(name), str(name))) for name in tested)
    return Grid(caption, head, rows)


def _tested(desk: Desk, name: object, value: object) -> str:
    if not isinstance(value, int | float | np.number):
        return desk.say(COLUMNS.get(str(value), str(value)))
    if str(name).startswith("coverage"):
        return percent(float(value), 0, desk.sprak)
    whole = float(value).is_integer() and str(name) == "windows"
    return number(float(value), 0 if whole else 2, desk.sprak)


def effect_part(desk: Desk) -> Part | None:
    """How exits fall with time, and what a lighter caseload does."""
    if desk.found is None and "exits" not in desk.drawn:
        return None
    say, effect = desk.say, desk.outcome.effect
    lines = effect.lines().set_index("line")
    rows = []
    for key, name in EVIDENCE.items():
        if key in lines.index:
            rows.append((say(name), *_halving(desk, lines, key)))
        elif key == "pilot":
            rows.append((say("Own pilot"), say("none"), "–", "–"))
    if "both" not in lines.index:
        rows.append(
            (say("Used in the plan"), *_halving(desk, lines, str(lines.index[-1])))
        )
    head = ("Source", "Halving raises exits by", "95% interval", "Weight")
    borrowed = say("Borrowed effect: no pilot of your own stands behind it")
    if "assumed" in lines.index:
        borrowed = say("Assumed effect: no pilot of your own stands behind it")
    return Part(
        "effect",
        say("Exits and the effect of a lighter caseload"),
        tag=borrowed if effect.borrowed else "",
        texts=(
            say(
                "The plan rests on how much more often households leave when a "
                "handler has fewer cases. The effect may be nought or negative, "
                "and that is counted in every interval."
            ),
        ),
        pictures=desk.pictures("exits"),
        tables=(
            Grid(
                say("What is known of the effect of halving cases per handler"),
                tuple(say(name) for name in head),
                tuple(rows),
            ),
        ),
        more_title=say("Sources"),
        more=tuple(dict.fromkeys(map(say, effect.sources))),
    )


def _halving(desk: Desk, lines: pd.DataFrame, key: str) -> tuple[str, str, str]:
    """Write a line of evidence: what halving does, its interval, its weight."""
    mean, low, high = (
        percent(float(np.expm1(lines[name][key])), 0, desk.sprak)
        for name in ("log_hr", "lo-95", "hi-95")
    )
    both = desk.say("{low} to {high}", low=low, high=high)
    return mean, both, percent(float(lines["weight"][key]), 0, desk.sprak)


def checks_part(desk: Desk) -> Part | None:
    """Proof of the optimum, and the simulations."""
    plans, say, sprak = desk.outcome.plans, desk.say, desk.sprak
    if not plans:
        return None
    rows = []
    for plan in plans:
        grid, twin = plan.check_grid, plan.check_continuous
        rows.append(
            (
                plan.unit.name,
                _share(max(plan.certificate.gap, 0), sprak),
                _share(max(plan.integrality_gap, 0), sprak),
                _verdict(desk, grid.ok),
                f"{percent(twin.model_error_share, 1, sprak)} "
                f"({_verdict(desk, twin.ok)})",
            )
        )
    head = (
        "Unit",
        "Certificate: the cheapest plan is at most this much cheaper",
        "Whole handlers included",
        "Simulation in the plan's own model",
        "Simulation month by month: cost differs by",
    )
    replications = number(plans[0].check_grid.replications, 0, sprak)
    return Part(
        "checks",
        say("Checks"),
        texts=(
            say(
                "A certificate, a bound computed without the solver, shows how much "
                "cheaper any plan could be. The plan is then simulated {n} times with "
                "whole households and handlers.",
                n=replications,
            ),
        ),
        tables=(
            Grid(
                say("Proof and simulation"),
                tuple(say(name) for name in head),
                tuple(rows),
            ),
        ),
    )


def _share(gap: float, sprak: str) -> str:
    """Write a small share; what is nought to six digits is said to be below that."""
    _ = translator(sprak)
    if gap < 1e-6:
        return _("below {x}").format(x=percent(1e-6, 4, sprak))
    return percent(gap, 2 if gap >= 5e-5 else 4, sprak)


def _verdict(desk: Desk, ok: bool) -> str:
    return desk.say("agrees") if ok else desk.say("does not agree")


def assumptions_part(desk: Desk) -> Part:
    """Every number that the result rests on, with its source."""
    rows = tuple((a.name, a.value, a.source) for a in desk.outcome.assumptions)
    head = (desk.say("Assumption"), desk.say("Value"), desk.say("Source"))
    caption = desk.say("What the result rests on")
    return Part(
        "assumptions",
        desk.say("Assumptions"),
        tables=(Grid(caption, head, rows, words=True),) if rows else (),
    )


def input_part(desk: Desk) -> Part:
    """List what the check of the input warned of, and what cannot be told."""
    say, case, cannot = desk.say, desk.outcome.case, desk.outcome.cannot_tell
    rows = tuple((w.file or "–", w.message, w.remedy) for w in case.warnings)
    head = (say("File"), say("Warning"), say("Remedy"))
    caption = say("Warnings from the check of the input")
    texts = [] if rows else [say("The check of the input found nothing to warn of.")]
    return Part(
        "input",
        say("The input and what it cannot tell"),
        tables=(Grid(caption, head, rows, words=True),) if rows else (),
        texts=tuple(texts),
        items_title=say("What these figures cannot tell") * bool(cannot),
        items=cannot,
    )


def version_line(desk: Desk) -> str:
    """Name the run so that it can be found and repeated."""
    info = desk.outcome.info
    return desk.say(
        "Run {id}, bemanna {version}, seed {seed}, {seconds} seconds.",
        id=info.run_id,
        version=info.version,
        seed=info.seed,
        seconds=number(info.seconds, 0, desk.sprak),
    )
