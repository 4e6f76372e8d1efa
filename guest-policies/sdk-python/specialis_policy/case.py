"""What the host lets one call read."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from wit_world.imports import context, event, facts, text, types

from . import day  # noqa: F401  (days compare)
from .settings import Settings

# The functions of `facts` for each kind of event, and those for what a later version added.
_KINDS = {
    "prompt": ["prompt"],
    "output": ["output"],
    "retrieved": ["retrieved"],
    "tool": ["tool"],
    "media": ["media"],
    "publication": ["publication", "more_publication"],
    "training-intake": ["training_intake", "more_training_intake"],
    "annotation-batch": ["annotation_batch", "more_annotation_batch"],
    "data-handling": ["data_handling", "more_data_handling"],
    "account": ["account", "more_account"],
    "service-change": ["service_change"],
    "signal": ["late_signal"],
    "review": ["review"],
    "abort": ["abort"],
}


class Facts:
    """Facts by name, such as `publication.licence`. One that is unknown is `None`."""

    def __init__(self, *records: Any) -> None:
        self._records = [record for record in records if record is not None]

    def __getattr__(self, name: str) -> Any:
        for record in self._records:
            if hasattr(record, name):
                return getattr(record, name)
        raise AttributeError(f"there is no fact `{name}` here; `specialis schema event` and `schema context` list them")


class Case:
    """What one call may read. Facts that are unknown are `None`."""

    def __init__(self, memory: dict[str, Any]) -> None:
        self.memory = memory
        """What the policy remembers of the session: kept as JSON, at most 2 KiB unless the operator allows more; `{}` at first."""
        self.settings = Settings()
        """The operator's settings."""

    @cached_property
    def brief(self) -> event.BriefFacts:
        """The facts that most rules read first."""
        return event.brief()

    @property
    def kind(self) -> str:
        """The kind of event, such as `output`; empty when the session opens."""
        return self.brief.kind

    @property
    def point(self) -> str:
        """The judging point: `open`, `hit`, `text`, `signal`, `review` or `end`."""
        return self.brief.point

    @property
    def is_open(self) -> bool:
        """Whether the session opens. There is no event then."""
        return self.point == "open"

    @property
    def is_end(self) -> bool:
        """Whether the event is whole."""
        return self.point == "end"

    @property
    def as_of(self) -> types.Date:
        """The day on which the session is judged."""
        return self.brief.as_of

    @property
    def age(self) -> str | None:
        """The band of age: `under-14`, `14-17` or `adult`."""
        return self.brief.age

    @property
    def audience(self) -> str | None:
        """Whom the service is open to: `public` or `internal`."""
        return self.brief.audience

    @property
    def purpose(self) -> str | None:
        """What the content is wanted for: `publish` or `private`."""
        return self.brief.purpose

    @property
    def locale(self) -> str | None:
        """The user's language as a BCP 47 tag."""
        return self.brief.locale

    def is_any(self, *kinds: str) -> bool:
        """Whether the event is of one of these kinds."""
        return self.kind in kinds

    @cached_property
    def service(self) -> Facts:
        return Facts(context.service(), context.more_service())

    @cached_property
    def model(self) -> Facts:
        return Facts(context.model())

    @cached_property
    def provider(self) -> Facts:
        return Facts(context.provider(), context.more_provider())

    @cached_property
    def tenant(self) -> Facts:
        return Facts(context.tenant())

    @cached_property
    def subject(self) -> Facts:
        return Facts(context.subject(), context.more_subject())

    @cached_property
    def agreement(self) -> Facts:
        return Facts(context.agreement())

    @cached_property
    def standing(self) -> Facts:
        return Facts(context.standing())

    @cached_property
    def general(self) -> Facts:
        return Facts(context.general())

    @cached_property
    def facts(self) -> Facts:
        """The facts of the event, of whatever kind it is."""
        return Facts(*(getattr(facts, name)() for name in _KINDS.get(self.kind, [])))

    def facts_of(self, kind: str) -> Facts | None:
        """The facts of an event of this kind, such as `publication`; `None` for any other kind."""
        if kind not in _KINDS:
            raise ValueError(f"`{kind}` is no kind of event; the kinds are {', '.join(_KINDS)}")
        return self.facts if self.kind == kind else None

    @cached_property
    def sector_facts(self) -> dict[str, Any]:
        """The facts of the sector, by their names: those of the session and of the event."""
        return {fact.name: fact.value.value for fact in [*context.sector_facts(), *facts.sector_facts()]}

    @cached_property
    def parts(self) -> list[event.Part]:
        """The parts of the event."""
        return event.parts()

    @cached_property
    def signals(self) -> list[event.Signal]:
        """The scores of the platform's models."""
        return event.signals()

    @cached_property
    def hits(self) -> list[text.Hit]:
        """The hits in the categories that the policy reads."""
        return text.hits()

    @cached_property
    def stretch(self) -> types.Span | None:
        """The text to judge at a point of kind `text`."""
        return text.stretch()

    @cached_property
    def _speeches(self) -> list[text.Speech]:
        return text.speeches()

    def hits_in(self, *categories: str) -> list[text.Hit]:
        """The hits in these categories."""
        return [hit for hit in self.hits if hit.category in categories]

    def signal_over(self, category: str, permille: int) -> event.Signal | None:
        """A score of a category that reaches so many thousandths."""
        found = (one for one in self.signals if one.category == category and one.score_permille >= permille)
        return next(found, None)

    def speech(self, hit: text.Hit) -> text.Speech | None:
        """How the text speaks of a hit; `None` where it stands in no frame and no act."""
        place = self.hits.index(hit)
        return next((speech for speech in self._speeches if speech.hit == place), None)

    def slice(self, at: types.Span) -> str:
        """A slice of a part's text, at most 4,096 bytes."""
        return text.slice(at.part, at.start, at.end)

    def around(self, at: types.Span, before: int, after: int) -> str:
        """Up to so many characters on both sides of a span, with the span."""
        return text.around(at, before, after)

    def sector(self, tag: str) -> str:
        """The status of a sector: `yes`, `no` or `unknown`."""
        return context.sector(tag)

    def source(self, path: str) -> str | None:
        """Who asserts the fact at a path such as `subject.age`."""
        return context.source(path)

    def event_source(self, field: str) -> str | None:
        """Who asserts a fact of the event."""
        return event.source(field)
