"""What a planner reads of a backtest: a verdict, tables, and the same as JSON."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..models.accuracy import AHEAD, ALL, MIX, MODELS, SIZES, closer
from .backtest import Backtest, words
from .backtesttables import accuracy_table
from .language import number, percent, translator
from .printing import aligned, fitted, paragraph, section, where
from .summary import plain_rows
from .wording import span
from .writing import Place

#: Scores of one row by name.
Row = Mapping[Hashable, Any]


def model_names(sprak: str = "sv") -> dict[str, str]:
    """Name every model as a reader knows it."""
    _ = translator(sprak)
    log, root = _("log"), _("root")
    return {
        MIX: _("The forecast"),
        "seasonal_naive": _("Same month last year"),
        "last_value": _("Latest known month"),
        "ets_log": f"{_('Smoothing')}, {log}",
        "ets_root": f"{_('Smoothing')}, {root}",
        "sarima_log": f"SARIMA, {log}",
        "sarima_root": f"SARIMA, {root}",
        "autoregression_log": f"{_('Autoregression')}, {log}",
        "autoregression_root": f"{_('Autoregression')}, {root}",
        "theta": "Theta",
    }


def verdicts(found: Backtest, sprak: str = "sv") -> list[str]:
    """Say of every quantity how the forecast did against what it must beat."""
    _ = translator(sprak)
    rows = _rows(found, "quantity", "model", "months_ahead", "size")
    counted = plain_rows(closer(found.windows, "seasonal_naive").reset_index())
    won = {row["quantity"]: row for row in counted}
    text = _(
        "{what}: the forecast is {season} the same month last year and {last} the "
        "latest known month. In {closer} of {n} forecasts it came closer than last "
        "year's months. The 80% intervals covered {covered} of the outcomes (should "
        "be {right})."
    )
    told = []
    for quantity, what in words(sprak).items():
        if quantity not in found.quantities:
            continue
        score = {model: rows[quantity, model, ALL, ALL] for model in MODELS[:3]}
        error = {model: float(row["mase"]) for model, row in score.items()}
        told.append(
            text.format(
                what=what,
                season=_beside(error[MIX], error["seasonal_naive"], sprak),
                last=_beside(error[MIX], error["last_value"], sprak),
                closer=number(won[quantity]["closer"], 0, sprak),
                n=number(won[quantity]["windows"], 0, sprak),
                covered=percent(score[MIX]["coverage_80"], 0, sprak),
                right=percent(0.8, 0, sprak),
            )
        )
    return told


def _beside(error: float, other: float, sprak: str) -> str:
    """Compare two errors in words; the name of the other follows."""
    _ = translator(sprak)
    if other == 0:
        return _("worse than") if error > 0 else _("as good as")
    share = 1 - error / other
    if abs(share) < 0.005:
        return _("as good as")
    text = _("{x} better than") if share > 0 else _("{x} worse than")
    return text.format(x=percent(abs(share), 0, sprak))


def print_backtest(
    found: Backtest, place: Place, sprak: str = "sv", console: Console | None = None
) -> None:
    """Print verdict and tables, and where the files are."""
    _ = translator(sprak)
    out = fitted(console)
    name = found.case.settings.municipality.name
    cutoffs = found.windows["cutoff"]
    out.print()
    title = _("{name}: forecasts remade at earlier months")
    out.print(Text(title.format(name=name), style="bold"))
    if found.case.simulated:
        paragraph(out, _("Simulated register: nobody's real figures."), style="yellow")
    text = _("{n} months within {span}, each time up to {horizon} months ahead.")
    paragraph(
        out,
        text.format(
            n=cutoffs.nunique(),
            span=span(cutoffs.min(), cutoffs.max(), sprak),
            horizon=found.horizon,
        ),
    )
    for line in verdicts(found, sprak):
        paragraph(out, line, first=" • ", then="   ")
    for quantity in found.quantities:
        out.print()
        out.print(_models(found, quantity, sprak))
    if found.accuracy["size"].nunique() > 2:
        out.print()
        out.print(_sizes(found, sprak))
    section(out, _("How to read this"), [*_explained(sprak), *found.notes])
    where(out, place, sprak, "backtest.svg")


def _explained(sprak: str) -> list[str]:
    _ = translator(sprak)
    return [
        _(
            "MASE: the error in units of what repeating last year missed by before. "
            "OWA: the error against Naive2 of the M4 competition, which is 1. sCRPS: "
            "the error of the whole distribution; of a model that gives no interval it "
            "is the MASE. Lower is better."
        ),
        _("Further ahead than twelve months, last year is the latest known one."),
        _("Coverage: share of outcomes inside the interval; 80 and 95% are right."),
    ]


def _models(found: Backtest, quantity: str, sprak: str) -> Table:
    """Every model of one quantity: MASE by months ahead, and the other scores."""
    _ = translator(sprak)
    names = {"1 to 3": _("month 1–3"), "4 to 12": _("month 4–12"), "13 on": _("13 on")}
    rows = _rows(found, "size", "quantity", "model", "months_ahead")
    classes = [name for name in AHEAD if (ALL, quantity, MIX, name) in rows]
    head = [_("Model"), "MASE", *(names[name] for name in classes), "OWA", "sCRPS"]
    head += [
        _("covers {level}").format(level=percent(x, 0, sprak)) for x in (0.8, 0.95)
    ]
    shown = aligned(words(sprak)[quantity], head)
    for model, name in model_names(sprak).items():
        whole = rows.get((ALL, quantity, model, ALL))
        if whole is None:
            continue
        ahead = [rows.get((ALL, quantity, model, name), {}) for name in classes]
        cells = [_score(row.get("mase", math.nan), sprak) for row in (whole, *ahead)]
        cells += [_score(whole[score], sprak) for score in ("owa", "scrps")]
        cells += [_share(whole[f"coverage_{level}"], sprak) for level in (80, 95)]
        shown.add_row(name, *cells, style="bold" if model == MIX else "")
    return shown


def _sizes(found: Backtest, sprak: str) -> Table:
    """Show the forecast by size of series, beside last year's months."""
    _ = translator(sprak)
    under, middle, over = SIZES
    names = {
        under: _("under 3"),
        middle: _("3–30"),
        over: _("over 30"),
    }
    head = [_("Households"), _("Forecasts"), "MASE", _("last year's"), "OWA"]
    head += ["sCRPS"]
    head += [
        _("covers {level}").format(level=percent(x, 0, sprak)) for x in (0.8, 0.95)
    ]
    shown = aligned(_("The forecast by size of group, households a month"), head)
    rows = _rows(found, "months_ahead", "quantity", "model", "size")
    for quantity in found.quantities:
        for size, name in names.items():
            row = rows.get((ALL, quantity, MIX, size))
            if row is None:
                continue
            naive = rows[ALL, quantity, "seasonal_naive", size]
            scores = (row["mase"], naive["mase"], row["owa"], row["scrps"])
            shown.add_row(
                f"{words(sprak)[quantity]}, {name}",
                number(row["windows"], 0, sprak),
                *(_score(value, sprak) for value in scores),
                *(_share(row[f"coverage_{level}"], sprak) for level in (80, 95)),
            )
    return shown


def _rows(found: Backtest, *keys: str) -> dict[Hashable, Row]:
    """Scores by the keys of `accuracy`, in the order asked for."""
    rows = found.accuracy.to_dict("records")
    return {tuple(row[key] for key in keys): row for row in rows}


def _score(value: float, sprak: str) -> str:
    return "–" if math.isnan(value) else number(value, 2, sprak)


def _share(value: float, sprak: str) -> str:
    return "–" if math.isnan(value) else percent(value, 0, sprak)


def backtest_json(found: Backtest, place: Place, sprak: str = "sv") -> dict[str, Any]:
    """Give the backtest as plain values; what is not known is null."""
    cutoffs = found.windows["cutoff"].drop_duplicates().sort_values()
    return {
        "status": "ok",
        "municipality": found.case.settings.municipality.name,
        "simulated": found.case.simulated,
        "horizon": found.horizon,
        "cutoffs": list(cutoffs.dt.strftime("%Y-%m")),
        "verdicts": verdicts(found, sprak),
        "accuracy": plain_rows(accuracy_table(found)),
        "by_month": plain_rows(found.by_month),
        "notes": list(found.notes),
        "warnings": [f"{w.file}: {w.message}" for w in found.case.warnings],
        "folder": str(place.folder),
        "mlflow_run": place.mlflow_run,
        "mlflow_warning": place.warning or None,
    }
