"""What a fit costs: CPU seconds of one thread, and the memory that it adds.

The package and its peers are measured by this one function.
"""

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple


class Cost(NamedTuple):
    """CPU seconds, and MB by which the peak of memory rose."""

    seconds: float
    mb: float


def measured(
    fit: Callable[[], Any],
    read: Callable[[Any], Any],
    warm_up: Callable[[], Any] | None = None,
) -> tuple[Any, Cost]:
    """Fit in a child process, where no earlier peak hides what is added.

    Parameters
    ----------
    fit : callable
        Its cost is measured.
    read : callable
        Turns what was fitted into what is wanted; not measured.
    warm_up : callable, optional
        Loads and compiles what the first call of a library does; it may fail.

    Raises
    ------
    RuntimeError
        The child failed; its own message is given.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def child() -> None:
        try:
            with suppress(Exception):
                if warm_up is not None:
                    warm_up()
            peak, start = _peak(), time.process_time()
            fitted = fit()
            cost = Cost(time.process_time() - start, _peak() - peak)
            sender.send((read(fitted), cost, None))
        except Exception as error:
            sender.send((None, None, f"{type(error).__name__}: {error}"))

    process = context.Process(target=child)
    process.start()
    sender.close()
    try:
        result, cost, fault = receiver.recv()
    except EOFError:
        result, cost, fault = None, None, "the process ended without a word"
    process.join()
    if fault is not None:
        raise RuntimeError(fault)
    return result, cost


def _peak() -> float:
    """Highest memory of this process so far, MB."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 2**20 if sys.platform == "darwin" else size / 2**10
