"""The plan and the answers for machines."""

from typing import Any

import numpy as np

from ..optimisation.course import Course
from .summary import plain_interval, plain_number, plain_numbers
from .whatif import Replies, Reply


def replies_json(found: Replies) -> dict[str, Any]:
    """Give plan and answers as plain values, SEK undeflated; unknown is null."""
    return {
        "status": "plan",
        "municipality": found.case.settings.municipality.name,
        "simulated": found.case.simulated,
        "currency": found.case.settings.economy.currency,
        "months": list(found.months.strftime("%Y-%m")),
        "plan": _reply(found, found.plan),
        "answers": [_reply(found, reply) for reply in found.answers],
        "left_out": list(found.left_out),
        "warnings": [f"{w.file}: {w.message}" for w in found.case.warnings],
    }


def _reply(found: Replies, reply: Reply) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "question": reply.text or None,
        "saving_to_today_sek": plain_interval(reply.against_today),
        "saving_to_plan_sek": plain_interval(reply.against_plan)
        if reply.text
        else None,
        "units": [],
    }
    for part in reply.parts:
        binds = [
            {
                "kind": bind.kind,
                "months": list(found.months[list(bind.months)].strftime("%Y-%m")),
                "worth_sek": plain_number(bind.worth_sek),
            }
            for bind in part.binds
        ]
        answer["units"].append(
            {
                "unit": part.unit.name,
                "answer": _course(part.course),
                "plan": _course(part.plan),
                "today": _course(part.today),
                "binds": binds,
                "certificate_gap": part.certificate.gap,
            }
        )
    return answer


def _course(course: Course) -> dict[str, Any]:
    by_year = course.cash_by_year()
    return {
        "handlers": plain_numbers(course.handlers),
        "hires": plain_numbers(course.hires),
        "releases": plain_numbers(course.releases),
        "shortage": plain_numbers(course.shortage),
        "cases_per_handler": plain_numbers(course.caseload),
        "cash_by_year": [
            {"year": int(year), **{k: plain_number(v) for k, v in row.items()}}
            for year, row in zip(by_year.index, by_year.to_dict("records"), strict=True)
        ],
        "cash_sek": plain_number(float(np.sum(course.cash_sek))),
        "total_sek": plain_number(course.total_sek),
    }
