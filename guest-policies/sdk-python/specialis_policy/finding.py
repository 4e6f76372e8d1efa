"""Rules, and the findings they give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wit_world.imports import types

Level = types.Level
_LEVELS = {level.name.lower(): level for level in Level}


@dataclass(frozen=True)
class Seconds:
    """A duration as a parameter."""

    n: int


def seconds(n: int) -> Seconds:
    """A duration as a parameter of a measure."""
    return Seconds(n)


class Measure:
    """Something the platform must do beyond its text: `Measure("remind", kind="verify")`. `log_months` stands for `log-months`."""

    def __init__(self, id: str, /, **params: Any) -> None:
        self.contract = types.Measure(id, [types.Param(_kebab(name), _value(name, value)) for name, value in params.items()])


def _kebab(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _value(name: str, value: Any) -> Any:
    match value:
        case types.Date():
            return types.ParamValue_Date(value)
        case Seconds(n):
            return types.ParamValue_Seconds(n)
        case str():
            return types.ParamValue_Id(value)
        case int() if not isinstance(value, bool):
            return types.ParamValue_Number(value)
    raise TypeError(f"the parameter `{name}` is no whole number, word, `Date` or `seconds(…)`")


@dataclass(frozen=True)
class Rule:
    """One rule: its id in the manifest, the duty it answers on, the instrument and the article that say so."""

    id: str
    duty: str
    instrument: str
    article: str

    def on_duty(self, duty: str) -> Rule:
        """The same rule on another of its duties."""
        return Rule(self.id, duty, self.instrument, self.article)

    def citing(self, instrument: str, article: str) -> Rule:
        """The same rule citing another article."""
        return Rule(self.id, self.duty, instrument, article)

    def not_applicable(self, reason: str) -> Finding:
        """The duty does not arise here."""
        return Finding(self, types.Answer_NotApplicable(reason))

    def met(self) -> Finding:
        """The duty arises and is fulfilled. It never displaces anything."""
        return Finding(self, types.Answer_Met(self._cite()))

    def require(self, level: Level | str, reason: str) -> Finding:
        """The duty arises and asks for something."""
        return Finding(self, types.Answer_Require(self._demand(level, reason)))

    def instead_of(self, level: Level | str, reason: str) -> Finding:
        """This sector's law provides otherwise. Without a grant that fits it counts as `require`."""
        return Finding(self, types.Answer_InsteadOf(self._demand(level, reason)))

    def unknown(self, reason: str) -> Finding:
        """The policy cannot tell; it counts as the duty's failure level."""
        return Finding(self, types.Answer_Unknown(reason))

    def _cite(self) -> types.Citation:
        return types.Citation(self.instrument, self.article)

    def _demand(self, level: Level | str, reason: str) -> types.Demand:
        known = level if isinstance(level, Level) else _LEVELS.get(level)
        if known is None:
            raise ValueError(f"`{level}` is no level; the levels are {', '.join(_LEVELS)}")
        return types.Demand(known, [], [], self._cite(), reason)


class Finding:
    """What one rule answers on one duty. Its methods add to it and return it."""

    def __init__(self, rule: Rule, answer: Any) -> None:
        self.rule = rule
        self.answer = answer
        self._kinds: list[str] = []

    def _asking(self) -> types.Demand:
        if not isinstance(self.answer, (types.Answer_Require, types.Answer_InsteadOf)):
            raise TypeError(f"rule `{self.rule.id}` attaches an obligation to a finding that asks for nothing")
        return self.answer.value

    def _oblige(self, obligation: Any) -> Finding:
        self._asking().obligations.append(obligation)
        return self

    def append(self, key: str) -> Finding:
        """Asks to add a declared text."""
        return self._oblige(types.Obligation_Append(key))

    def replace(self, key: str) -> Finding:
        """Asks to give a declared text instead."""
        return self._oblige(types.Obligation_Replace(key))

    def redact(self, *spans: types.Span) -> Finding:
        """Asks to mask stretches of text."""
        for span in spans:
            self._oblige(types.Obligation_Redact(span))
        return self

    def stop(self) -> Finding:
        """Asks to let nothing more out."""
        return self._oblige(types.Obligation_Stop())

    def measure(self, measure: Measure | str, /, **params: Any) -> Finding:
        """Asks for a registered measure, such as `measure("remind", kind="verify")`."""
        asked = measure if isinstance(measure, Measure) else Measure(measure, **params)
        return self._oblige(types.Obligation_Measure(asked.contract))

    def at(self, *spans: types.Span) -> Finding:
        """The stretches of text it rests on: evidence, which changes nothing by itself."""
        self._asking().spans.extend(spans)
        return self

    def on(self, *kinds: str) -> Finding:
        """For a finding made when the session opens: the kinds of event it holds for."""
        self._kinds.extend(kinds)
        return self

    def contract(self) -> types.Finding:
        """The finding as the contract has it."""
        return types.Finding(self.rule.duty, self.rule.id, self.answer, self._kinds, [])
