"""The operator's settings, checked by the host against the manifest, with its defaults filled in."""

from __future__ import annotations

from typing import Any

from wit_world.imports import settings, types

_TYPES = {
    settings.Value_Flag: "switch",
    settings.Value_Number: "number",
    settings.Value_Text: "word",
    settings.Value_Texts: "list of words",
    settings.Value_Date: "day",
}


class Settings:
    """Asking for a name that the manifest does not declare, or with the wrong type, is an exception."""

    def get(self, name: str) -> Any:
        """The value of a setting; `None` where the manifest does not declare it."""
        found = settings.get(name)
        return None if found is None else found.value

    def flag(self, name: str) -> bool:
        """A switch."""
        return _of(settings.Value_Flag, name)

    def number(self, name: str) -> int:
        """A number."""
        return _of(settings.Value_Number, name)

    def text(self, name: str) -> str:
        """A word."""
        return _of(settings.Value_Text, name)

    def texts(self, name: str) -> list[str]:
        """A list of words."""
        return _of(settings.Value_Texts, name)

    def date(self, name: str) -> types.Date:
        """A day."""
        return _of(settings.Value_Date, name)

    def data(self, name: str) -> bytes | None:
        """The data that travels in the policy's file under a name, from its folder `data/`."""
        return settings.data(name)


def _of(wanted: type, name: str) -> Any:
    found = settings.get(name)
    if found is None:
        raise KeyError(f"setting `{name}` is not declared in policy.toml")
    if not isinstance(found, wanted):
        raise TypeError(f"setting `{name}` is not a {_TYPES[wanted]}")
    return found.value
