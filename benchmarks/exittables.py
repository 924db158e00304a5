"""Tables of exit models on public spells: scores, costs and what was met."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from document import table
from exitfolds import OWN, Entry, Field, names_of

#: Highest score in times that of the best peer.
MOST = 1.005
#: Highest mean distance between predicted and observed exits, by tenths.
MOST_APART = 0.010
#: Highest CPU in times that of these peers.
MOST_CPU = {"hazardous SurvivalBoost": 1 / 30, "scikit-survival GBSA": 1 / 150}
#: Calibration and CPU are asked for on this file.
JUDGED = "german_unemployment_register"


def verdict(met: bool) -> str:
    """Mark a figure that misses its target."""
    return "met" if met else "**missed**"


def known_scores(fields: Sequence[Field]) -> str:
    """Tabulate the check of the scores by Kaplan-Meier."""
    rows = [
        (field.name, f"{field.check[0]:.6f}", f"{field.check[1]:.6f}")
        for field in fields
    ]
    head = ["Kaplan-Meier or Aalen-Johansen, IBS", "package", "peers' environment"]
    return table(head, rows)


def scores(field: Field) -> str:
    """Tabulate what everyone scored on one file, the best Brier score first."""
    spells = field.spells
    parts = sorted(field.entries.items(), key=lambda item: item[1].brier.mean())
    rows = [
        (
            f"**{name}**" if name in OWN else name,
            str(len(entry.folds)),
            f"{entry.brier.mean():.5f}",
            f"{entry.loglik.mean():.4f}",
            f"{np.abs(entry.apart).mean():.4f}",
            f"{np.abs(entry.apart).max():.4f}",
            f"{entry.seconds.mean():.2f}",
            f"{entry.mb.mean():.0f}",
        )
        for name, entry in parts
    ]
    head = ["model", "folds", "IBS", "log-likelihood"]
    head += [f"apart at {spells.ahead}, mean", "most", "CPU s a fit", "MB added"]
    ends = f", {len(spells.destinations)} destinations"
    about = (
        f"{field.name}: {len(spells.table):,} spells, 1 period = {spells.unit}, scored "
        f"in periods 1-{spells.last}{ends if len(spells.destinations) > 1 else ''}."
    )
    count = Counter(field.picked).most_common()
    chosen = ", ".join(f"{name} in {n} of {len(field.picked)}" for name, n in count)
    line = f"Chosen inside the training folds: {chosen}."
    return "\n\n".join([about, table(head, rows), line])


def against_best(fields: Sequence[Field]) -> str:
    """Ratios of the package's scores to those of the peer that comes out best."""
    rows = []
    for field in fields:
        for model in OWN:
            cells = []
            for what in ("brier", "loglik"):
                ratio, rival = _worst_ratio(field, model, what)
                cells.append(f"{ratio:.4f} ({rival}); {verdict(ratio <= MOST)}")
            rows.append((field.name, model, *cells))
    head = ["file", "model", f"IBS / best peer, ≤ {MOST:g}"]
    return table([*head, f"log-likelihood / best peer, ≤ {MOST:g}"], rows)


def _worst_ratio(field: Field, model: str, what: str) -> tuple[float, str]:
    """Score in times a peer's on the folds of that peer: the largest, and whose."""
    mine = field.entries[model]
    ratios = {
        rival: _on(mine, field.entries[rival].folds, what)
        / float(getattr(field.entries[rival], what).mean())
        for rival in names_of(list(field.entries))
    }
    rival = max(ratios, key=lambda name: ratios[name])
    return ratios[rival], rival


def _on(entry: Entry, folds: Sequence[int], what: str) -> float:
    """Mean of a score over some folds only."""
    return float(getattr(entry, what)[[entry.folds.index(f) for f in folds]].mean())


def calibration_and_cpu(fields: Sequence[Field]) -> str:
    """Judge calibration and CPU where spells are most like those of assistance."""
    rows = []
    for field in fields:
        if field.name != JUDGED:
            continue
        for model in OWN:
            mine = field.entries[model]
            apart = float(np.abs(mine.apart).mean())
            cells = [f"{apart:.4f}; {verdict(apart <= MOST_APART)}"]
            for rival, most in MOST_CPU.items():
                theirs = field.entries.get(rival)
                if theirs is None:
                    cells.append("not run")
                    continue
                times = theirs.seconds.mean() / _on(mine, theirs.folds, "seconds")
                cells.append(f"1/{times:.0f}; {verdict(times >= 1 / most)}")
            rows.append((model, *cells))
    head = ["model", f"apart, mean, ≤ {MOST_APART:.3f}"]
    head += [f"CPU / {rival}, ≤ 1/{1 / most:.0f}" for rival, most in MOST_CPU.items()]
    return table(head, rows)
