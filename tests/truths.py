"""A small truth that tests bend to their purpose."""

from dataclasses import replace

import numpy as np

from bemanna.pipelines.synthetic import Truth


def one_way_out(**changes: object) -> Truth:
    """Two segments, one destination, nothing but duration and effort."""
    truth = Truth(
        units=("A", "B"),
        segments=("kort", "lång"),
        destinations=("work",),
        first_month="2015-01",
        alpha=np.array([[-2.0], [-3.0]]),
        beta=np.array([[-0.3], [-0.1]]),
        inflow=np.array([[30.0, 20.0], [15.0, 10.0]]),
        benefit=np.array([8_000.0, 9_000.0]),
        handlers=np.array([12.0, 6.0]),
        caseload_reference=60.0,
        theta=0.5,
    )
    return replace(truth, **changes)  # type: ignore[arg-type]
