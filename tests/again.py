"""`python -m tests.again`: try what failed in the last run once more, each test by itself, on a machine that does nothing else.

What a busy machine upset passes then; what is broken fails again.
"""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MANY = 12
"""So many tests at once are no accident of a busy machine."""


def main(arguments: list[str], *, root: Path = ROOT) -> int:
    """Return pytest's exit code, or 1 where nothing is known to have failed or too much did."""
    failed = names_of_the_failed(root)
    if not failed or len(failed) > MANY:
        print(f"{len(failed)} tests failed in the last run: nothing is tried again.")
        return 1
    print("tried once more, each by itself:", *failed, sep="\n  ", flush=True)
    # What fails again is written there anew.
    last_failed(root).unlink()
    return int(pytest.main(["--rootdir", str(root), *arguments, *(str(root / one) for one in failed)]))


def names_of_the_failed(root: Path) -> list[str]:
    """Return their names."""
    kept = last_failed(root)
    names = json.loads(kept.read_text()) if kept.exists() else {}
    return sorted(names)


def last_failed(root: Path) -> Path:
    """Return where pytest keeps the names."""
    return root / ".pytest_cache" / "v" / "cache" / "lastfailed"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
