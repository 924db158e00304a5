"""`underlag.xlsx`: the run as a workbook whose yellow cells can be changed.

Every formula is written with its value, so that it also reads in programs that do not
calculate; in those that do, a sheet of control compares both with the program.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from .drawing import COLOURS
from .language import LOCALES
from .layout import Desk
from .proposal import Proposal
from .surface import Surface
from .workbookcheck import Asked, write_check
from .workbookcosts import Costs
from .workbookforecast import write_forecast
from .workbookgrid import Sensitivity
from .workbookinputs import write_inputs, write_verdict
from .workbooknodes import shown, write_nodes
from .workbookpages import FIRST, Book, Sheet
from .workbookplan import write_plan, write_proposal
from .workbookreadme import write_assumptions, write_readme
from .workbooksteps import Steps
from .workbookunits import Lines, Units

WORKBOOK = "underlag.xlsx"
_BLUE, _GREY, _RED = COLOURS["plan"], COLOURS["today"], COLOURS["short"]


def write_workbook(folder: Path, proposal: Proposal) -> Path:
    """Write the workbook of a run, whole or not at all.

    Raises
    ------
    PrivacyError
        If any text would hold a personnummer; nothing is written then.
    """
    return workbook(proposal).save(folder / WORKBOOK)


def workbook(
    proposal: Proposal, start: Mapping[str, float | str] = MappingProxyType({})
) -> Book:
    """Make the workbook of a run.

    Parameters
    ----------
    start : mapping of str to float or str
        What stands in yellow cells instead of what the run used: `unit, handlers,
        effect` (share), `benefit` (factor), `robot, cost`.
    """
    desk, say = proposal.desk, proposal.desk.say
    book = Book(desk)
    surfaces = shown(desk, proposal.surfaces)
    about = _about(desk)
    names = _names(desk, plan=desk.found is not None, answers=bool(surfaces))
    colours = {"inputs": "#FFD966", "check": _RED, "steps": _GREY, "nodes": _GREY}
    sheets = {
        key: book.sheet(name, about, colours.get(key, _BLUE), tall=key == "readme")
        for key, (name, _what) in names.items()
    }
    others = [names[key] for key in sheets if key != "readme"]
    write_readme(sheets["readme"], desk, others)
    checked = write_forecast(sheets["forecast"], desk)
    asked = None
    if desk.found is not None:
        checked += write_plan(sheets["plan"], desk)
        row = FIRST
        if surfaces:
            asked, row = _answers(sheets, desk, surfaces, start)
            sheets["costs"].breaks.append(row)
        checked += write_proposal(sheets["costs"], desk, desk.found, row)
    if not surfaces:
        write_assumptions(sheets["inputs"], desk)
    rest = [sheet for key, sheet in sheets.items() if key != "check"]
    status = write_check(sheets["check"], desk, rest, checked, asked)
    for sheet in sheets.values():
        sheet.status(status)
    _properties(book, say("Basis for decision"))
    return book


def _answers(
    sheets: dict[str, Sheet],
    desk: Desk,
    surfaces: Sequence[Surface],
    start: Mapping[str, float | str],
) -> tuple[Asked, int]:
    """Write everything that follows the yellow cells; gives the next row of costs."""
    nodes = write_nodes(sheets["nodes"], desk, surfaces)
    lines = Lines(sheets["steps"])
    units = Units(lines, desk, nodes)
    inputs = write_inputs(sheets["inputs"], desk, nodes, units, start)
    steps = Steps(lines, desk, units)
    yours, own = steps.answer([inputs.yours, inputs.own], inputs.own)
    row = write_verdict(sheets["inputs"], desk, units, yours)
    write_assumptions(sheets["inputs"], desk, row)
    tables = Sensitivity(sheets["grid"], desk, nodes, steps, inputs, yours)
    costs = Costs(sheets["costs"], desk, units, inputs, yours)
    costs.write(tables.breakeven)
    return Asked(nodes, units, inputs, own), costs.row


def _names(desk: Desk, *, plan: bool, answers: bool) -> dict[str, tuple[str, str]]:
    """Name the sheets, and say what each holds, in their order."""
    say = desk.say
    names = {
        "readme": (say("Read me"), ""),
        "inputs": (
            say("Assumptions"),
            say("the yellow cells, and what the run rests on")
            if answers
            else say("what the run rests on"),
        ),
        "forecast": (
            say("Forecast"),
            say("households and payments month by month, as today, with 80% interval"),
        ),
        "plan": (
            say("Plan by month"),
            say("the plan month by month beside today's staffing"),
        ),
        "costs": (say("Calculation"), say("benefit and staff per calendar year")),
        "grid": (
            say("Sensitivity"),
            say("what is saved at other numbers of handlers and other effects"),
        ),
        "check": (say("Control"), say("the workbook's sums beside the program's")),
        "steps": (say("Steps"), say("how the answer is drawn from the solved points")),
        "nodes": (say("Nodes"), say("every point that the program has solved")),
    }
    left_out = set() if plan else {"plan", "costs"}
    left_out |= set() if answers else {"grid", "steps", "nodes"}
    return {key: name for key, name in names.items() if key not in left_out}


def _about(desk: Desk) -> str:
    """Say whose figures these are, on every sheet."""
    outcome = desk.outcome
    name = outcome.case.settings.municipality.name
    if not outcome.case.simulated:
        return name
    label = desk.say("Simulated register: nobody's real figures.")
    return f"{name}. {label}"


def _properties(book: Book, title: str) -> None:
    """Set what file managers and screen readers show; made when the run was."""
    outcome, info = book.desk.outcome, book.desk.outcome.info
    name = outcome.case.settings.municipality.name
    language = LOCALES[book.desk.sprak]
    book.properties(
        {
            "title": f"{title}, {name}",
            "subject": book.desk.say("Staffing plan for {name}", name=name),
            "author": f"bemanna {info.version}",
            "comments": info.command,
            "created": info.started.to_pydatetime(),
        },
        {"Language": language, "Run": info.run_id},
    )
