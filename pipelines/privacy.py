"""Nobody can be found in what bemanna writes: pseudonyms, a guard, suppression."""

import hmac
import os
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra, minimum_spanning_tree

from ..models.domain import Array, BemannaError

Mask = NDArray[np.bool_]

#: Counts of 1 to this minus one are not published.
SMALLEST = 5
#: A pseudonym is only as secret as its key.
KEY_LENGTH = 16
KEY_VARIABLE, KEY_FILE_VARIABLE = "BEMANNA_NYCKEL", "BEMANNA_NYCKELFIL"
MASK = "******-****"

# YYMMDD or YYYYMMDD, sign of the century or a space, four digits. Days 61-91 are
# coordination numbers. A digit run inside a longer number or after a decimal sign is
# a figure; after a comma only in a Swedish table, where ; and not , parts the fields.
_NUMBER = re.compile(
    r"(?<!\d)(?<!\d\.)(?<![;\-\u2212]0,)"
    r"(?P<century>1[89]|20)?(?P<date>\d{2}(?:0[1-9]|1[0-2])"
    r"(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01]))"
    r"[ \u00a0]?(?P<sign>[-+\u2010-\u2015\u2212]?)[ \u00a0]?(?P<last>\d{4})(?!\d)"
)
# Hexadecimal hashes (MLflow run ids) are not people, whatever digits they hold.
_HASH = re.compile(r"(?<![0-9A-Za-z])(?=[0-9]*[a-f])[0-9a-f]{32,128}(?![0-9A-Za-z])")
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghjkmnpqrs")


class PrivacyError(BemannaError):
    """Something that identifies a person was about to be written or stored."""


def luhn(digits: str) -> bool:
    """Whether ten digits end in their own check digit.

    >>> luhn("1212121212"), luhn("1212121213")
    (True, False)
    """
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(digits)]
    return sum(d // 10 + d % 10 for d in doubled) % 10 == 0


def find_personnummer(text: str) -> list[str]:
    """Every personnummer or coordination number in a text, as written.

    Ten or twelve digits, with or without `-` or `+`, a real date and check digit.

    >>> find_personnummer("tolv: 19121212-1212, inte 19121212-1213")
    ['19121212-1212']
    """
    return [found.group() for found in _found(text)]


def _found(text: str) -> list[re.Match[str]]:
    hashes = [m.span() for m in _HASH.finditer(text)]
    return [
        match
        for match in _NUMBER.finditer(text)
        if luhn(match["date"] + match["last"])
        and not any(a <= match.start() < b for a, b in hashes)
    ]


def holds_personnummer(values: "pd.Series[str]") -> "pd.Series[bool]":
    """Mark the values that hold a personnummer; same index."""
    distinct = pd.Series(values.astype(str).unique(), dtype="str")
    # the expression alone is fast and rules out nearly every value
    likely = distinct[distinct.str.contains(r"\d{6}[^\d]{0,3}\d{4}", regex=True)]
    real = [text for text in likely if _found(text)]
    return values.astype(str).isin(real)


def mask(text: str) -> str:
    """Put asterisks in place of every personnummer.

    >>> mask("hushåll 191212121212")
    'hushåll ******-****'
    """
    for match in reversed(_found(text)):
        text = text[: match.start()] + MASK + text[match.end() :]
    return text


def guard(text: str, where: str = "") -> str:
    """Give the text back if nobody can be found in it.

    Raises
    ------
    PrivacyError
        If it holds a personnummer; the error never repeats the number.
    """
    found = _found(text)
    if found:
        lines = sorted({text.count("\n", 0, m.start()) + 1 for m in found})
        raise PrivacyError(
            f"personnummer in {where or 'a text'}, line {lines[0]} "
            f"({len(found)} in all): nothing was written"
        )
    return text


def read_key(
    forbidden: Sequence[Path] = (), environ: Mapping[str, str] | None = None
) -> bytes | None:
    """Key for pseudonyms, from BEMANNA_NYCKEL or the file BEMANNA_NYCKELFIL names.

    Parameters
    ----------
    forbidden : sequence of Path
        Folders that must not hold the key: the figures' and the results'.
    environ : mapping, optional
        Default the process's environment.

    Returns
    -------
    bytes or None
        None where no key is configured.

    Raises
    ------
    PrivacyError
        If the key is shorter than 16 characters or lies in a forbidden folder.
    """
    environ = os.environ if environ is None else environ
    key = environ.get(KEY_VARIABLE, "").strip()
    if not key and environ.get(KEY_FILE_VARIABLE, "").strip():
        path = Path(environ[KEY_FILE_VARIABLE].strip()).resolve()
        if any(path.is_relative_to(folder.resolve()) for folder in forbidden):
            raise PrivacyError("key_in_folder")
        try:
            key = path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise PrivacyError(f"{KEY_FILE_VARIABLE}: {error}") from error
    if not key:
        return None
    if len(key) < KEY_LENGTH:
        raise PrivacyError("key_too_short")
    return key.encode()


def pseudonymise(values: "pd.Series[str]", key: bytes) -> "pd.Series[str]":
    """Replace identities by keyed pseudonyms (HMAC-SHA256) of letters only.

    The same personnummer gives the same pseudonym however it is written; without the
    key nobody can test a guess. Letters, so that a pseudonym is never taken for a
    number, least of all a personnummer.

    Parameters
    ----------
    values : Series of str
    key : bytes
        At least 16; see `read_key`.

    Raises
    ------
    PrivacyError
        If the key is too short.
    """
    if len(key) < KEY_LENGTH:
        raise PrivacyError("key_too_short")
    texts = values.astype(str).str.strip()
    names = {
        text: hmac.digest(key, _one_form(text).encode(), "sha256")
        .hex()[:24]
        .translate(_LETTERS)
        for text in texts.unique()
    }
    return texts.map(names)


def _one_form(text: str) -> str:
    """Write a personnummer with twelve digits; leave other names as they are."""
    match = _NUMBER.fullmatch(text)
    if match is None or not luhn(match["date"] + match["last"]):
        return text
    century = match["century"]
    if century is None:
        this_year = date.today().year
        year = this_year // 100 * 100 + int(match["date"][:2])
        year -= 100 if year > this_year else 0
        year -= 100 if match["sign"] == "+" else 0
        century = str(year // 100)
    return century + match["date"] + match["last"]


def suppress(
    frame: pd.DataFrame, columns: Sequence[str], below: int = SMALLEST
) -> pd.DataFrame:
    """Blank small counts, and enough others that totals do not give them away.

    Counts of 1 to `below - 1` are blanked. Row and column totals are taken to be
    published: while some blanked count follows from them and from the counts that are
    left, the smallest counts that hide it are blanked too (secondary suppression).

    Parameters
    ----------
    frame : DataFrame
        Without total rows or columns.
    columns : sequence of str
        Columns of counts.
    below : int

    Returns
    -------
    DataFrame
        A copy; blanked counts are NaN.

    Notes
    -----
    Exact for counts with row and column totals: a blanked count is determined when it
    lies on no cycle of blanked counts (Gusfield 1988, "A graph theoretic approach to
    statistical data security"). A line of one count is its own total: publish no total
    beside it.
    """
    counts = frame[list(columns)].to_numpy(float)
    hidden = (counts > 0) & (counts < below)
    # a zero hides least and what is unknown nothing, so they come last
    price = np.where(counts > 0, counts, np.inf)
    price[counts == 0] = 1 + np.max(counts, initial=0, where=counts > 0)
    while (exposed := _exposed(hidden)).any():
        more = hidden.copy()
        for row, column in np.argwhere(exposed):
            if _closed(more, price, row, column):
                continue
            line = np.full(hidden.shape, np.inf)
            line[row, :] = price[row, :]
            line[:, column] = price[:, column]
            line[hidden] = np.inf
            if not np.isfinite(line).any():  # the whole line is blank already
                line = np.where(hidden, np.inf, price)
            if np.isfinite(line).any():
                more.flat[line.argmin()] = True
        if (more == hidden).all():
            break  # everything is blank: only the totals are left
        hidden = more
    result = frame.copy()
    result[list(columns)] = np.where(hidden, np.nan, counts)
    return result


def _closed(hidden: Mask, price: Array, row: int, column: int) -> bool:
    """Blank the cheapest cycle through a blanked count, in place; False without one.

    Counts on it could all be a little more or less, by turns, with the same totals.
    """
    height, width = hidden.shape
    cost = np.where(hidden, 1e-9, price)  # what is blank already costs nothing more
    cost[row, column] = np.inf
    graph = np.zeros((height + width, height + width))
    graph[:height, height:] = np.where(np.isfinite(cost), cost, 0)
    net = csr_array(graph)
    before = dijkstra(net, directed=False, indices=row, return_predecessors=True)[1]
    node, path = height + column, []
    while node != row:
        if before[node] < 0:
            return False
        path.append(sorted((node, before[node])))
        node = before[node]
    for first, second in path:
        hidden[first, second - height] = True
    return True


def _exposed(hidden: Mask) -> Mask:
    """Mark blanked counts that row and column totals determine.

    Rows and columns are the nodes of a graph, blanked counts its edges: the counts can
    vary along its cycles only, so an edge on no cycle (a bridge) is determined.
    """
    height, width = hidden.shape
    if height == 1 or width == 1:
        return hidden.copy() if hidden.sum() == 1 < hidden.size else hidden & False
    exposed: Mask = np.zeros_like(hidden)
    graph = np.zeros((height + width, height + width), dtype=np.int8)
    graph[:height, height:] = hidden
    # a bridge is in every spanning forest, so only its edges need to be tried
    forest = minimum_spanning_tree(csr_array(graph)).tocoo()
    parts = connected_components(csr_array(graph), directed=False)[0]
    for row, node in zip(forest.row, forest.col, strict=True):
        without = graph.copy()
        without[row, node] = 0
        parted = connected_components(csr_array(without), directed=False)[0]
        exposed[row, node - height] = parted > parts
    return exposed
