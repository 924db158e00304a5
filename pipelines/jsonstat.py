"""JSON-stat 2, as statistics databases answer: a cube of values and its dimensions.

https://json-stat.org/full/: values lie in the order of the dimensions, the last one
fastest; a category's index is a list of codes, or gives each code its position; values
are a list, or, where most are missing, given by position.
"""

import math
from collections.abc import Iterator
from itertools import product

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Part(BaseModel):
    """A part of an answer; what is not used of it may be anything."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Category(_Part):
    """Codes of a dimension and what they stand for."""

    index: dict[str, int] | tuple[str, ...] = ()
    label: dict[str, str] = Field(default_factory=dict)

    @property
    def labels(self) -> dict[str, str]:
        """Label by code, in order; a code without a label stands for itself."""
        codes = self.index or tuple(self.label)
        if isinstance(codes, dict):
            codes = tuple(sorted(codes, key=codes.__getitem__))
        return {code: self.label.get(code, code) for code in codes}


class Dimension(_Part):
    """One dimension; its label is for people."""

    label: str | None = None
    category: Category


class Role(_Part):
    """Which dimensions are time, place and measure."""

    time: tuple[str, ...] = ()
    geo: tuple[str, ...] = ()
    metric: tuple[str, ...] = ()


class _Px(_Part):
    tableid: str | None = None


class _Extension(_Part):
    px: _Px | None = None


class Cube(_Part):
    """An answer.

    Attributes
    ----------
    id, size : tuple
        Dimensions in order, and how many categories each has.
    dimension : dict of str to Dimension
    value : tuple or dict
        See the module.
    role : Role or None
    label, source : str or None
        Title of the table, and whose statistics they are.
    """

    id: tuple[str, ...]
    size: tuple[int, ...]
    dimension: dict[str, Dimension]
    value: tuple[float | None, ...] | dict[int, float | None]
    role: Role | None = None
    label: str | None = None
    source: str | None = None
    extension: _Extension | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Cube":
        if not {*self.id} <= {*self.dimension} or len({*self.id}) < len(self.id):
            raise ValueError(f"dimensions {', '.join(self.id)}")
        sizes = tuple(len(self.labels(name)) for name in self.id)
        cells = math.prod(sizes)
        if sizes != self.size:
            raise ValueError(f"size {self.size}, categories {sizes}")
        if isinstance(self.value, dict):
            if not all(0 <= at < cells for at in self.value):
                raise ValueError(f"a value is beyond {cells} cells")
        elif len(self.value) != cells:
            raise ValueError(f"{len(self.value)} values, {cells} cells")
        return self

    def labels(self, name: str) -> dict[str, str]:
        """Label by code of a dimension, in order."""
        return self.dimension[name].category.labels

    @property
    def title(self) -> str:
        """Identity and title of the table; empty where it has neither."""
        px = self.extension.px if self.extension else None
        return f"{(px and px.tableid) or ''} {self.label or ''}".strip()

    def cells(self) -> Iterator[tuple[str, ...]]:
        """Codes of every cell, one from each dimension."""
        return product(*(self.labels(name) for name in self.id))

    def values(self) -> list[float]:
        """Every value, in the order of `cells`; NaN where there is none."""
        given = self.value
        if isinstance(given, dict):
            cells = math.prod(self.size)
            given = tuple(given.get(at) for at in range(cells))
        return [math.nan if value is None else value for value in given]
