"""The words of what can be wrong when a run's model is to be adopted."""

from .filetexts import RuleText

ADOPTION = {
    "adopt_no_store": RuleText(
        "There are no runs in {value}.",
        "Name the folder of a run or of the municipality, or give the folder of results"
        " with --out.",
    ),
    "adopt_store": RuleText(
        "MLflow at {value} cannot be read: {reason}.",
        "See that the server is running and that MLFLOW_TRACKING_URI is right.",
    ),
    "adopt_unknown_run": RuleText(
        "There is no run {value}.",
        "`bemanna adopt` without a run lists those that have a model.{nearest}",
    ),
    "adopt_no_model": RuleText(
        "The run {value} has no exit model: the register had too few spells to compare"
        " models, or MLflow could not be reached.",
        "Run again, or choose another run; `bemanna adopt` lists those with a model.",
    ),
    "adopt_several": RuleText(
        "Several runs are called {value}.",
        "Give MLflow's id of the run: {known}.",
    ),
    "adopt_lost": RuleText(
        "{value} did not win its run's test: {told}.",
        'Choose the winner, or give your reason with --anyway "...": it is stored.',
    ),
    "adopt_worse": RuleText(
        "{value} predicted the same figures worse than the adopted model: {told}.",
        'Keep the adopted one, or give your reason with --anyway "...": it is stored.',
    ),
    "adopt_reason": RuleText(
        "--anyway has no reason.",
        'Write why the test is set aside: --anyway "...".',
    ),
}
