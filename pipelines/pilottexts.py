"""The words of the rules that pilot.toml must keep."""

from .filetexts import RuleText

PILOT = {
    "pilot_missing": RuleText(
        "pilot.toml is missing.",
        "`bemanna new DIR` writes an example; `bemanna appraise` without a folder"
        " appraises HASKY.",
    ),
    "pilot_caseload": RuleText(
        "{column} is {value}, which is not fewer than before.",
        "Cases per handler must be fewer during the pilot. Correct one of the two, or"
        " leave out both.",
    ),
    "pilot_caseload_needed": RuleText(
        '{column} is missing, and kind = "{value}" needs it.',
        "Give cases per handler before and during the pilot, or remove"
        " [counterfactual].",
    ),
    "pilot_profile": RuleText(
        "{column} must have one number for each month of the pilot, not all 0.",
        "Write as many numbers as months says, or remove it and the exits are spread"
        " evenly.",
    ),
    "pilot_cost_order": RuleText(
        "The cost of a handler must rise from low to middle to high.",
        "Correct the three amounts; write the same amount where there is no range.",
    ),
    "pilot_handler_cost": RuleText(
        "{column} is {value}, which cannot be right.",
        "Allowed: 200000 to 3000000 SEK. Write kronor, not tkr, and for a whole year.",
    ),
    "pilot_share_half": RuleText(
        "A stated share needs extra_share, extra_share_low, extra_share_high and source"
        " together.",
        "Give all four: a share without its interval is not used. Or remove"
        " [counterfactual] to see the gross alone.",
    ),
    "pilot_share_order": RuleText(
        "extra_share must lie between extra_share_low and extra_share_high.",
        "Correct the three shares under [counterfactual].",
    ),
    "pilot_share_unused": RuleText(
        'A share is given, but kind is not "share", so it would not be used.',
        'Write kind = "share", or remove the shares.',
    ),
    "pilot_not_estimated": RuleText(
        "The folder's own figures do not tell what the pilot did.",
        "Name the pilot under [effort.pilot] in kommun.toml and give spells.csv with at"
        ' least 2 other units; or choose kind = "evidence".',
    ),
}
