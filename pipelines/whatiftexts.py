"""The words of what can be wrong with a what-if question."""

from .filetexts import RuleText

WHATIF = {
    "whatif_unknown": RuleText(
        "{value} is nothing that can be changed.",
        "Change one or more of these: {known}.{nearest}",
    ),
    "whatif_unreadable": RuleText(
        "{value} cannot be read.",
        "Write for example {example}.",
    ),
    "whatif_twice": RuleText(
        "It is said twice: {value}.",
        "Say it once. What is asked outside --what-if is part of every question.",
    ),
    "whatif_money": RuleText(
        "{value} has no unit and can be read in two ways.",
        "Add kr, tkr or mnkr, for example 12,5 mnkr.",
    ),
    "whatif_range": RuleText(
        "{value} is outside what is believed, {low} to {high}.",
        "Correct the figure.",
    ),
    "whatif_month": RuleText(
        "{value} is not in the plan, which runs from {first} to {last}.",
        "Choose a month of the plan, or set horizon_months in kommun.toml.",
    ),
    "whatif_year": RuleText(
        "{value} is not a year of the plan: {known}.",
        "Choose a year of the plan, or leave the year out for all of them.",
    ),
    "whatif_alone": RuleText(
        "A month is given, but not what is to change from it.",
        "Write for example handlers=+3 from=2027-03.",
    ),
    "whatif_triage": RuleText(
        "No labour-market staff are described: what they cost and how many they are.",
        "Write [levers.triage] in kommun.toml.",
    ),
    "whatif_robot": RuleText(
        "No robot is described: what it costs and what it frees.",
        'Give all three: --robot "fixed=2mnkr running=20tkr freed=10%", or write'
        " [levers.robot] in kommun.toml.",
    ),
    "whatif_which_unit": RuleText(
        "{value}: the plan has several units, and handlers and budgets belong to one of"
        " them.",
        "Say which with --unit: {known}.",
    ),
    "whatif_no_unit": RuleText(
        "{value} has no plan.",
        "Choose among {known}.{nearest}",
    ),
    "whatif_cap": RuleText(
        "{value} cases per handler is heavier than any caseload in the plan of {unit},"
        " {most}, so it changes nothing.",
        "Ask about a lower cap.",
    ),
    "whatif_no_plan": RuleText(
        "The register does not tell enough for a staffing plan.",
        "`bemanna run DIR` says what is missing, and makes the forecast.",
    ),
}
