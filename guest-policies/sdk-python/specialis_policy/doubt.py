"""Reading facts that may be unknown, always towards the side that asks for more."""

from __future__ import annotations


def surely(fact: str | None, *words: str) -> bool:
    """Whether a fact is surely one of these words. Unknown is not sure."""
    return fact is not None and fact in words


def may_be(fact: str | None, *words: str) -> bool:
    """Whether a fact may be one of these words. Unknown may be."""
    return fact is None or fact in words


def surely_holds(items: list[str] | None, *words: str) -> bool:
    """Whether one of these words surely stands in a list."""
    return items is not None and may_hold(items, *words)


def may_hold(items: list[str] | None, *words: str) -> bool:
    """Whether one of these words may stand in a list. An unknown list may hold any."""
    return items is None or any(item in words for item in items)


def said(fact: str | None) -> str | None:
    """The text of a fact, where it says something."""
    return (fact or "").strip() or None
