"""axe on a page as it stands: rules of WCAG and of good practice, run in the page itself."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


def violations(page: Page, *rules: str) -> list[tuple[str, list[str]]]:
    """Return what breaks a rule, of these or of all: the rule's name and the elements, as HTML."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "(rules) => axe.run({ resultTypes: ['violations'], preload: false, ...(rules.length && { runOnly: rules }) })",
        list(rules),
    )["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]
