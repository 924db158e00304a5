"""What a comparison rests on, sentence by sentence: means, definitions, publishers.

Texts are English message ids; Swedish lies in `templates/sv-compare.po`.
"""

from .comparison import Comparison
from .language import percent, translator
from .municipalities import LEDGER_ABOVE
from .published import NATION_BY


def weighed(found: Comparison, sprak: str = "sv") -> str:
    """Say how means are taken."""
    _ = translator(sprak)
    told = next(filter(None, (found.paid, found.households)), None)
    if told is None:
        return ""
    texts = {
        (True, True): _(
            "County and nation are counted per inhabitant, so large municipalities "
            "weigh more (all {all} of the county's have figures); similar "
            "municipalities count once each."
        ),
        (True, False): _(
            "County and nation are counted per inhabitant, so large municipalities "
            "weigh more (at least {known} of the county's {all} have figures); similar "
            "municipalities count once each."
        ),
        (False, True): _(
            "The nation is counted per inhabitant, so large municipalities weigh more; "
            "similar municipalities count once each. The county is the municipality "
            "itself."
        ),
        (False, False): _(
            "The nation is counted per inhabitant, so large municipalities weigh more; "
            "similar municipalities count once each. The county is not shown: too few "
            "of its municipalities have figures."
        ),
    }
    shown = bool(told.table["county"].notna().any())
    whole = told.county_known == told.county_all if shown else told.county_all == 1
    return texts[shown, whole].format(known=told.county_known, all=told.county_all)


def ledger(found: Comparison, sprak: str = "sv") -> str:
    """Say that municipal figures and the nation's are of two definitions."""
    _ = translator(sprak)
    if found.paid is None or found.paid.measure != "ledger":
        return ""
    return _(
        "Municipalities and county are what was booked (N31002), about {above} more "
        "than the statistics that the nation's figure is from."
    ).format(above=percent(LEDGER_ABOVE - 1, 0, sprak))


def source(found: Comparison, sprak: str = "sv") -> str:
    """Name publishers, and the years that figures are of."""
    _ = translator(sprak)
    shown = [part for part in (found.paid, found.households) if part is not None]
    if not shown:
        return ""
    publishers = sorted({name for part in shown for name in part.publishers})
    years = sorted({int(year) for part in shown for year in part.table.index})
    named = {
        "span": "–".join(dict.fromkeys([str(years[0]), str(years[-1])])),
        "publishers": ", ".join(publishers),
        "nation": NATION_BY,
    }
    text = _(
        "Published figures of {span}. Municipalities: {publishers}; the nation: "
        "{nation}; residents: SCB. Current prices, without refugees' introduction "
        "benefit."
    )
    fetched = _(
        "Published figures of {span}. The nation: {nation}; residents: SCB. Current "
        "prices, without refugees' introduction benefit."
    )
    return (text if publishers else fetched).format(**named)


def carried(found: Comparison, sprak: str = "sv") -> str:
    """Say where residents are not the published ones."""
    _ = translator(sprak)
    worked = [
        part
        for part in (found.paid, found.households)
        if part is not None
        and (part.fetched or part.measure == "households")
        and part.table.index[-1] > found.residents_to
    ]
    text = _("Residents after {year} are those of {year}, carried to the nation's.")
    return text.format(year=found.residents_to) if worked else ""


def newer(found: Comparison, sprak: str = "sv") -> str:
    """Say how newer figures are had, where nothing was fetched."""
    _ = translator(sprak)
    fetched = any(part and part.fetched for part in (found.paid, found.households))
    whom = _("DIR") if found.of_case else found.code
    text = _("Newer figures, of all municipalities: bemanna compare {whom} --fetch")
    return "" if fetched or found.status != "compared" else text.format(whom=whom)
