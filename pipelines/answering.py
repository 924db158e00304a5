"""How a command answers: faults in words, results as JSON, and the exit code.

Heavy imports happen inside, so that `bemanna --help` answers at once. Exit codes: 0
fine, 1 our fault, 2 the user's input, 3 no plan satisfies the limits.
"""

import json
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from ..models.domain import Fault

OUR_FAULT, USERS_INPUT, INFEASIBLE = 1, 2, 3
OWN_FAULT = (
    "This is a fault in bemanna, not in your figures, which are unchanged. Send the"
    " lines above to whoever maintains it."
)


@contextmanager
def answering(sprak: str, as_json: bool = False) -> Iterator[None]:
    """Turn what went wrong into words and an exit code; no traceback for a user."""
    from ..models.domain import InfeasibleError, InputError
    from .privacy import PrivacyError

    if sprak not in ("sv", "en"):
        typer.echo(f"--sprak: sv | en, inte {sprak!r}", err=True)
        raise typer.Exit(USERS_INPUT)
    try:
        yield
    except InputError as error:
        tell_faults(error.faults, "input", sprak, as_json)
        raise typer.Exit(USERS_INPUT) from None
    except InfeasibleError as error:
        if as_json:
            conflict = list(error.conflict)
            print_json({"status": "infeasible", "conflict": conflict})
        typer.echo(str(error), err=True)
        raise typer.Exit(INFEASIBLE) from None
    except PrivacyError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(OUR_FAULT) from None
    except (typer.Exit, typer.Abort):
        raise
    except OSError as error:
        if error.errno is None:
            _our_fault(sprak)
        _tell_unwritable(error, sprak, as_json)
    except Exception:
        _our_fault(sprak)


def _tell_unwritable(error: OSError, sprak: str, as_json: bool) -> NoReturn:
    """Say that the system refused to write, and why."""
    from .faults import Report
    from .reading import reason

    report = Report(sprak)
    file = str(error.filename or "")
    report.add("cannot_write", file=file, reason=reason(error, sprak))
    tell_faults(report.found, "input", sprak, as_json)
    raise typer.Exit(USERS_INPUT) from None


def _our_fault(sprak: str) -> NoReturn:
    """Own up to a fault of ours; the traceback may quote figures, so it is masked."""
    from .language import translator
    from .privacy import mask

    typer.echo(mask(traceback.format_exc()), err=True)
    _ = translator(sprak)
    typer.echo(_(OWN_FAULT), err=True)
    raise typer.Exit(OUR_FAULT) from None


def tell_faults(
    faults: "Sequence[Fault]", status: str, sprak: str, as_json: bool
) -> None:
    """Show what is wrong with the input, or that nothing is."""
    from .faults import faults_json, print_faults

    if as_json:
        print_json({"status": status, "faults": faults_json(faults)})
    else:
        print_faults(faults, sprak)


def print_json(answer: Any) -> None:
    """Print one JSON value, alone on stdout."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=1))
