"""vad-om.html: the what-if page, one file that asks nobody and opens from an e-mail.

It carries solved answers only (`Surface`): at a node it shows exactly what the program
says, between nodes it interpolates and says so. Without script the nodes stand as
tables. Where there is no plan, the page says why.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from . import grounds, sentences, verdict
from .findings import NOUGHT_SEK
from .language import SCALES, money, number
from .layout import Desk, Grid
from .proposal import Proposal
from .rendering import STYLE, digest, filled, template
from .surface import Surface
from .tables import small_units
from .whatifdata import base_of, effect_percent, robot_names, unit_block
from .whatifpagewords import live_words
from .wording import Scale, cases, span, year_name
from .writing import write_text

WHATIF = "vad-om.html"
TEMPLATE, OWN_STYLE = "vad-om.html.j2", "vad-om.css"
#: In the order in which they need each other.
SCRIPTS = ("vad-om-tal.js", "vad-om-bild.js", "vad-om.js")


def write_whatif_page(folder: Path, proposal: Proposal) -> Path:
    """Write the page; where there is no plan it says why.

    Raises
    ------
    PrivacyError
        If the page would hold a personnummer; nothing is written then.
    """
    text = whatif_page(proposal.desk, proposal.surfaces)
    return write_text(folder / WHATIF, text)


def whatif_page(desk: Desk, surfaces: Sequence[Surface]) -> str:
    """Render the page as HTML."""
    outcome, say = desk.outcome, desk.say
    css = f"{template(STYLE)}{template(OWN_STYLE)}"
    scripts = [template(name) for name in SCRIPTS] if surfaces else []
    sources = dict.fromkeys(map(say, outcome.effect.sources)) if surfaces else ()
    name = outcome.case.settings.municipality.name
    return filled(
        TEMPLATE,
        desk.sprak,
        title=say("What if? Staffing in {name}", name=name),
        kicker=_kicker(desk),
        intro=_intro(desk, surfaces),
        simulated=outcome.case.simulated,
        block=_block(desk, surfaces) if surfaces else "",
        units=[one.unit for one in surfaces],
        robots=robot_names(surfaces[0], desk) if surfaces else [],
        tables=[_table(one, desk) for one in surfaces],
        how=_how(desk, surfaces),
        assumptions=next(iter(grounds.assumptions_part(desk).tables), None),
        sources=list(sources),
        cannot=outcome.cannot_tell,
        version=grounds.version_line(desk),
        info=outcome.info,
        css=css,
        css_hash=digest(css),
        scripts=scripts,
        script_hashes=[digest(script) for script in scripts],
    )


def _kicker(desk: Desk) -> str:
    months = desk.found.months if desk.found else desk.outcome.forecast.months
    when = span(months[0], months[-1], desk.sprak)
    return desk.say("Municipal social assistance, {when}", when=when)


def _intro(desk: Desk, surfaces: Sequence[Surface]) -> list[str]:
    say = desk.say
    if not surfaces:
        return [
            sentences.headline(desk.outcome, desk.sprak)
            if desk.found is None
            else say("No what-if questions were solved in this run."),
            say("So there is nothing to choose on this page. Below is what it lacks."),
        ]
    return [
        say(
            "Choose staffing and what you believe, and see what it costs against "
            "today's staffing. Every answer was solved beforehand by the program that "
            "made the plan; this page works without a network and sends nothing."
        ),
        _plan(desk),
    ]


def _plan(desk: Desk) -> str:
    """Say what the run itself proposes: the choices below stand beside it."""
    found, sprak = desk.found, desk.sprak
    if found is None:
        return ""
    said = (
        sentences.headline(desk.outcome, sprak),
        verdict.saving(found, sprak, desk.currency),
        verdict.worth(found, sprak, desk.currency),
    )
    plan = " ".join(filter(None, said))
    if len(desk.outcome.plans) > 1:
        return desk.say("The run's own plan, all units together: {plan}", plan=plan)
    return desk.say("The run's own plan: {plan}", plan=plan)


def _how(desk: Desk, surfaces: Sequence[Surface]) -> list[str]:
    """Say what an answer is, what it is compared with, and what it is not."""
    say, sprak = desk.say, desk.sprak
    if not surfaces:
        return []
    nodes = sum(one.total_sek.size for one in surfaces)
    barred = sum(int(np.isnan(one.total_sek).sum()) for one in surfaces)
    texts = [
        say(
            "{n} points were solved, and {barred} of them have no room within the "
            "limits. A solved point is exactly what `bemanna plan` answers. Between "
            "points, handlers, effect and benefit are each taken in a straight line.",
            n=number(nodes, 0, sprak),
            barred=number(barred, 0, sprak),
        ),
        say(
            "The number of handlers is kept from the first month in which more can "
            "arrive than replace leavers. The plan itself may differ from month to "
            "month, so its number here is the one it settles at."
        ),
        sentences.status_quo(sprak),
        say(
            "Whoever leaves is replaced at once, today and in a choice. Where there is "
            "a heaviest caseload, a choice keeps to it by buying time, which today's "
            "staffing does not. So today's number as a choice may cost more than today."
        ),
        say(
            "Handlers are counted in fractions here; `bemanna run` makes the plan in "
            "whole posts, with simulation checks and a report."
        ),
        verdict.known(desk.outcome.effect, sprak),
        say("An effect that is asked about is taken as certain in its intervals."),
        sentences.eighty(sprak),
        *sentences.caveats(desk.outcome, sprak),
    ]
    if any(_few(one, desk) for one in surfaces):
        texts.append(
            say(
                "For a unit with too few households, cases per handler and benefit "
                "per household are not shown."
            )
        )
    return texts


def _few(surface: Surface, desk: Desk) -> bool:
    return bool(small_units(desk.outcome.case).get(surface.unit, False))


def _table(surface: Surface, desk: Desk) -> Grid:
    """List the nodes under the plan's own assumptions, for a page without script."""
    say, sprak = desk.say, desk.sprak
    h = np.arange(len(surface.handlers))
    node = (h, surface.own, base_of(surface), 0)
    paid = [surface.yearly[name][node].sum(-1) for name in ("benefit_sek", "staff_sek")]
    saved, caseload = surface.saved[node], surface.caseload[node]
    costs = Scale.of(paid, sprak, desk.currency)
    ends = Scale.of(saved, sprak, desk.currency)
    few = _few(surface, desk)
    rows = tuple(
        (
            number(surface.handlers[i], _decimals(surface), sprak),
            "–" if few else cases(caseload[i], sprak),
            *(costs.write(values[i]) for values in paid),
            ends.write(saved[i, 0]),
            ends.between(saved[i, 1], saved[i, 2])
            if np.isfinite(saved[i, 0])
            else say("no room within the limits"),
        )
        for i in h
    )
    head = (
        say("Handlers"),
        say("Cases per handler"),
        say("Benefit, {unit}", unit=costs.unit),
        say("Staff, {unit}", unit=costs.unit),
        say("Saving, {unit}", unit=ends.unit),
        say("80% interval"),
    )
    effect = number(effect_percent(surface)[surface.own], 1, sprak)
    caption = say(
        "{unit}, {when}: {x}% more leave at half as many cases per handler, benefit as "
        "forecast, no robot",
        unit=surface.unit,
        when=span(surface.months[0], surface.months[-1], sprak),
        x=effect,
    )
    return Grid(caption, head, rows)


def _decimals(surface: Surface) -> int:
    """As few as tell the numbers of handlers apart."""
    tried = (
        n for n in (0, 1) if np.allclose(surface.handlers.round(n), surface.handlers)
    )
    return next(tried, 2)


def _block(desk: Desk, surfaces: Sequence[Surface]) -> str:
    """Give words, scales of money and every unit's answers as JSON."""
    sprak, currency = desk.sprak, desk.currency
    months = surfaces[0].months
    scales = [
        (scale[0], money(scale[0], sprak, currency).split("\u00a0", 1)[1], scale[3])
        for scale in SCALES
    ]
    data = {
        "group": number(1000, 0, sprak)[1:-3],
        "decimal": number(0.5, 1, sprak)[1],
        "scales": scales,
        "coin": scales[-1][1],
        "nought": NOUGHT_SEK,
        "months": len(months),
        "years": [year_name(year, months, sprak) for year in surfaces[0].years],
        "words": live_words(sprak),
        "units": [unit_block(one, desk, few=_few(one, desk)) for one in surfaces],
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")  # nothing inside can end the script
