"""The sheet of costs: what the yellow cells come to, year by year, beside today."""

from collections.abc import Callable, Mapping, Sequence

from .findings import NOUGHT_SEK
from .layout import Desk
from .wording import Scale, halving, year_name
from .workbookcells import Block, Live, block_of, when
from .workbookcharts import Series, columns
from .workbookinputs import Inputs, command, kind
from .workbooklooks import CHART_ROWS
from .workbooknodes import thousands
from .workbookpages import FIRST, Sheet
from .workbooksteps import Answer
from .workbookunits import Units

#: Instead of a number that the limits forbid.
NONE = "–"
#: Lines of one way of staffing: kind of number, and look.
_LINES = {
    "case_months": ("tenths", ""),
    "per_case": ("exact", ""),
    "benefit": ("thousands", "sum"),
    "handler_months": ("tenths", ""),
    "cost": ("whole", ""),
    "wages": ("thousands", ""),
    "other": ("thousands", ""),
    "staff": ("thousands", "sum"),
    "cash": ("thousands", "sum"),
}
_NO_SUM = ("per_case", "cost")
Put = Callable[[str, Live], Live]


def cost_lines(
    answer: Answer,
    own_cost: Live,
    year: int,
    prefix: str = "",
    put: Put = lambda key, cell: cell,
) -> dict[str, Live]:
    """Build the lines of one way of staffing in a calendar year, by key.

    Benefit is case-months times benefit per case-month; staff is handler-months times
    their cost, and what else of staff there is at the run's own cost.

    Parameters
    ----------
    prefix : {"", "today_"}
    put : callable
        Given each line by its key as it is made; returns what later lines read.
    """
    nodes = {
        name: answer.values[f"{prefix}{name}_{year}"]
        for name in ("benefit_sek", "staff_sek", "case_months", "handler_months")
    }
    made: dict[str, Live] = {}

    def take(key: str, cell: Live) -> Live:
        made[key] = put(key, cell)
        return made[key]

    open_cases, working = nodes["case_months"], nodes["handler_months"]
    per_case = when(open_cases > 0, nodes["benefit_sek"] / open_cases, 0.0)
    benefit = take(
        "benefit", take("case_months", open_cases) * take("per_case", per_case)
    )
    months, cost = (
        take("handler_months", working),
        take("cost", answer.question.cost),
    )
    wages = take("wages", months * cost)
    other = take("other", nodes["staff_sek"] - working * own_cost)
    staff = take("staff", wages + other)
    take("cash", benefit + staff)
    return made


def saved(answer: Answer, own_cost: Live, key: str) -> Live:
    """Give the simulated saving, or an end of it, at the cost that is asked about.

    Handler-months are the same in every simulated future, so that another cost moves
    the mean and both ends alike.
    """
    more = answer.values["more"] * (answer.question.cost - own_cost)
    return answer.values[key] - more


def judged(desk: Desk, low: Live, high: Live) -> Live:
    """Say whether a saving may be claimed, by its interval."""
    say = desk.say
    sure = say("a saving: the whole interval is above nought")
    dear = say("costs more: the whole interval is below nought")
    unsure = say("no saving is certain: the interval holds nought")
    return when(low > NOUGHT_SEK, sure, when(high < -NOUGHT_SEK, dear, unsure))


class Costs:
    """The sheet of the reader's question, written from the top down.

    Attributes
    ----------
    row : int
        The next free one.
    """

    def __init__(
        self, sheet: Sheet, desk: Desk, units: Units, inputs: Inputs, answer: Answer
    ) -> None:
        self.sheet, self.desk, self.units = sheet, desk, units
        self.nodes = units.nodes
        self.inputs, self.answer = inputs, answer
        self.row = FIRST

    def write(self, breakeven: Mapping[str, Live]) -> None:
        """Write the question, both ways of staffing, their difference and its worth.

        Parameters
        ----------
        breakeven : dict of str to Live
            At which effect both cost the same: `total`, `saved`.
        """
        say, years, sheet = self.desk.say, self.nodes.years, self.sheet
        self._question()
        months = self.nodes.surfaces[0].months
        named = [year_name(year, months, self.desk.sprak) for year in years]
        heads = [say("{unit} unless said", unit=thousands(self.desk)), *named]
        sheet.head(self.row, [*heads, say("Sum")])
        across = sheet.block(self.row, 1, named, across=True)
        self.row += 1
        today = self._side(say("Today's staffing, in the same world"), "today_")
        yours = self._side(say("Your question"), "")
        self._difference(today, yours)
        self._worth(breakeven)
        self._chart(across, today["cash"], yours["cash"])

    def _question(self) -> None:
        """Repeat what is asked, so that the sheet can be read alone."""
        say, used = self.desk.say, self.answer.question
        unit = self.inputs.unit
        for label, cell, form in (
            (say("Unit"), unit, "text"),
            (say("Handlers"), used.handlers, "exact"),
            (say("Effect of half the caseload"), used.effect, "share"),
            (say("Benefit factor"), used.benefit, "share"),
            (say("Robot"), used.robot, "text"),
            (say("Kind of answer"), kind(self.desk, self.answer), ""),
            (
                say("The same from the program"),
                command(self.units, self.answer),
                "",
            ),
        ):
            self.sheet.text(self.row, 0, label)
            self.sheet.live(self.row, 1, cell, form, "left", fit=False)
            self.row += 1
        self.row += 1

    def _side(self, title: str, prefix: str) -> dict[str, list[Live]]:
        """Write one way of staffing; its cells by key, years and then the sum."""
        names, years = self._names(), self.nodes.years
        self.sheet.text(self.row, 0, title, "bold")
        at = {key: self.row + 1 + k for k, key in enumerate(_LINES)}
        made: dict[str, list[Live]] = {key: [] for key in _LINES}
        for column, year in enumerate(years, 1):

            def put(key: str, cell: Live, column: int = column) -> Live:
                shown = when(self.answer.allowed, cell, NONE)
                written = self.sheet.live(at[key], column, shown, *_LINES[key])
                made[key].append(written)
                return written

            cost_lines(self.answer, self.inputs.own.cost, year, prefix, put)
        for key, (form, look) in _LINES.items():
            self.sheet.text(at[key], 0, names[key], look)
            if key not in _NO_SUM:
                total = when(self.answer.allowed, block_of(made[key]).total(), NONE)
                made[key].append(
                    self.sheet.live(at[key], len(years) + 1, total, form, look)
                )
        self.row += len(_LINES) + 2
        return made

    def _names(self) -> dict[str, str]:
        say, coin = self.desk.say, Scale.of([1.0], self.desk.sprak, self.desk.currency)
        return {
            "case_months": say("Case-months, number"),
            "per_case": say("Benefit per case-month, {unit}", unit=coin.unit),
            "benefit": say("Benefit: the two multiplied"),
            "handler_months": say("Handler-months, number"),
            "cost": say("Cost per handler-month, {unit}", unit=coin.unit),
            "wages": say("Handlers: the two multiplied"),
            "other": say("Other staff: hires, bought time, robot"),
            "staff": say("Staff, all"),
            "cash": say("Cash: benefit and staff"),
        }

    def _difference(
        self, today: Mapping[str, Sequence[Live]], yours: Mapping[str, Sequence[Live]]
    ) -> None:
        say = self.desk.say
        title = say("Today's minus yours: plus is saved")
        self.sheet.breaks.append(self.row)
        self.sheet.text(self.row, 0, title, "bold")
        names = {"benefit": say("Benefit"), "staff": say("Staff, all")}
        names["cash"] = say("Cash: benefit and staff")
        for key, name in names.items():
            self.row += 1
            look = "sum" if key == "cash" else ""
            self.sheet.text(self.row, 0, name, look)
            for column, (a, b) in enumerate(
                zip(today[key], yours[key], strict=True), 1
            ):
                cell = when(self.answer.allowed, a - b, NONE)
                self.sheet.live(self.row, column, cell, "thousands", look)
        text = say(
            "Expected values. The interval of the sum stands below; a single year has "
            "none here."
        )
        self.sheet.text(self.row + 1, 0, text, "note")
        self.row += 3

    def _worth(self, breakeven: Mapping[str, Live]) -> None:
        say, values = self.desk.say, self.answer.values
        own, unit = self.inputs.own.cost, thousands(self.desk)
        self.sheet.text(self.row, 0, say("What it is worth against today"), "part")
        mean, low, high = (saved(self.answer, own, k) for k in ("saved", "low", "high"))
        worth = values["today_total"] - values["total"]
        for label, cell, form in (
            (
                say("Saved in cash, simulated mean, {unit}", unit=unit),
                mean,
                "thousands",
            ),
            (say("80% interval, lower end, {unit}", unit=unit), low, "thousands"),
            (say("80% interval, upper end, {unit}", unit=unit), high, "thousands"),
            (say("Judgement"), judged(self.desk, low, high), ""),
            (say("Saved with the value after, {unit}", unit=unit), worth, "thousands"),
            (say("Cases per handler, last year"), values["caseload"], "tenths"),
            (say("In cash it breaks even at the effect"), breakeven["saved"], "share"),
            (say("With the value after, at the effect"), breakeven["total"], "share"),
        ):
            self.row += 1
            self.sheet.text(self.row, 0, label)
            shown = when(self.answer.allowed, cell, NONE)
            # left, for words instead of a number run over the cells to the right
            self.sheet.live(self.row, 1, shown, form, "left", fit=False)
        effect = halving(self.desk.outcome.effect, self.desk.sprak)
        for text in (
            say("The effect that the run counts with: {effect}.", effect=effect),
            say(
                "The value after the months is discounted, at the run's own cost per "
                "handler-month, and has no interval here. It is no money in any "
                "year's budget."
            ),
            say(
                "An effect other than the run's own is taken as certain in the "
                "interval."
            ),
        ):
            self.row += 1
            self.sheet.text(self.row, 0, text, "note")
        self.row += 2

    def _chart(
        self, heads: Block, today: Sequence[Live], yours: Sequence[Live]
    ) -> None:
        """Draw cash per calendar year, today's beside the question's."""
        say, count = self.desk.say, len(self.nodes.years)
        unit = thousands(self.desk)
        title = say("Cash per calendar year, {unit}", unit=unit)
        series = [
            Series(name, block_of(cells[:count]), role)
            for name, cells, role in (
                (say("as today"), today, "today"),
                (say("Your question"), yours, "plan"),
            )
        ]
        chart = columns(self.sheet.book, title, heads, series, "thousands")
        text = say(
            "Columns: cash per calendar year with today's staffing and with the "
            "question of the yellow cells. The numbers stand in the table above."
        )
        self.sheet.chart(self.row, chart, f"{title}. {text}")
        self.row += CHART_ROWS
