"""Where the recorded requests, answers and sessions of the providers are.

`docs/twilio/HANDBOOK.md` and `docs/providers/HANDBOOK.md` say what they show. The tests replay them.
"""

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TWILIO = HERE / "twilio"
PROVIDERS = HERE / "providers"
DOCS = HERE.parents[1] / "docs"
TWILIO_HANDBOOK = DOCS / "twilio" / "HANDBOOK.md"
PROVIDERS_HANDBOOK = DOCS / "providers" / "HANDBOOK.md"


def read(file: Path) -> Any:
    """Return what one file of vectors holds."""
    return json.loads(file.read_text(encoding="utf-8"))
