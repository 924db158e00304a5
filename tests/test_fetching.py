"""Pages come politely, are kept whole, and answer when nobody else does."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from websites import Site

from bemanna.models.domain import InputError
from bemanna.pipelines.fetching import Manners, fetch

QUICK = Manners(pause=0.0, timeout=5.0, fresh=timedelta(0))


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Site]]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ExitStack() as stack:
        yield lambda *answers: stack.enter_context(Site(*answers))


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    return waits


def test_a_page_is_fetched_and_kept(site: Callable[..., Site], tmp_path: Path) -> None:
    one = site((200, {"Content-Type": "application/json"}, b'{"a": 1}'))
    before = datetime.now(UTC)
    got = fetch(one.url, tmp_path / "new", manners=QUICK)
    assert got.body == b'{"a": 1}'
    assert not got.stale
    assert before <= got.when <= datetime.now(UTC)
    assert one.agents[0].startswith("bemanna/")
    kept = [path for path in (tmp_path / "new").iterdir() if path.suffix == ".json"]
    assert [path.read_bytes() for path in kept] == [b'{"a": 1}']


def test_a_fresh_copy_answers_without_a_question(
    site: Callable[..., Site], tmp_path: Path
) -> None:
    one = site((200, {}, b"one"), (200, {}, b"two"))
    fetch(one.url, tmp_path)
    assert fetch(one.url, tmp_path).body == b"one"
    assert one.asked == 1
    assert fetch(one.url, tmp_path, manners=QUICK).body == b"two"
    # the older body is gone, the newer one is kept
    assert fetch(one.url, tmp_path).body == b"two"
    assert len(list(tmp_path.glob("127*"))) == 2


def test_without_an_answer_the_copy_answers_and_tells_its_age(
    site: Callable[..., Site], tmp_path: Path
) -> None:
    one = site((200, {}, b"kept"))
    first = fetch(one.url, tmp_path, manners=QUICK)
    one.close()
    again = fetch(one.url, tmp_path, manners=QUICK)
    assert (again.body, again.stale) == (b"kept", True)
    assert abs(again.when - first.when) < timedelta(seconds=1)


@pytest.mark.parametrize("sprak", ["sv", "en"])
def test_without_answer_and_copy_there_is_one_fault(
    site: Callable[..., Site], tmp_path: Path, sprak: str
) -> None:
    one = site((200, {}, b""))
    one.close()
    with pytest.raises(InputError) as error:
        fetch(one.url, tmp_path, manners=QUICK, sprak=sprak)
    (fault,) = error.value.faults
    assert (fault.rule, fault.value) == ("fetch_unreachable", one.url)
    assert ("kunde inte hämtas" in fault.message) == (sprak == "sv")


def test_offline_asks_nobody(site: Callable[..., Site], tmp_path: Path) -> None:
    one = site((200, {}, b"kept"))
    fetch(one.url, tmp_path, manners=QUICK)
    still = Manners(fresh=timedelta(0), offline=True)
    assert fetch(one.url, tmp_path, manners=still).stale
    with pytest.raises(InputError):
        fetch(one.url + "/other", tmp_path, manners=still)
    assert one.asked == 1


@pytest.mark.parametrize("told", ["7", "date"])
def test_told_to_wait_it_waits_and_comes_back(
    site: Callable[..., Site], tmp_path: Path, slept: list[float], told: str
) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=7.9), usegmt=True)
    header = {"Retry-After": later if told == "date" else told}
    one = site((429, header, b""), (200, {}, b"at last"))
    assert fetch(one.url, tmp_path, manners=Manners()).body == b"at last"
    assert slept[0] == Manners().pause
    assert slept[1] == 7 if told == "7" else 5.5 < slept[1] <= 7.9


def test_it_does_not_wait_for_ever(
    site: Callable[..., Site], tmp_path: Path, slept: list[float]
) -> None:
    one = site((429, {"Retry-After": "86400"}, b""))
    with pytest.raises(InputError, match="429"):
        fetch(one.url, tmp_path)
    assert (one.asked, max(slept)) == (1, Manners().pause)


def test_failures_that_pass_are_tried_again_with_longer_pauses(
    site: Callable[..., Site], tmp_path: Path, slept: list[float]
) -> None:
    # a connection that is cut in the middle of the body, and a server in trouble
    cut = (200, {"Content-Length": "100"}, b"half of")
    one = site(cut, (503, {}, b""), (200, {}, b"whole"))
    assert fetch(one.url, tmp_path, manners=Manners()).body == b"whole"
    assert slept == sorted(slept)
    assert len(slept) == 3


def test_a_connection_that_is_always_lost_ends_in_a_fault(
    site: Callable[..., Site], tmp_path: Path
) -> None:
    one = site((200, {"Content-Length": "100"}, b"half of"))
    with pytest.raises(InputError):
        fetch(one.url, tmp_path, manners=QUICK)
    assert one.asked == QUICK.tries
    assert not list(tmp_path.iterdir())


def test_a_refusal_is_not_asked_again(
    site: Callable[..., Site], tmp_path: Path
) -> None:
    one = site((200, {}, b"once"), (404, {}, b"gone"))
    fetch(one.url, tmp_path, manners=QUICK)
    # not even the copy: what was withdrawn is no longer the publisher's figure
    with pytest.raises(InputError, match="404") as error:
        fetch(one.url, tmp_path, manners=QUICK)
    assert error.value.faults[0].rule == "fetch_refused"
    assert one.asked == 2


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/hostname",
        "ftp://a/b",
        "kolada",
        "http://",
        "http://a/b c",
        "http://[",
    ],
)
def test_only_web_addresses_are_asked(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        fetch(url, tmp_path)
    assert error.value.faults[0].rule == "fetch_address"


def test_a_page_of_another_kind_is_no_answer(
    site: Callable[..., Site], tmp_path: Path
) -> None:
    # a network that wants a login answers everything with a page of its own
    one = site((200, {}, b"{}"), (200, {}, b"<html>Log in</html>"))

    def sound(body: bytes) -> bool:
        return not body.startswith(b"<")

    fetch(one.url, tmp_path, manners=QUICK, sound=sound)
    again = fetch(one.url, tmp_path, manners=QUICK, sound=sound)
    assert (again.body, again.stale) == (b"{}", True)
    with pytest.raises(InputError) as error:
        fetch(one.url, tmp_path / "empty", manners=QUICK, sound=sound)
    assert error.value.faults[0].rule == "fetch_unreachable"


def test_a_damaged_copy_is_fetched_again(
    site: Callable[..., Site], tmp_path: Path
) -> None:
    one = site((200, {}, b"sound"))
    fetch(one.url, tmp_path)
    for path in tmp_path.glob("*.txt"):
        path.write_bytes(b"sou")
    assert fetch(one.url, tmp_path).body == b"sound"
    assert one.asked == 2
    for path in tmp_path.glob("*.meta"):
        path.write_text("{")
    assert fetch(one.url, tmp_path).body == b"sound"
    assert one.asked == 3


def test_what_a_killed_run_left_is_removed(
    site: Callable[..., Site], tmp_path: Path
) -> None:
    (tmp_path / ".page.meta.part-99999999").write_bytes(b"ha")
    one = site((200, {}, b"x"))
    fetch(one.url, tmp_path)
    assert not list(tmp_path.glob(".*"))


def test_a_folder_that_cannot_be_written_is_told(
    site: Callable[..., Site], tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file")
    one = site((200, {}, b"x"))
    with pytest.raises(InputError) as error:
        fetch(one.url, tmp_path / "taken", manners=QUICK)
    assert error.value.faults[0].rule == "cannot_write"
