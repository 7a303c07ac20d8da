"""What the console consists of: one table of routes, from which handlers, navigation and the tests of roles are made."""

from voicebot.console import now, sign_in
from voicebot.console.calls import pages as calls
from voicebot.console.routes import Route
from voicebot.console.settings import audit, members
from voicebot.console.step import panel as step

ROUTES: tuple[Route, ...] = (
    *now.ROUTES,
    *calls.ROUTES,
    *step.ROUTES,
    *members.ROUTES,
    *audit.ROUTES,
    *sign_in.ROUTES,
)
"""Every route of the console."""
