"""What is left after the last month: the value of open cases and of handlers.

Without it a plan of 36 months stops hiring half-way, because nobody in the program
pays for the cases that stay open after it.
"""

import numpy as np

from ..models.domain import Array
from .problem import Unit
from .rows import YEAR, ramp_loss


def long_run_capacity_price(unit: Unit) -> float:
    """Price of an effective handler-month that is hired for, not bought.

    Returns
    -------
    float
        SEK: ``(c_H + tau c_h) / ((1 - absence) (1 - tau sum_k (1-rho_k) (1-tau)^k))``,
        at most the price of bought capacity. The cost of keeping one handler employed
        for good, who each month is replaced with probability tau.

    Examples
    --------
    A handler of 60 000 SEK a month, a fifth absent, nobody leaving: 75 000.
    """
    return min(_hired_price(unit), unit.cost_overtime)


def _hired_price(unit: Unit) -> float:
    present = 1 - float(unit.absence[-YEAR:].mean())
    kept = 1 - unit.turnover * float(ramp_loss(unit).sum())
    return (unit.cost_handler + unit.turnover * unit.cost_hire) / (present * kept)


def handler_value(unit: Unit) -> float:
    """Value a handler still employed after the last month, SEK.

    Never more than getting another one: the cost of a hire and what is lost while it
    learns, at the long-run price. Where bought capacity is cheaper than hired, nobody
    would be replaced, and a handler is worth what it saves of bought capacity until
    it leaves, at least nothing.
    """
    price = long_run_capacity_price(unit)
    present = 1 - float(unit.absence[-YEAR:].mean())
    replaced = unit.cost_hire + price * present * float(ramp_loss(unit).sum())
    if price == _hired_price(unit):
        return replaced
    saves = max(0.0, price * present - unit.cost_handler)
    lost = 1 - unit.discount * (1 - unit.turnover)
    return min(replaced, saves / lost) if lost > 0 else (replaced if saves else 0.0)


def terminal_value(unit: Unit) -> Array:
    """Cost of a case from now on, for ever, at the long-run price of capacity.

    The stationary dynamic program (Howard's policy iteration, each policy valued by
    one linear solve), with ageing and re-entry:

        V_d = min_l  b + price (w / K_l + u_renew)
              + delta (1-p) ((1-a_d) V_d + a_d V_{d+1})
              + p sum_k delta^k r_k (V_0 + price u_new)

    Fields that vary by month enter with the mean of their last twelve months.

    Returns
    -------
    array (S, D)
        SEK per case served in the month.

    Raises
    ------
    ValueError
        The value is infinite: no discounting, and cases that never leave for good.
    """
    price = long_run_capacity_price(unit)
    n_segments, n_buckets, _, _ = unit.shape
    weight = unit.weight[:, -YEAR:].mean(1)
    p = unit.exit_probability[:, :, -YEAR:].mean(2)  # (S, D, L)
    month = (
        unit.benefit[:, -YEAR:].mean(1)[:, None]
        + price * (weight[:, None] / unit.caseloads + unit.renewal_effort)
    )[:, None, :]  # (S, 1, L)
    lags = np.arange(1, unit.reentry.shape[1] + 1)
    back = np.broadcast_to((unit.reentry * unit.discount**lags).sum(1), (n_segments,))[
        :, None, None
    ]  # discounted returns per exit
    cost = month + p * back * price * unit.intake_effort
    # where a case goes, by level: (S, D, L, D)
    goes = np.zeros((*p.shape, n_buckets))
    stays = unit.discount * (1 - p)
    bucket = np.arange(n_buckets)
    ageing = unit.ageing[:, :, None]
    goes[:, bucket, :, bucket] += np.moveaxis(stays * (1 - ageing), 1, 0)
    older = np.moveaxis(stays * ageing, 1, 0)[:-1]
    goes[:, bucket[:-1], :, bucket[1:]] += older
    goes[..., 0] += p * back

    identity = np.eye(n_buckets)
    policy = cost.argmin(2)
    while True:
        chosen = policy[..., None]
        moves = np.take_along_axis(goes, chosen[..., None], axis=2)[:, :, 0]
        if np.abs(np.linalg.eigvals(moves)).max() >= 1 - 1e-12:
            raise ValueError("the value of an open case is infinite without discount")
        paid = np.take_along_axis(cost, chosen, axis=2)
        value: Array = np.linalg.solve(identity - moves, paid)[..., 0]
        by_level = cost + np.einsum("sdle,se->sdl", goes, value)
        best = by_level.argmin(2)
        # a tie, or a gain of rounding size, is no improvement
        now = np.take_along_axis(by_level, chosen, axis=2)[..., 0]
        better = by_level.min(2) < now - 1e-12 * np.abs(now)
        if not better.any():
            return value
        policy = np.where(better, best, policy)
