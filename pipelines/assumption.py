"""One number that a result rests on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Assumption:
    """One number that the result rests on, and where it comes from.

    Attributes
    ----------
    name, value, source : str
        In the reader's language; `value` with its unit.
    """

    name: str
    value: str
    source: str
