"""What the console consists of: one table of routes, from which handlers, navigation and the tests of roles are made."""

from voicebot.console import now, sign_in
from voicebot.console.calls import pages as calls
from voicebot.console.live import pages as live
from voicebot.console.routes import Route
from voicebot.console.settings import audit, members

ROUTES: tuple[Route, ...] = (
    *now.ROUTES,
    *calls.ROUTES,
    *members.ROUTES,
    *audit.ROUTES,
    *sign_in.ROUTES,
    *live.ROUTES,
)
"""Every route of the console."""
