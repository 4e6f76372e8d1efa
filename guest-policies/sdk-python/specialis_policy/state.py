"""What a policy remembers of a session, as the bytes that the host keeps."""

from __future__ import annotations

import json
from typing import Any


def read(given: bytes) -> dict[str, Any]:
    return json.loads(given) if given else {}


def written(memory: dict[str, Any], given: bytes) -> bytes:
    """The bytes of what is remembered: those that were read, where it holds nothing and held nothing."""
    return json.dumps(memory, ensure_ascii=False, separators=(",", ":")).encode() if memory or given else given
