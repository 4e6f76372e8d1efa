"""Days. They compare, and are written as `2026-11-02`."""

from __future__ import annotations

import datetime
import functools

from wit_world.imports import types


def _fields(day: types.Date) -> tuple[int, int, int]:
    return (day.year, day.month, day.day)


def _is_before(day: types.Date, other: object) -> bool:
    return _fields(day) < _fields(other) if isinstance(other, types.Date) else NotImplemented


types.Date.__lt__ = _is_before
types.Date.__str__ = lambda day: f"{day.year:04}-{day.month:02}-{day.day:02}"
types.Date.__hash__ = lambda day: hash(_fields(day))
functools.total_ordering(types.Date)


def _of(day: datetime.date) -> types.Date:
    return types.Date(day.year, day.month, day.day)


def add_days(day: types.Date, n: int) -> types.Date:
    """The day so many days later, or earlier where negative."""
    return _of(datetime.date(*_fields(day)) + datetime.timedelta(days=n))


def add_months(day: types.Date, n: int) -> types.Date:
    """The same day of the month so many months later; the last day of that month where it has none of that number."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    next_year, next_month = divmod(year * 12 + month + 1, 12)
    last = datetime.date(next_year, next_month + 1, 1) - datetime.timedelta(days=1)
    return types.Date(year, month + 1, min(day.day, last.day))


def days_until(day: types.Date, later: types.Date) -> int:
    """Days from one day to a later one; negative where it is earlier."""
    return (datetime.date(*_fields(later)) - datetime.date(*_fields(day))).days
