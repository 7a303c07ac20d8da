"""The table of all console routes, from which handlers, navigation and the tests of roles are made."""

from voicebot.console import confirm, now, sign_in
from voicebot.console.bulk import pages as bulk
from voicebot.console.calls import pages as calls
from voicebot.console.campaigns import acts as campaign_acts
from voicebot.console.campaigns import pages as campaigns
from voicebot.console.figures import alerts
from voicebot.console.figures import pages as figures
from voicebot.console.library import (
    corrections,
    numbers,
    prompts,
    providers,
    publishing,
    templates,
    trying,
    voices,
)
from voicebot.console.live import pages as live
from voicebot.console.people import acts as people_acts
from voicebot.console.people import keeping
from voicebot.console.people import pages as people
from voicebot.console.queue import acts as queue_acts
from voicebot.console.queue import pages as queue
from voicebot.console.routes import Route
from voicebot.console.search import pages as search
from voicebot.console.search import views
from voicebot.console.settings import audit, doctor, keys, members, organization, usage, webhooks
from voicebot.console.step import panel as step
from voicebot.console.threads import acts as thread_acts
from voicebot.console.threads import pages as threads

ROUTES: tuple[Route, ...] = (
    *now.ROUTES,
    *calls.ROUTES,
    *step.ROUTES,
    *threads.ROUTES,
    *thread_acts.ROUTES,
    *people.ROUTES,
    *people_acts.ROUTES,
    *search.ROUTES,
    *views.ROUTES,
    *queue.ROUTES,
    *queue_acts.ROUTES,
    *campaigns.ROUTES,
    *campaign_acts.ROUTES,
    *bulk.ROUTES,
    *figures.ROUTES,
    *templates.ROUTES,
    *publishing.ROUTES,
    *trying.ROUTES,
    *corrections.ROUTES,
    *voices.ROUTES,
    *numbers.ROUTES,
    *prompts.ROUTES,
    *providers.ROUTES,
    *members.ROUTES,
    *keys.ROUTES,
    *webhooks.ROUTES,
    *alerts.ROUTES,
    *usage.ROUTES,
    *audit.ROUTES,
    *doctor.ROUTES,
    *organization.ROUTES,
    *keeping.ROUTES,
    *confirm.ROUTES,
    *sign_in.ROUTES,
    *live.ROUTES,
)
"""Every route of the console."""
