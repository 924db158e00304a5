"""Regions by code however they are written; figures of several sources as one."""

import pandas as pd
from shared import shared_data

from bemanna.pipelines import fetching, kolada, official, scb, socialstyrelsen
from bemanna.pipelines.faults import Report
from bemanna.pipelines.fetchtexts import FETCH
from bemanna.pipelines.language import catalogue
from bemanna.pipelines.official import (
    merge_years,
)
from bemanna.pipelines.regions import municipality_names, region_codes


def test_what_one_source_lacks_another_gives() -> None:
    one = pd.DataFrame(
        {
            "code": ["0180", "0114"],
            "year": [2024, 2024],
            "households": [100.0, 7.0],
            "paid_sek": [float("nan"), 9.0],
            "source": "A.",
        }
    )
    other = one.assign(
        code=["0180", "1480"], households=float("nan"), paid_sek=[5.0, 6.0], source="B."
    )
    merged = merge_years(one, other)
    assert merged.fillna(-1).to_numpy().tolist() == [
        ["0114", 2024, 7, 9, "A."],
        ["0180", 2024, 100, 5, "A. B."],
        ["1480", 2024, -1, 6, "B."],
    ]
    kept = merge_years(other, one).set_index("code")["paid_sek"]
    assert kept.to_dict() == {"0114": 9, "0180": 5, "1480": 6}
    assert merge_years(one.iloc[:0]).empty


def test_every_municipality_is_known_by_name_and_code() -> None:
    names = municipality_names()
    assert len(names) == 290
    texts = [
        text
        for code, name in names.items()
        for text in (code, name, f"{code} {name}", f"{name} kommun", f"{name}s kommun")
    ]
    report = Report("sv")
    codes = region_codes(pd.Series(texts), names, "", report)
    assert not report.found
    assert codes.tolist() == [code for code in names for _ in range(5)]


def test_names_are_those_of_the_catalogue() -> None:
    known = pd.read_csv(shared_data("kolada_municipalities.csv"), dtype=str)
    known = known[known["type"] == "K"]
    assert municipality_names() == dict(zip(known["id"], known["name"], strict=True))


def test_every_text_has_swedish_words_for_the_same_places() -> None:
    texts = [text for rule in FETCH.values() for text in (rule.message, rule.remedy)]
    for room in (fetching, kolada, official, scb, socialstyrelsen):
        for name, value in vars(room).items():
            if name.isupper() and isinstance(value, str) and " " in value:
                texts.append(value)
    texts += official.LEFT_OUT.values()
    assert len(texts) > 45
    for text in texts:
        swedish = catalogue()[text]
        fields = [
            {part.split("}")[0] for part in t.split("{")[1:]} for t in (text, swedish)
        ]
        assert fields[0] == fields[1], text
