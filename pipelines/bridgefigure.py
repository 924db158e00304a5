"""The bridge as a waterfall: step after step, and each step alone."""

from .bridge import Bridge
from .bridgetable import headline, why_scalings_differ
from .bridgetexts import told
from .drawing import Picture
from .language import number, translator
from .waterfall import Panel, Row, change_rows, waterfall_picture


def bridge_picture(found: Bridge, sprak: str = "sv") -> Picture:
    """Draw the way from Gävle times the country to optimal staffing.

    Above, every step given those before it; below, each alone, with what they do
    together hatched. Before the step of prices, amounts are those of HASKY's year.
    """
    _ = translator(sprak)
    names = {key: words.name for key, words in told(found, sprak).items()}
    rollout, optimal, here = found.rollout, found.optimal, found.scalings["residents"]
    start = Row(names["by_residents"], here.sek, "total", decimals=1)
    whisker = rollout.end.interval if optimal is None else None
    everywhere = Row(names["rollout"], rollout.end.mean, "total", whisker)
    times = f" × {number(here.ratio, 1, sprak)}"
    ordered = [
        *(Row(names[b.name] + times, b.mean * here.ratio) for b in found.gavle.steps),
        start,
        *change_rows(rollout, names),
        everywhere,
    ]
    if optimal is not None:
        end = Row(names["optimal"], optimal.end.mean, "total", optimal.end.interval)
        ordered += [*change_rows(optimal, names), end]
    alone = [start, *change_rows(rollout, names, alone=True), everywhere]
    marks = [
        (sek, text)
        for sek, text in zip(found.published, (_("press"), _("report")), strict=True)
    ]
    panels = [
        Panel(_("One step after another, {unit} a year"), ordered, marks),
        Panel(_("Each step alone, {unit} a year"), alone),
    ]
    title = _("From the published figure to what today's figures give")
    text = f"{headline(found, sprak)} {why_scalings_differ(found, sprak)}"
    return waterfall_picture("bridge", title, text, panels, sprak)
