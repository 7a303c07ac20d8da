"""What the product imports is among what is installed for it, also where no test is ever run."""

import re
import sys
from importlib.metadata import packages_distributions

import pytest

from tests.support.source_tree import ROOT, modules


def normal(name: str) -> str:
    """A distribution's name as lock files write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_library_that_the_product_imports_is_installed_with_it():
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    installed = {
        normal(name) for name in re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==", lock, re.MULTILINE)
    }
    brought = packages_distributions()

    missing = {
        f"{module.path}: {name}"
        for module in modules()
        for name, _ in module.imports()
        if name.split(".")[0] in brought and name.split(".")[0] not in sys.stdlib_module_names
        if not {normal(one) for one in brought[name.split(".")[0]]} & installed
    }

    assert missing == set()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_locked_library_has_the_hashes_of_its_files_and_no_address_of_a_registry(name: str) -> None:
    lock = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", lock)
    locked = [block for block in blocks if re.match(r"[^\s#]+==", block)]

    assert len(locked) > 40
    assert [block.split()[0] for block in locked if not re.search(r"--hash=sha256:[0-9a-f]{64}", block)] == []
    assert [line for line in lock.splitlines() if "://" in line or "index" in line.split("#")[0]] == []


def test_whoever_installs_from_a_lock_file_demands_its_hashes() -> None:
    places = [
        ROOT / name
        for name in ("Makefile", "Dockerfile", ".ci/run", "docs/deploy.md", "README.md", "docs/operations.md")
        if (ROOT / name).exists()
    ]
    installs = [
        line
        for place in places
        for line in place.read_text(encoding="utf-8").splitlines()
        if re.search(r"pip install\b.* -r ", line)
    ]

    assert len(installs) >= 4
    assert [line for line in installs if "--require-hashes" not in line] == []
