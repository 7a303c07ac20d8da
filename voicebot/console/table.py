"""What the console consists of: one table of routes, from which handlers, navigation and the tests of roles are made."""

from voicebot.console import now, sign_in
from voicebot.console.bulk import pages as bulk
from voicebot.console.calls import pages as calls
from voicebot.console.campaigns import acts as campaign_acts
from voicebot.console.campaigns import pages as campaigns
from voicebot.console.queue import acts as queue_acts
from voicebot.console.queue import pages as queue
from voicebot.console.routes import Route
from voicebot.console.settings import audit, members

ROUTES: tuple[Route, ...] = (
    *now.ROUTES,
    *calls.ROUTES,
    *queue.ROUTES,
    *queue_acts.ROUTES,
    *campaigns.ROUTES,
    *campaign_acts.ROUTES,
    *bulk.ROUTES,
    *members.ROUTES,
    *audit.ROUTES,
    *sign_in.ROUTES,
)
"""Every route of the console."""
