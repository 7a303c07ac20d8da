"""What the product imports is among what is installed for it, also where no test is ever run."""

import re
import sys
from importlib.metadata import packages_distributions

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
