"""The exit model as MLflow serves it: this file is the model's code.

MLflow copies it beside the stored model (a model from code, nothing pickled) and runs
it alone on loading, outside the package: so it imports `bemanna` as a user does.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from bemanna.models.kept_exits import KeptExits


class ServedExits(PythonModel):
    """Probability of leaving assistance, by destination, within some months."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the stored model."""
        text = Path(context.artifacts["exits"]).read_text("utf-8")
        self.exits = KeptExits.from_json(json.loads(text))

    def predict(
        self,
        context: PythonModelContext,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Predict each row.

        Parameters
        ----------
        model_input : DataFrame
            `elapsed` (whole months on assistance so far), the segment, and either
            every covariate of a household or none: then it is the segment's mean.
        params : dict, optional
            `months`: within how many months; 12 where left out.

        Returns
        -------
        DataFrame
            One column per destination and `any`; probabilities.
        """
        months = int((params or {}).get("months", 12))
        if months < 1:
            raise ValueError(f"months must be at least 1, got {months}")
        elapsed = model_input["elapsed"].to_numpy(int)
        left = self.exits.cumulative_incidence(model_input, months, elapsed)[:, -1]
        names = list(self.exits.destinations)
        told = pd.DataFrame(left, index=model_input.index, columns=names)
        return told.assign(any=left.sum(1))


set_model(ServedExits())
