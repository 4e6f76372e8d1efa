"""What a policy in Python is written with. The package's README says how."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from componentize_py_types import Err
from wit_world.imports import types

from . import state
from .case import Case, Facts
from .day import add_days, add_months, days_until
from .doubt import may_be, may_hold, said, surely, surely_holds
from .fault import log, tell
from .finding import Finding, Level, Measure, Rule, seconds
from .settings import Settings

Date = types.Date

__all__ = [
    "Case", "Date", "Facts", "Finding", "Level", "Measure", "Rule", "Settings", "add_days", "add_months", "days_until", "log", "may_be",
    "may_hold", "policy", "said", "seconds", "surely", "surely_holds",
]


def policy(
    judge: Callable[[Case], Iterable[Finding] | None],
    configure: Callable[[Settings], Iterable[str] | None] | None = None,
) -> type:
    """Makes the class `WitWorld` that the component exports.

    `judge` judges at one judging point and returns the findings, in any order. `configure` looks at the settings and prepares what every
    call needs in variables of the module; it returns what is wrong with the settings, in words for the operator. An exception is a fault:
    its text and place go to the log, which `specialis policy test` shows.
    """

    class WitWorld:
        def configure(self) -> None:
            problems: list[str] = []
            if configure is not None:
                try:
                    problems = list(configure(Settings()) or [])
                except Exception as error:
                    tell(error)
                    problems = [f"`configure` failed: {error!r}"]
            if problems:
                raise Err(problems)

        def judge(self, given: bytes) -> types.Outcome:
            try:
                it = Case(state.read(given))
                findings = [_contract(found) for found in judge(it) or []]
                return types.Outcome(findings, state.written(it.memory, given), [])
            except Exception as error:
                tell(error)
                raise

    return WitWorld


def _contract(found: object) -> types.Finding:
    if not isinstance(found, Finding):
        raise TypeError('`judge` returned something that is no finding; a rule makes one, as in `R1.require("mark", "reason")`')
    return found.contract()
