"""The staffing program again, from the mathematics alone: slow, dense, by loops.

Shares no code with the package, and differs where it can: exits are spelled out
instead of being columns, and handlers are sums over hires instead of columns.
"""

from collections import defaultdict

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from bemanna.optimisation.problem import Automation, Problem, Unit

Row = dict[str, float]
#: Cost and its constant; staff cost by month and its constants.
UnitRows = tuple[Row, float, list[Row], list[float]]


class Naive:
    """Columns by name, rows as dictionaries."""

    def __init__(self) -> None:
        self.bounds: dict[str, tuple[float, float, bool]] = {}
        self.rows: list[tuple[Row, float, float]] = []

    def column(
        self, name: str, low: float = 0.0, high: float = np.inf, whole: bool = False
    ) -> str:
        """Write a column and return its name."""
        self.bounds[name] = (low, high, whole)
        return name

    def row(self, terms: Row, low: float, high: float) -> None:
        """Write a row."""
        self.rows.append((dict(terms), low, high))

    def solve(self, cost: Row) -> float | None:
        """Return the least cost, or None without a plan."""
        names = list(self.bounds)
        at = {name: i for i, name in enumerate(names)}
        matrix = np.zeros((len(self.rows), len(names)))
        for i, (terms, _, _) in enumerate(self.rows):
            for name, value in terms.items():
                matrix[i, at[name]] += value
        objective = np.zeros(len(names))
        for name, value in cost.items():
            objective[at[name]] += value
        low, high, whole = map(np.array, zip(*self.bounds.values(), strict=True))
        # scipy's branch and bound loses plans where a whole column ends in a fraction
        high = np.where(whole, np.floor(high), high)
        answer = milp(
            objective,
            integrality=whole.astype(int),
            bounds=Bounds(low, high),
            constraints=LinearConstraint(
                matrix,
                [low for _, low, _ in self.rows],
                [high for _, _, high in self.rows],
            ),
            options={"mip_rel_gap": 0.0},
        )
        return float(answer.fun) if answer.success else None


def _levers(unit: Unit) -> dict[str, Automation]:
    """Return what may be bought, by the name of its column."""
    named = {"robot": unit.automation, "change": unit.process}
    return {name: lever for name, lever in named.items() if lever is not None}


def _present(unit: Unit, mark: str, t: int) -> tuple[Row, float]:
    """Handlers employed in month t: what hires and releases left, and who was there."""
    terms: Row = defaultdict(float)
    follows = unit.strain.turnover
    stays = 1 - unit.turnover * (1 - follows)
    for month in range(t + 1):
        left = stays ** (t - month)
        terms[f"h{mark},{month}"] += left
        terms[f"f{mark},{month}"] -= left
        if month < t and follows:  # who leaves because of the cases of a month
            each = unit.turnover * follows / unit.strain.caseload
            after = stays ** (t - month - 1)
            _add(terms, _own_cases(unit, mark, month), -each * after)
    return terms, unit.handlers * stays**t


def _own_cases(unit: Unit, mark: str, t: int) -> Row:
    """Cases of handlers, and not of labour-market staff, one by one."""
    n_s, n_d, _, n_l = unit.exit_probability.shape
    routed = len(unit.triage.source) if unit.triage else 0
    return {
        f"x{mark},{(s, d, t, level)}": 1.0
        for s in range(n_s - routed)
        for d in range(n_d)
        for level in range(n_l)
    }


def _add(to: Row, terms: Row, times: float) -> None:
    for name, value in terms.items():
        to[name] += times * value


def _unit_rows(model: Naive, unit: Unit, staff: str, mark: str) -> UnitRows:
    """Rows of one unit; its cost, and its staff cost by month, each with a constant."""
    n_s, n_d, n_t, n_l = unit.exit_probability.shape
    cost: Row = defaultdict(float)
    constant = 0.0
    spent: list[Row] = []
    spent_constant: list[float] = []
    x = {}
    for key in np.ndindex(n_s, n_d, n_t, n_l):
        x[key] = model.column(f"x{mark},{key}")
    out = 0.0 if unit.overtime_max is None else unit.overtime_max
    for t in range(n_t):
        high = np.inf if unit.overtime_max is None else out
        model.column(f"o{mark},{t}", high=high)
    first_routed = n_s
    if unit.triage is not None:
        first_routed -= len(unit.triage.source)
        for t in range(n_t):
            model.column(f"g{mark},{t}", high=unit.triage.staff_max)
            for i, source in enumerate(unit.triage.source.tolist()):
                most = unit.triage.share_max[i, t] * unit.inflow[source, t]
                model.column(f"z{mark},{i},{t}", high=most if t else 0.0)
    for t in range(n_t):
        most = unit.waiting_max * unit.intake_effort * unit.inflow[:, t].sum()
        model.column(f"W{mark},{t}", high=most if t < n_t - 1 else 0.0)
    levers = _levers(unit)
    extra = unit.intake_extra.tolist() * (n_t if len(unit.intake_extra) == 1 else 1)
    learning = [(1 - rho) * (1 - unit.turnover) ** k for k, rho in enumerate(unit.ramp)]

    def exits(s: int, t: int) -> Row:
        return {
            x[s, d, t, level]: unit.exit_probability[s, d, t, level]
            for d in range(n_d)
            for level in range(n_l)
        }

    def next_month(s: int, d: int, t: int) -> Row:
        """Cases of month t that are in bucket d one month later."""
        terms: Row = defaultdict(float)
        for level in range(n_l):
            stays = 1 - unit.exit_probability[s, d, t, level]
            terms[x[s, d, t, level]] += stays * (1 - unit.ageing[s, d])
            if d:
                stays = 1 - unit.exit_probability[s, d - 1, t, level]
                terms[x[s, d - 1, t, level]] += stays * unit.ageing[s, d - 1]
        return terms

    for s in range(n_s):
        for d in range(n_d):
            for t in range(n_t):
                terms: Row = defaultdict(float)
                for level in range(n_l):
                    terms[x[s, d, t, level]] += 1.0
                right = unit.stock[s, d]
                if t:
                    _add(terms, next_month(s, d, t - 1), -1.0)
                    right = unit.inflow[s, t] if d == 0 else 0.0
                    if d == 0 and unit.triage is not None:
                        for i, source in enumerate(unit.triage.source.tolist()):
                            terms[f"z{mark},{i},{t}"] += float(s == source)
                            terms[f"z{mark},{i},{t}"] -= float(s == first_routed + i)
                    if d == 0:
                        for k in range(1, unit.reentry.shape[1] + 1):
                            if t - k >= 0:
                                _add(terms, exits(s, t - k), -unit.reentry[s, k - 1])
                model.row(terms, right, right)
    for t in range(n_t):
        krona = unit.discount**t
        here, already = _present(unit, staff, t)
        load: Row = defaultdict(float)
        others: Row = defaultdict(float)
        client: Row = defaultdict(float)
        effort_of_new = 0.0
        for s in range(n_s):
            effort_of_new += unit.intake_effort * unit.inflow[s, t]
            for d in range(n_d):
                for level in range(n_l):
                    time = unit.weight[s, t] / unit.caseloads[level]
                    whose = load if s < first_routed else others
                    whose[x[s, d, t, level]] += time + unit.renewal_effort
                    if s < first_routed:
                        client[x[s, d, t, level]] += time
                    cost[x[s, d, t, level]] += krona * unit.benefit[s, t]
            for k in range(1, unit.reentry.shape[1] + 1):
                share = unit.reentry[s, k - 1]
                if t - k >= 0:
                    _add(load, exits(s, t - k), unit.intake_effort * share)
                if t + k >= n_t:
                    late = unit.discount ** (t + k) * share * unit.terminal_value[s, 0]
                    _add(cost, exits(s, t), late)
        there = 1 - unit.absence[t]
        # absence of a handler, and of a case where it follows the caseload
        here_share = 1 - unit.absence[t] * (1 - unit.strain.absence)
        each = unit.absence[t] * unit.strain.absence / unit.strain.caseload
        _add(load, here, -here_share)
        _add(load, _own_cases(unit, mark, t), each)
        load[f"W{mark},{t}"] -= 1.0
        if t:
            load[f"W{mark},{t - 1}"] += 1.0
        if unit.triage is not None:
            others[f"g{mark},{t}"] -= 1.0
            model.row(others, -np.inf, 0.0)
        if unit.client_time_floor is not None:
            floor = unit.client_time_floor
            _add(client, here, -floor * here_share)
            _add(client, _own_cases(unit, mark, t), floor * each)
            model.row(client, floor * here_share * already, np.inf)
        load[f"o{mark},{t}"] -= 1.0
        for k, loss in enumerate(learning):
            if t - k >= 0:
                load[f"h{staff},{t - k}"] += there * loss
        for name, lever in levers.items():
            if t >= lever.from_month:
                freed = model.column(f"{name}G{mark},{t}")
                load[freed] -= 1.0
                bound: Row = defaultdict(float, {freed: 1.0})
                _add(bound, here, -lever.freed_share * there)
                model.row(bound, -np.inf, lever.freed_share * there * already)
                most = lever.freed_share * there * lever.handlers_max
                model.row({freed: 1.0, f"{name}{staff}": -most}, -np.inf, 0.0)
        model.row(load, -np.inf, here_share * already - effort_of_new - extra[t])
        month: Row = defaultdict(float)
        _add(month, here, unit.cost_handler)
        month[f"h{staff},{t}"] += unit.cost_hire
        month[f"f{staff},{t}"] += unit.cost_release
        month[f"o{mark},{t}"] += unit.cost_overtime
        if unit.triage is not None:
            month[f"g{mark},{t}"] += unit.triage.cost
        spent.append(month)
        spent_constant.append(unit.cost_handler * already)
        _add(cost, month, krona)
        constant += krona * spent_constant[-1]
        for name, lever in levers.items():
            if t >= lever.from_month:
                cost[f"{name}{staff}"] += krona * lever.running_cost
            if t == lever.from_month:
                cost[f"{name}{staff}"] += krona * lever.fixed_cost
    end = unit.discount**n_t
    for s in range(n_s):
        for d in range(n_d):
            _add(cost, next_month(s, d, n_t - 1), end * unit.terminal_value[s, d])
    here, already = _present(unit, staff, n_t - 1)
    follows = unit.strain.turnover
    kept = end * unit.handler_value * (1 - unit.turnover * (1 - follows))
    _add(cost, here, -kept)
    constant -= kept * already
    each = unit.turnover * follows / unit.strain.caseload
    _add(cost, _own_cases(unit, mark, n_t - 1), end * unit.handler_value * each)
    lacking = (1 - unit.absence[-12:].mean()) * end * unit.month_value
    for t in range(n_t):
        for k, productivity in enumerate(unit.ramp):
            if t + k >= n_t:
                stayed = (1 - unit.turnover) ** k
                cost[f"h{staff},{t}"] += lacking * (1 - productivity) * stayed
    if unit.fair_floor is not None:
        for s in range(n_s):
            for t in range(n_t):
                above: Row = defaultdict(float)
                for d in range(n_d):
                    for level in range(n_l):
                        share = 1 / unit.caseloads[level] - 1 / unit.fair_floor
                        above[x[s, d, t, level]] += share
                model.row(above, 0.0, np.inf)
    return cost, constant, spent, spent_constant


def _staff_rows(model: Naive, unit: Unit, mark: str) -> None:
    n_t = unit.inflow.shape[1]
    for t in range(n_t):
        whole = unit.integer_hires
        model.column(f"h{mark},{t}", high=unit.hire_max[t], whole=whole)
        model.column(f"f{mark},{t}", high=unit.release_max[t], whole=whole)
    for t in range(n_t):
        here, already = _present(unit, mark, t)
        model.row(here, -already, np.inf)
    levers = _levers(unit)
    for name in levers:
        model.column(f"{name}{mark}", high=1.0, whole=True)
    if len(levers) > 1:  # no robot without the change of process
        model.row({f"change{mark}": 1.0, f"robot{mark}": -1.0}, 0.0, np.inf)


def _budget_rows(
    model: Naive, problem: Problem, blocks: list[tuple[Unit, str, UnitRows]]
) -> None:
    for budget in problem.budgets:
        for together in [blocks] if not problem.scenarios else [[b] for b in blocks]:
            terms: Row = defaultdict(float)
            constant = 0.0
            for unit, staff, (_, _, spent, spent_constant) in together:
                for t in budget.months:
                    _add(terms, spent[t], 1.0)
                    constant += spent_constant[t]
                    for name, lever in _levers(unit).items():
                        if not problem.lever_costs_in_budget:
                            continue
                        if t >= lever.from_month:
                            terms[f"{name}{staff}"] += lever.running_cost
                        if t == lever.from_month:
                            terms[f"{name}{staff}"] += lever.fixed_cost
            model.row(terms, -np.inf, budget.limit - constant)


def naive_optimum(problem: Problem) -> float | None:
    """Optimal cost of a problem; None where it has no plan."""
    model = Naive()
    blocks: list[tuple[Unit, str, UnitRows]] = []
    if problem.scenarios:
        _staff_rows(model, problem.scenarios[0].unit, "0")
        for k, scenario in enumerate(problem.scenarios):
            rows = _unit_rows(model, scenario.unit, "0", f"0@{k}")
            blocks.append((scenario.unit, "0", rows))
        chances = [scenario.probability for scenario in problem.scenarios]
    else:
        for u, unit in enumerate(problem.units):
            _staff_rows(model, unit, f"{u}")
            blocks.append((unit, f"{u}", _unit_rows(model, unit, f"{u}", f"{u}")))
        chances = [1.0] * len(blocks)
    _budget_rows(model, problem, blocks)
    averse = problem.cvar.weight if problem.cvar else 0.0
    total: Row = defaultdict(float)
    constant = 0.0
    for chance, (_, _, (cost, fixed, _, _)) in zip(chances, blocks, strict=True):
        _add(total, cost, (1 - averse) * chance)
        constant += (1 - averse) * chance * fixed
    if problem.cvar is not None:
        total[model.column("eta", low=-np.inf)] += averse
        for k, (_, _, (cost, fixed, _, _)) in enumerate(blocks):
            above = model.column(f"z{k}")
            total[above] += averse * chances[k] / (1 - problem.cvar.alpha)
            terms: Row = defaultdict(float, {above: 1.0, "eta": 1.0})
            _add(terms, cost, -1.0)
            model.row(terms, fixed, np.inf)
    least = model.solve(total)
    return None if least is None else least + constant
