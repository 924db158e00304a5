"""riket.html: the national estimate on one page."""

from collections.abc import Mapping, Sequence

from ..models.domain import Interval
from . import nationwords as words
from .bridgetable import bridge_table, why_scalings_differ
from .cards import Card
from .drawing import Picture
from .language import money, number, translator
from .layout import Grid, Part
from .nationreport import NationReport
from .rendering import Document, FileLine, render
from .wording import amount, people, risk

PAGE = "riket.html"
#: What the files hold, by their stem.
CONTENTS = {
    "bridge": "The bridge from the published figure, step by step",
    "kommuner": "Every municipality: figures, what is estimated, and plans",
    "counties": "Where more handlers pay, by county",
    "frontier": "What a national budget saves",
    "tornado": "What the saving hangs on",
    "riket": "Everything on this page, for machines",
}


def nation_page(
    found: NationReport,
    drawn: Mapping[str, Picture],
    file_names: Sequence[str],
    sprak: str = "sv",
    mlflow_run: str | None = None,
    mlflow_command: str = "",
) -> str:
    """Render the page."""
    _ = translator(sprak)
    document = Document(
        title=_("The nation: what better staffing is worth"),
        kicker=_("Municipal social assistance, 290 municipalities"),
        headline=words.headline(found, sprak),
        lead=(words.cash(found, sprak), words.staff(found, sprak)),
        caveats=(
            words.estimated(found, sprak),
            _("All intervals hold 80 % of the possible futures."),
        ),
        cards=_cards(found, sprak),
        parts=_parts(found, drawn, sprak),
        files=_files(file_names, sprak),
        info=found.info,
        mlflow_run=mlflow_run,
        mlflow_command=mlflow_command,
    )
    return render(document, sprak)


def _cards(found: NationReport, sprak: str) -> list[Card]:
    _ = translator(sprak)
    end, table = found.bridge.end, found.nation.table
    around = end.interval or Interval(end.mean, end.mean, end.mean)
    ends = [amount(value, sprak) for value in (around.low, around.high)]
    now, then = table["handlers_today"].sum(), table["handlers_plan"].sum()
    return [
        Card(
            _("Worth a year"),
            amount(around.mean, sprak),
            _("80 %: {low} to {high}").format(low=ends[0], high=ends[1]),
        ),
        Card(
            _("More than published"),
            risk(found.bridge.probability_of_claim, sprak),
            _("chance of more than {claim} a year").format(
                claim=money(found.bridge.claim_sek, sprak)
            ),
        ),
        Card(
            _("Handlers"),
            f"{people(now, sprak)} → {people(then, sprak)}",
            _("today, assumed → the plans"),
        ),
        Card(
            _("One more krona"),
            number(float(found.budget.plan.gross[0]), 2, sprak),
            _("kronor saved, of staff budget in year 1"),
        ),
    ]


def _parts(found: NationReport, drawn: Mapping[str, Picture], sprak: str) -> list[Part]:
    _ = translator(sprak)
    info = found.info
    return [
        Part(
            "bridge",
            _("From 600 million to today"),
            texts=(why_scalings_differ(found.bridge, sprak),),
            pictures=(drawn["bridge"],),
            tables=(_bridge_grid(found, sprak),),
        ),
        Part(
            "doubt",
            _("How sure it is"),
            texts=(words.state(found, sprak),),
            pictures=(drawn["tornado"],),
            tables=(_years(found, sprak),),
        ),
        Part(
            "counties",
            _("Where handlers do most"),
            texts=(drawn["counties"].description,),
            pictures=(drawn["counties"],),
            tables=(_county_grid(found, sprak),),
        ),
        Part(
            "budget",
            _("One national budget"),
            texts=(drawn["frontier"].description,),
            items=tuple(words.krona(found, sprak)),
            pictures=(drawn["frontier"],),
            tables=(_next_grid(found, sprak),),
        ),
        Part(
            "assumptions",
            _("What it rests on"),
            items=tuple(words.rests_on(found.nation.assumed, sprak)),
            notes=found.sources,
        ),
        Part(
            "run",
            _("About the run"),
            texts=(
                _(
                    "Run {id}, bemanna {version}, seed {seed}, {seconds} seconds."
                ).format(
                    id=info.run_id,
                    version=info.version,
                    seed=info.seed,
                    seconds=number(info.seconds, 0, sprak),
                ),
            ),
        ),
    ]


def _bridge_grid(found: NationReport, sprak: str) -> Grid:
    _ = translator(sprak)
    table = bridge_table(found.bridge, sprak)
    rows = [
        (
            str(row["name"]),
            words.thousands(row["change_tkr"], sprak),
            words.thousands(row["total_tkr"], sprak),
            str(row["assumes"]),
            str(row["source"]),
        )
        for row in table.to_dict("records")
    ]
    bold = frozenset(i for i, kind in enumerate(table["kind"]) if kind == "total")
    head = (_("Step"), _("Changes"), _("Comes to"), _("Assumes"), _("Source"))
    return Grid(_("The bridge, a year"), head, tuple(rows), bold, words=True)


def _years(found: NationReport, sprak: str) -> Grid:
    _ = translator(sprak)
    nation = found.nation
    rows = []
    for year in range(nation.benefit_sek.shape[1]):
        parts = nation.benefit_sek[:, year], nation.staff_sek[:, year]
        both = Interval.of(parts[0] + parts[1])
        rows.append(
            (
                _("Year {n}").format(n=year + 1),
                *(amount(float(part.mean()), sprak) for part in parts),
                amount(both.mean, sprak),
                f"{amount(both.low, sprak)} – {amount(both.high, sprak)}",
            )
        )
    after = Interval.of(nation.after_sek)
    ends = f"{amount(after.low, sprak)} – {amount(after.high, sprak)}"
    rows.append((_("Value after the plan"), "", "", amount(after.mean, sprak), ends))
    head = (_("Saved"), _("assistance"), _("staff"), _("together"), "80 %")
    return Grid(_("Saved beside today's staffing"), head, tuple(rows))


def _county_grid(found: NationReport, sprak: str) -> Grid:
    _ = translator(sprak)
    counties = found.counties()
    rows = [
        (
            str(row["county"]),
            people(row["handlers_today"], sprak),
            people(row["handlers_plan"], sprak),
        )
        for row in counties.to_dict("records")
    ]
    head = (_("County"), _("today, assumed"), _("the plans"))
    return Grid(_("Handlers by county"), head, tuple(rows))


def _next_grid(found: NationReport, sprak: str) -> Grid:
    _ = translator(sprak)
    following = found.budget.next_handler
    names = found.table["municipality"].to_numpy(str)
    rows = [
        (
            f"{rank}. {names[k]}",
            amount(float(following.more[k]), sprak),
            amount(float(following.more[k] - following.price[k]), sprak),
        )
        for rank, k in enumerate(following.order[: words.SHOWN].tolist(), 1)
    ]
    head = (
        _("Municipality"),
        _("one more handler saves, a year"),
        _("beyond what it costs the nation"),
    )
    return Grid(_("Who should get the next handler"), head, tuple(rows))


def _files(names: Sequence[str], sprak: str) -> list[FileLine]:
    _ = translator(sprak)
    lines = []
    for stem, what in CONTENTS.items():
        of_stem = tuple(name for name in sorted(names) if name.split(".")[0] == stem)
        if of_stem:
            lines.append(FileLine(_(what), of_stem))
    return lines
