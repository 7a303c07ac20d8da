"""axe on a page as it stands: rules of WCAG and of good practice, run in the page itself."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
LOOKS = (("light", 360, ()), ("dark", 1440, ("color-contrast",)))
"""How a page is looked at, and with which rules: all of them once, those about colours with other colours again."""


def violations(page: Page, *rules: str) -> list[tuple[str, list[str]]]:
    """Return what breaks a rule, of these or of all: the rule's name and the elements, as HTML."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "(rules) => axe.run({ resultTypes: ['violations'], preload: false, ...(rules.length && { runOnly: rules }) })",
        list(rules),
    )["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


def violations_in_both_looks(page: Page) -> list[tuple[str, list[str]]]:
    """The same of a page that is narrow and light first, then wide and dark; it stays so."""
    found = []
    for scheme, width, rules in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        found += violations(page, *rules)
    return found
