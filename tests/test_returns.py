"""Return shares: a known truth, and censoring that must not bias them."""

import numpy as np
import pandas as pd

from bemanna.models.returns import expected_returns, return_shares

LAST = pd.Timestamp("2024-12-01")


def spells_with_returns(share: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Simulate exits over five years and their returns, cut at the register's end."""
    n = 20_000
    end = pd.Timestamp("2020-01-01").to_period("M") + rng.integers(0, 60, n)
    chances = np.append(share, 1 - share.sum())
    lag = rng.choice(np.arange(1, len(share) + 2), n, p=chances)
    end = pd.PeriodIndex(end, freq="M")
    back = end + lag
    seen = (lag <= len(share)) & (back <= LAST.to_period("M"))
    first = pd.DataFrame({"household": np.arange(n), "start": end - 3, "end": end})
    second = pd.DataFrame(
        {"household": np.arange(n)[seen], "start": back[seen], "end": pd.NaT}
    )
    both = pd.concat([first, second.astype({"end": "period[M]"})])
    both["start"] = both["start"].dt.to_timestamp()
    both["end"] = both["end"].dt.to_timestamp()
    return both.assign(unit="u", segment="s")


def test_recovers_known_shares_although_the_register_ends() -> None:
    share = np.array([0.0, 0.10, 0.06, 0.04, 0.03, 0.02])
    spells = spells_with_returns(share, np.random.default_rng(1))
    found = return_shares(spells, ("s",), LAST, lags=6)
    np.testing.assert_allclose(found[0], share, atol=4 * np.sqrt(0.1 / 20_000))


def test_a_segment_without_exits_returns_nobody() -> None:
    spells = pd.DataFrame(
        {
            "household": ["a"],
            "unit": "u",
            "segment": "s",
            "start": [pd.Timestamp("2024-01-01")],
            "end": pd.to_datetime([None]),
        }
    )
    assert return_shares(spells, ("s", "other"), LAST, 3).sum() == 0


def test_expected_returns_are_exits_carried_to_their_lags() -> None:
    rng = np.random.default_rng(2)
    exits, share = rng.uniform(0, 9, (2, 7)), rng.uniform(0, 0.1, (2, 4))
    for first, horizon in ((0, 7), (-7, 6), (-3, 2), (0, 1)):
        wanted = np.zeros((2, horizon))
        for n in range(7):
            for lag in range(1, 5):
                if 0 <= (month := first + n + lag) < horizon:
                    wanted[:, month] += share[:, lag - 1] * exits[:, n]
        found = expected_returns(exits, share, horizon, first)
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
    none = expected_returns(exits, np.zeros((2, 0)), 3)
    assert none.tolist() == [[0, 0, 0]] * 2
