"""What a comparison says, sentence by sentence, in the reader's language.

Texts are English message ids; Swedish lies in `templates/sv-compare.po`.
"""

import math
from typing import Any

import pandas as pd

from . import comparenotes as notes
from .comparetable import PER, measured_json, written
from .comparison import Comparison, Measured
from .language import number, percent, translator
from .wording import per_unit

#: Similar municipalities farther away than this are hardly alike.
FAR = 1.0


def sentences(found: Comparison, sprak: str = "sv") -> list[str]:
    """Say what came out, then what it rests on."""
    return [*conclusions(found, sprak), *grounds(found, sprak)]


def conclusions(found: Comparison, sprak: str = "sv") -> list[str]:
    """Say what came out, the most important first; or why nothing did."""
    told = [simulated(found, sprak), nothing(found, sprak)]
    for measured in (found.paid, found.households):
        if measured is not None:
            told += [headline(found, measured, sprak), change(found, measured, sprak)]
    return list(filter(None, told))


def grounds(found: Comparison, sprak: str = "sv") -> list[str]:
    """Say what it rests on: who is similar, how means are taken, who published."""
    _ = translator(sprak)
    shown = [part for part in (found.paid, found.households) if part is not None]
    if not shown:
        return []
    told = [text for part in shown for text in (alike(part, sprak), far(part, sprak))]
    told += [
        notes.weighed(found, sprak),
        notes.ledger(found, sprak),
        _(
            "Rents, unemployment and ages differ between municipalities: a difference "
            "is no grade of the work that is done."
        ),
        notes.source(found, sprak),
        notes.carried(found, sprak),
        notes.newer(found, sprak),
        *found.sources,
    ]
    return list(dict.fromkeys(filter(None, told)))


def nothing(found: Comparison, sprak: str = "sv") -> str:
    """Say why there is nothing of the municipality; empty where there is."""
    _ = translator(sprak)
    texts = {
        "no_code": _(
            "kommun.toml has no municipality code, so nothing is compared. Write SCB's "
            'four digits under [municipality], e.g. code = "2180".'
        ),
        "unknown": _(
            "There is no municipality with the code {code}, so nothing is compared. "
            "Write SCB's four digits, e.g. 2180."
        ),
        "unpublished": _(
            "No published figure of {name} is built into bemanna: what others pay is "
            "shown. From Kolada its own are had by: bemanna compare {whom} --fetch"
        ),
    }
    whom = _("DIR") if found.of_case else found.code
    text = texts.get(found.status, "")
    return text.format(code=found.code, name=found.name, whom=whom)


def simulated(found: Comparison, sprak: str = "sv") -> str:
    """Say whose figures stand beside a simulated register."""
    _ = translator(sprak)
    text = _(
        "The register is simulated. The figures here are published and of the real "
        "municipality {name}, not of the register."
    )
    return text.format(name=found.name) if found.simulated else ""


def headline(found: Comparison, measured: Measured, sprak: str = "sv") -> str:
    """Say the last figure of the municipality, and what it stands beside."""
    _ = translator(sprak)
    row, year = _last(measured)
    words: dict[str, object] = {"name": found.name, "year": year}
    if measured.measure == "households":
        words["value"] = written(measured, row["own"], sprak)
        own = _("{name} had {value} households per {n} inhabitants in {year}.")
        others = _("Households per {n} inhabitants in {year}: {places}.")
    else:
        words["value"] = per_unit(row["own"], sprak)
        own = _("{name} paid {value} per inhabitant in {year}.")
        others = _("Paid per inhabitant in {year}: {places}.")
    beside = _("To compare: {places}.")
    words |= {"n": number(PER, 0, sprak), "places": _places(found, measured, sprak)}
    if math.isnan(row["own"]):
        return others.format(**words)
    return " ".join(text.format(**words) for text in (own, beside))


def _places(found: Comparison, measured: Measured, sprak: str) -> str:
    """List similar, county and nation with the figures of the last year."""
    _ = translator(sprak)
    row, _year = _last(measured)
    parts = []
    if not math.isnan(row["similar"]):
        text = _(
            "the middle of {k} similar municipalities {value} (middle half {span})"
        )
        low, high = (
            written(measured, row[name], sprak)
            for name in ("similar_low", "similar_high")
        )
        parts.append(
            text.format(
                k=len(measured.neighbours),
                value=written(measured, row["similar"], sprak),
                span=f"{low}–{high}",
            )
        )
    for name, value in (
        (found.county, row["county"]),
        (_("the nation"), row["nation"]),
    ):
        if not math.isnan(value):
            parts.append(f"{name} {written(measured, value, sprak)}")
    return ", ".join(parts)


def change(found: Comparison, measured: Measured, sprak: str = "sv") -> str:
    """Say how it went over the compared years, from where the similar began alike."""
    _ = translator(sprak)
    both = measured.both
    if both.empty:
        return ""
    first = measured.start[-1] if measured.start else int(both.index[0])
    last = int(both.index[-1])
    if first == last:
        return ""
    ends = measured.table.loc[[first, last]]
    words = {
        name: signed(float(ends[column].iloc[1] / ends[column].iloc[0] - 1), sprak)
        for name, column in (
            ("own", "own"),
            ("similar", "similar_mean"),
            ("nation", "nation"),
        )
    }
    texts = {
        True: _(
            "From {first} to {last}: {name} {own}, similar municipalities on average "
            "{similar}, the nation {nation} (households per inhabitant)."
        ),
        False: _(
            "From {first} to {last}: {name} {own}, similar municipalities on average "
            "{similar}, the nation {nation} (current prices)."
        ),
    }
    text = texts[measured.measure == "households"]
    return text.format(first=first, last=last, name=found.name, **words)


def alike(measured: Measured, sprak: str = "sv") -> str:
    """Say how the similar were chosen, in one plain sentence."""
    _ = translator(sprak)
    if not measured.neighbours:
        return _(
            "Too few others have published figures of the same years for similar "
            "municipalities to be chosen."
        )
    texts = {
        (True, True): _(
            "Similar are the {k}, of {n} municipalities with figures of the same "
            "years, that are nearest in residents, population growth and households "
            "per inhabitant in {first}–{last}; those years chose them and are not "
            "compared."
        ),
        (True, False): _(
            "Similar are the {k}, of {n} municipalities with figures of the same "
            "years, that are nearest in residents, population growth and cost in "
            "{first}–{last}; those years chose them and are not compared."
        ),
        (False, True): _(
            "Similar are the {k}, of {n} municipalities with figures of the same "
            "years, that are nearest in residents and population growth; households "
            "did not choose them, or a high number would never show."
        ),
        (False, False): _(
            "Similar are the {k}, of {n} municipalities with figures of the same "
            "years, that are nearest in residents and population growth; cost did not "
            "choose them, or a high cost would never show. Size says little of cost."
        ),
    }
    first, last = (*measured.start[:1], *measured.start[-1:]) or ("", "")
    return texts[bool(measured.start), measured.measure == "households"].format(
        k=len(measured.neighbours), n=measured.candidates, first=first, last=last
    )


def far(measured: Measured, sprak: str = "sv") -> str:
    """Warn where most of the similar are far away."""
    _ = translator(sprak)
    away = [neighbour.distance > FAR for neighbour in measured.neighbours]
    if sum(away) <= len(away) / 2:
        return ""
    return _(
        "{n} of the {k} similar differ by more than a standard deviation: they are the "
        "nearest there are figures of, but hardly alike."
    ).format(n=sum(away), k=len(away))


def signed(share: float, sprak: str = "sv") -> str:
    r"""Write a change with its sign; nought without.

    >>> signed(0.051, "en"), signed(-0.001, "en")
    ('+5\xa0%', '0\xa0%')
    """
    text = percent(share, 0, sprak)
    return f"+{text}" if round(100 * share) > 0 else text


def comparison_json(found: Comparison, sprak: str = "sv") -> dict[str, Any]:
    """Tell a comparison as plain values; what is not published is null."""
    parts = {"paid": found.paid, "households": found.households}
    return {
        "status": found.status,
        "code": found.code,
        "municipality": found.name,
        "county": found.county,
        "simulated": found.simulated,
        **{name: part and measured_json(part, sprak) for name, part in parts.items()},
        "sentences": sentences(found, sprak),
    }


def _last(measured: Measured) -> "tuple[pd.Series[Any], int]":
    """Last row of the municipality, with figures of the similar if any has them."""
    table = measured.table
    own = table[table["own"].notna()]
    row = next((part for part in (measured.both, own, table) if not part.empty), table)
    return row.iloc[-1], int(row.index[-1])
