"""Golden files: what a view looks like, kept beside the tests and compared to the letter.

``UPDATE_GOLDEN=1 make test`` writes them anew; read the difference before committing it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent / "golden"


def assert_golden(name: str, payload: dict[str, Any]) -> None:
    """Compare *payload* with ``tests/golden/{name}.json``."""
    path = GOLDEN / f"{name}.json"
    drawn = json.dumps(payload, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(drawn, encoding="utf-8")
    assert path.exists(), f"{path} is missing: UPDATE_GOLDEN=1 writes it"
    assert drawn == path.read_text(encoding="utf-8"), f"{name} is drawn otherwise; UPDATE_GOLDEN=1 accepts it"
