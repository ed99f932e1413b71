"""Small exact problems of yes-or-no decisions, for what no flow can say: "both mentors or none", "at least three"."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

Ints: TypeAlias = NDArray[np.int64]

MOST_NODES = 500
"""Branches the solver may look at: counted and not timed, so that a slower machine gives the same answer."""

MOST_TIED = 2_000

_SETTINGS = f"limits/nodes = {MOST_NODES}\nmisc/catchctrlc = FALSE\n"


class Decided(NamedTuple):
    """Which decisions are yes, what they are worth, and what no others exceed."""

    chosen: NDArray[np.bool_]
    value: int
    at_most: int

    @property
    def gap(self) -> float:
        """Return how far this may be from the best, as a share of it."""
        return (self.at_most - self.value) / max(1, self.at_most)


class Program:
    """Decisions numbered from 0, limits on how many may be taken together, and what each is worth."""

    def __init__(self, decisions: int) -> None:
        self._solver = pywraplp.Solver.CreateSolver("SCIP")
        self._solver.SetNumThreads(1)
        self._solver.SetSolverSpecificParametersAsString(_SETTINGS)
        self._decisions = [self._solver.BoolVar("") for _ in range(decisions)]

    def limit(self, counted: Sequence[int] | Ints, most: int, *, weights: Sequence[int] | None = None) -> None:
        """Let the *weights* (1 each if not given) of the decisions *counted* that are yes add up to at most *most*."""
        row = self._solver.RowConstraint(-self._solver.infinity(), most, "")
        for place, number in enumerate(counted):
            row.SetCoefficient(self._decisions[number], 1 if weights is None else weights[place])

    def best(self, values: Ints, tie_breaks: Ints | None, *, hint: NDArray[np.bool_] | None = None) -> Decided:
        """Return the decisions worth most, and of all those the ones whose *tie_breaks*, if any, add up to most.

        With good decisions for a *hint* the solver ends sooner. Beyond MOST_TIED decisions telling equals apart takes
        longer than finding them, and the solver's own choice, the same on every run, stands.
        """
        found = self._maximised(values, hint)
        if tie_breaks is None or found.gap or len(values) > MOST_TIED:
            return found
        self.limit(range(len(values)), -found.value, weights=(-values).tolist())
        return Decided(self._maximised(tie_breaks, found.chosen).chosen, found.value, found.value)

    def _maximised(self, values: Ints, hint: NDArray[np.bool_] | None) -> Decided:
        objective = self._solver.Objective()
        objective.SetMaximization()
        for decision, value in zip(self._decisions, values.tolist(), strict=True):
            objective.SetCoefficient(decision, value)
        exactly = pywraplp.MPSolverParameters()
        exactly.SetDoubleParam(pywraplp.MPSolverParameters.RELATIVE_MIP_GAP, 0.0)
        if hint is not None:
            self._solver.SetHint(self._decisions, hint.astype(np.float64).tolist())
        status = self._solver.Solve(exactly)
        if status not in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE):
            raise ArithmeticError(f"a problem that always has an answer ended with status {status}")
        chosen = np.array([decision.solution_value() > 0.5 for decision in self._decisions], dtype=np.bool_)
        value = int(values[chosen].sum())
        if status == pywraplp.Solver.OPTIMAL:
            return Decided(chosen, value, value)
        return Decided(chosen, value, max(value, floor(objective.BestBound() + 1e-6)))
