"""Limits that cannot hold together, in a planner's words."""

from collections.abc import Sequence

from .language import translator


def in_words(
    conflict: Sequence[str],
    years: Sequence[str],
    sprak: str = "sv",
    *,
    asked: bool = False,
) -> str:
    """Name the limits behind the rows that clash, each once.

    Parameters
    ----------
    conflict : sequence of str
        Rows and bounds as the program names them, e.g. ``budget[0]``.
    years : sequence of str
        Calendar year of each staff budget.
    asked : bool
        Whether it is a question that cannot be met, not the plan itself.
    """
    _ = translator(sprak)
    text = named_limits(conflict, years, sprak) or _("the limits in kommun.toml")
    if asked:
        return _(
            "No plan does that. These cannot hold together with the cases that come: "
            "{limits}. Ask for less, or loosen one of them."
        ).format(limits=text)
    return _(
        "No plan satisfies every limit. These cannot hold together with the cases "
        "that come: {limits}. Loosen one of them in kommun.toml."
    ).format(limits=text)


def named_limits(
    conflict: Sequence[str], years: Sequence[str], sprak: str = "sv"
) -> str:
    """Name the limits alone, each once, as a list; "" where none has a name."""
    _ = translator(sprak)
    known = {
        "hire_max": _("the most hires per month, or the lead time of hiring"),
        "release_max": _("the most posts that can be ended per month"),
        "fair": _("the least time that every group gets"),
        "client_time": _("the least direct time with clients"),
        "equity_floor": _("the handlers that every municipality keeps"),
        "overtime_max": _("the most bought time"),
        "fixed_hires": _("the hires that were asked for"),
        "intake_extra": _("the time kept for deciding applications within a day"),
        "intake_time": _("the time that applications take"),
    }
    named = []
    for key in conflict:
        kind, _bracket, rest = key.partition("[")
        if kind == "budget":
            year = years[int(rest.rstrip("]").split(",")[-1])]
            named.append(_("the staff budget of {year}").format(year=year))
        elif kind in known:
            named.append(known[kind])
    return ", ".join(dict.fromkeys(named))
