"""Figures fetched by address: politely, kept with the day they were fetched.

A page that has been fetched is kept in a folder as it came, and beside it the address,
the time and a checksum. The small file beside it is written last and moved into place
by one rename, so that a copy is there whole or not at all; a download that was cut off
goes on from the pages that are kept. Without a network the copy answers, and says when
it was fetched.
"""

import hashlib
import http.client
import json
import mimetypes
import os
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

from .faults import Report
from .language import translator
from .reading import reason
from .writing import clean_leftovers

#: Answers that may be another if one waits: too slow, too many, out of order.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
#: Why there is no answer, where the system does not say.
OFFLINE, UNSOUND = "no network is to be used", "another page than the one asked for"


@dataclass(frozen=True)
class Manners:
    """How an address is asked.

    Attributes
    ----------
    pause : float
        Seconds before every question; 0.2 is the five a second that Kolada bears. SCB
        bears ten in ten seconds.
    tries : int
        Times one page is asked for before giving up.
    timeout, longest_wait : float
        Seconds to wait for an answer; and at most, when told to come back later.
    fresh : timedelta
        A kept copy younger than this answers without a question.
    offline : bool
        Ask nobody: kept copies answer, however old.
    """

    pause: float = 0.2
    tries: int = 4
    timeout: float = 30.0
    longest_wait: float = 120.0
    fresh: timedelta = timedelta(days=1)
    offline: bool = False


#: As Kolada bears it.
POLITE = Manners()


@dataclass(frozen=True)
class Fetched:
    """An answer, as it came.

    Attributes
    ----------
    url : str
    body : bytes
    when : datetime
        When it was fetched (UTC).
    stale : bool
        Whether it is an older copy, since nobody answered.
    """

    url: str
    body: bytes
    when: datetime
    stale: bool = False


class _NoAnswer(Exception):
    """Nobody answered, or asked one to come back later, every time."""


class _Refusal(Exception):
    """The answer is no, and would be no again."""


def fetch(
    url: str,
    cache: Path,
    *,
    manners: Manners = POLITE,
    sound: Callable[[bytes], bool] = bool,
    sprak: str = "sv",
) -> Fetched:
    """Fetch a page, or take the kept copy where it is fresh or nobody answers.

    Parameters
    ----------
    url : str
        http or https.
    cache : Path
        Folder for copies; made if it is missing.
    manners : Manners
    sound : callable
        Whether a body can be what was asked for. A network that wants a login answers
        anything with a page of its own; that is no answer, and is not kept.
    sprak : {"sv", "en"}

    Raises
    ------
    InputError
        If the address is none, is refused, or does not answer and no copy is kept; or
        if the folder cannot be written.
    """
    report, _ = Report(sprak), translator(sprak)
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_web = False
    if not is_web or url.split() != [url]:
        report.add("fetch_address", value=url, address=url)
        report.stop_if_faulty()
    kept = _kept(url, cache)
    if kept is not None:
        age = datetime.now(UTC) - kept.when
        if timedelta(0) <= age < manners.fresh:
            return kept
        if manners.offline:
            return replace(kept, stale=True)
    try:
        if manners.offline:
            raise _NoAnswer(_(OFFLINE))
        body, kind = _ask(url, manners)
        if not sound(body):
            raise _NoAnswer(_(UNSOUND))
    except _Refusal as error:
        report.add("fetch_refused", value=url, address=url, reason=error)
    except _NoAnswer as error:
        if kept is not None:
            return replace(kept, stale=True)
        report.add("fetch_unreachable", value=url, address=url, reason=error)
    report.stop_if_faulty()
    fetched = Fetched(url, body, datetime.now(UTC))
    try:
        _keep(fetched, kind, cache)
    except OSError as error:
        report.add("cannot_write", file=str(cache), reason=reason(error, sprak))
    report.stop_if_faulty()
    return fetched


def _ask(url: str, manners: Manners) -> tuple[bytes, str]:
    """Body and media type of a page, asked for until it comes."""
    request = urllib.request.Request(
        url, headers={"User-Agent": f"bemanna/{version('bemanna')}"}
    )
    wait, why = manners.pause, ""
    for attempt in range(manners.tries):
        time.sleep(wait)
        wait = manners.pause * 2.0 ** (attempt + 1)
        try:
            with urllib.request.urlopen(request, timeout=manners.timeout) as answer:
                # fewer bytes than promised raise IncompleteRead: a lost connection
                return answer.read(), answer.headers.get_content_type()
        except HTTPError as error:
            why = f"HTTP {error.code} {error.reason}".strip()
            told = _seconds(error.headers.get("Retry-After"))
            error.close()
            if error.code not in PASSING:
                raise _Refusal(why) from error
            wait = wait if told is None else max(told, manners.pause)
            if wait > manners.longest_wait:
                break
        except (OSError, http.client.HTTPException) as error:
            why = str(getattr(error, "reason", "") or error) or type(error).__name__
    raise _NoAnswer(why)


def _seconds(retry_after: str | None) -> float | None:
    """Seconds that a server asks one to wait: a number, or the time to come back."""
    told = (retry_after or "").strip()
    if told.isdigit():
        return float(told)
    try:
        then = parsedate_to_datetime(told)
    except ValueError:
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max((then - datetime.now(UTC)).total_seconds(), 0.0)


def _stem(url: str) -> str:
    """Name of a page's files: whose it is, and which."""
    mark = hashlib.sha256(url.encode()).hexdigest()[:16]
    host = str(urlsplit(url).hostname).replace(":", "_")
    return f"{host}-{mark}"


def _kept(url: str, cache: Path) -> Fetched | None:
    """Give the copy of a page; None where there is none, or it is damaged."""
    try:
        note = json.loads((cache / f"{_stem(url)}.meta").read_text("utf-8"))
        body = (cache / note["body"]).read_bytes()
        when = datetime.fromisoformat(note["fetched"])
        whole = hashlib.sha256(body).hexdigest() == note["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Fetched(url, body, when) if whole and note.get("url") == url else None


def _keep(fetched: Fetched, kind: str, cache: Path) -> None:
    """Write the copy, and then, by one rename, the note that makes it count."""
    cache.mkdir(parents=True, exist_ok=True)
    clean_leftovers(cache)
    stem, digest = _stem(fetched.url), hashlib.sha256(fetched.body).hexdigest()
    suffix = mimetypes.guess_extension(kind) or ".bin"
    # named by its content: the old copy stands until the note points to the new one
    body = f"{stem}-{digest[:12]}{suffix}"
    note = {
        "url": fetched.url,
        "fetched": fetched.when.isoformat(timespec="seconds"),
        "body": body,
        "sha256": digest,
    }
    _write(cache / body, fetched.body)
    _write(cache / f"{stem}.meta", json.dumps(note, indent=1).encode())
    for old in cache.glob(f"{stem}-*"):
        if old.name != body:
            old.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".{path.name}.part-{os.getpid()}")
    with part.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, path)
