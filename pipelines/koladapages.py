"""Answers of Kolada's API, page by page: saved as files or fetched by address.

Version 2 tells the next page as `next_page`, version 3 as `next_url`; a page has at
most 5,000 rows.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from .faults import Report
from .fetching import Manners, fetch
from .official import Body

API = "https://api.kolada.se/v3"
#: Most identities in one part of an address, and most rows of a page (version 3).
PER_PART, PER_PAGE = 25, 5000


class Page(NamedTuple):
    """One answer of the API: where it is from, and what it says."""

    name: str
    data: dict[str, Any]

    @property
    def next(self) -> str:
        """Address of the page after it; empty if it is the last."""
        return str(self.data.get("next_url") or self.data.get("next_page") or "")

    @property
    def before(self) -> str:
        """Address of the page before it; empty if it is the first."""
        data = self.data
        return str(data.get("previous_url") or data.get("previous_page") or "")


def addresses(
    kpis: Sequence[str],
    years: Sequence[int],
    codes: Sequence[str] = (),
    base: str = API,
) -> list[str]:
    """Give the addresses that ask for figures, at most 25 identities in each part.

    Parameters
    ----------
    kpis : sequence of str
    years : sequence of int
    codes : sequence of str
        Municipalities; empty = all.
    base : str
        The API and its version.

    >>> addresses(["N31910"], [2023, 2024])
    ['https://api.kolada.se/v3/data/kpi/N31910/year/2023,2024?per_page=5000']
    """
    if not kpis or not years:
        raise ValueError("kpis and years must not be empty")
    asked = [
        [f"{name}/{','.join(map(str, part))}" for part in parts(values)]
        for name, values in (("kpi", kpis), ("municipality", codes), ("year", years))
        if values
    ]
    end = f"?per_page={PER_PAGE}"
    return [f"{base}/data/{'/'.join(one)}{end}" for one in product(*asked)]


def parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Split identities in parts that one address may have."""
    return (values[i : i + PER_PART] for i in range(0, len(values), PER_PART))


def items(
    page: Page, fields: tuple[str, ...], report: Report
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every item of a page that has its fields, with its place in the file."""
    # a question for one key figure is answered by itself, without a list
    values = page.data.get("values", [page.data] if "id" in page.data else None)
    if not isinstance(values, list):
        misshapen(report, page.name, "values", values, "[…]")
        return
    for i, item in enumerate(values):
        place = f"values[{i}]"
        lacks = [f for f in fields if not isinstance(item, dict) or f not in item]
        if lacks:
            needed = "{" + ", ".join(fields) + "}"
            misshapen(report, page.name, place, item, needed)
        else:
            yield place, item


def misshapen(report: Report, file: str, place: str, value: Any, allowed: str) -> None:
    """Add the fault of a part of an answer that is not what it should be."""
    shown = json.dumps(value, ensure_ascii=False)
    report.add("official_shape", file=file, column=place, value=shown, allowed=allowed)


def saved_pages(bodies: Sequence[Body], report: Report) -> list[Page]:
    """Give every file's answer; files that are none are faults in `report`."""
    pages = [_page(body.name, body.data, report) for body in bodies]
    return [page for page in pages if page is not None]


def _page(name: str, body: bytes, report: Report) -> Page | None:
    """Parse one answer; None, with a fault, where it is none."""
    try:
        data = json.loads(body.decode("utf-8-sig"))
    except ValueError as error:
        report.add("official_json", file=name, reason=error)
        return None
    if not isinstance(data, dict):
        misshapen(report, name, "$", data, '{"values": […]}')
        return None
    return Page(name, data)


def fetched_pages(
    urls: list[str], cache: Path, manners: Manners, report: Report
) -> tuple[list[Page], date | None, bool]:
    """Every page of every address, the oldest day of them, and whether any is stale."""
    pages: list[Page] = []
    days: list[date] = []
    stale = False
    for url in urls:
        seen: set[str] = set()
        at = url
        while at:
            if at in seen or urlsplit(at).hostname != urlsplit(url).hostname:
                report.add("fetch_elsewhere", value=at, address=at)
                break
            seen.add(at)
            got = fetch(
                at, cache, manners=manners, sound=_is_answer, sprak=report.sprak
            )
            days.append(got.when.date())
            if got.stale:  # nobody answers: do not wait for that page by page
                stale, manners = True, replace(manners, offline=True)
            page = _page(at, got.body, report)
            pages += [page] if page else []
            at = urljoin(at, page.next) if page and page.next else ""
    return pages, min(days, default=None), stale


def _is_answer(body: bytes) -> bool:
    """Whether a body is JSON; what it holds is looked at later."""
    try:
        json.loads(body.decode("utf-8-sig"))
    except ValueError:
        return False
    return True


def refuse_gaps(pages: list[Page], report: Report) -> None:
    """Refuse saved pages that go on where no file does: half a table looks whole."""
    here = {_number(page.next, -1) for page in pages if page.next}
    here |= {_number(page.before, +1) for page in pages if page.before}
    goes_on = [p for p in pages if p.next and _number(p.next, 0) not in here]
    # a last page may tell neither neighbour, and so not which it is
    unnumbered = sum(not (page.next or page.before) for page in pages)
    for page in goes_on[unnumbered:]:
        report.add("official_pages", file=page.name, value=page.next, address=page.next)


def _number(address: str, step: int) -> tuple[str, int]:
    """Question and number of the page `step` from an address."""
    parts = urlsplit(address)
    found = re.search(r"(?:^|&)page=(\d+)", parts.query)
    rest = re.sub(r"(?:^|&)page=\d+", "", parts.query)
    return f"{parts.path}?{rest}", (int(found[1]) if found else 1) + step
