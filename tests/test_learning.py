"""What is learnt from a case, and what is left out of it."""

import numpy as np
import pandas as pd

from bemanna.pipelines.learning import describing, exit_curve


def rows(n: int = 40) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "household": [f"H{i}" for i in range(n)],
            "segment": "vuxna",
            "unit": np.where(np.arange(n) % 2, "Norr", "Söder"),
            "month": pd.Timestamp("2024-01-01"),
            "caseload": 40.0,
            "spell_no": [str(i % 5) for i in range(n)],
            "age": [str(20 + i) for i in range(n)],
            "handler": [f"handläggare {i}" for i in range(n)],
            "hard": [str(i % 2) for i in range(n)],
            "same": "x",
        }
    )


def test_names_and_constants_describe_nobody() -> None:
    kept = describing(rows())
    assert list(kept.columns) == ["segment", "unit", "age", "hard"]


def test_a_number_written_as_text_is_a_number() -> None:
    assert pd.api.types.is_numeric_dtype(describing(rows())["age"])


def test_without_hazards_the_curve_is_an_empty_table() -> None:
    curve = exit_curve(None, {})  # type: ignore[arg-type]
    assert curve.empty
    assert list(curve.columns) == ["segment", "elapsed", "hazard", "lo-95", "hi-95"]
