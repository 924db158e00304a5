"""A program that stands in HiGHS, and what of a question is put into it there."""

from dataclasses import dataclass

import numpy as np

from .formulation import Programme
from .problem import Unit
from .question import Change, changed_world
from .solver import Resident


@dataclass
class Standing:
    """A program that stands in HiGHS.

    Attributes
    ----------
    unit : Unit
    programme : Programme
    resident : Resident
    inflow : float
        What new cases are multiplied by as it stands.
    """

    unit: Unit
    programme: Programme
    resident: Resident
    inflow: float = 1.0

    def take_inflow(self, change: Change) -> None:
        """Put other new cases on right-hand sides, and on bounds that follow them."""
        unit = changed_world(self.unit, Change(inflow=change.inflow))
        block, resident = self.programme.blocks[0], self.resident
        new = unit.inflow.copy()
        new[:, 0] = unit.stock[:, 0]
        resident.right_side(block.balance[:, 0].ravel(), new.ravel(), new.ravel())
        intake = -unit.intake_effort * unit.inflow.sum(0)
        resident.right_side(block.capacity, np.full(len(intake), -np.inf), intake)
        for columns, most in (
            (block.extras.routed, unit.routable),
            (block.extras.waiting, unit.waitable),
        ):
            at = columns.ravel()
            resident.hold(at, np.zeros(len(at)), most.ravel()[: len(at)])
        self.inflow = change.inflow
