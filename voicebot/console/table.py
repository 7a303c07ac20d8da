"""What the console consists of: one table of routes, from which handlers, navigation and the tests of roles are made."""

from voicebot.console import confirm, now, sign_in
from voicebot.console.calls import pages as calls
from voicebot.console.people import acts as people_acts
from voicebot.console.people import keeping
from voicebot.console.people import pages as people
from voicebot.console.routes import Route
from voicebot.console.search import pages as search
from voicebot.console.search import views
from voicebot.console.settings import audit, members

ROUTES: tuple[Route, ...] = (
    *now.ROUTES,
    *calls.ROUTES,
    *people.ROUTES,
    *people_acts.ROUTES,
    *search.ROUTES,
    *views.ROUTES,
    *members.ROUTES,
    *audit.ROUTES,
    *keeping.ROUTES,
    *confirm.ROUTES,
    *sign_in.ROUTES,
)
"""Every route of the console."""
