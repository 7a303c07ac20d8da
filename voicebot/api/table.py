"""The table of all API routes, from which both the handlers and openapi.json are made."""

from voicebot.api import (
    blocks,
    calls,
    conversations,
    escalations,
    messages,
    onboardings,
    queue,
    suppressions,
    templates,
    verifications,
)
from voicebot.api.bulk import actions as bulk
from voicebot.api.bulk import tags
from voicebot.api.dialling import campaign_people, campaigns, plans, providers, redials, rules, series
from voicebot.api.inbox import items
from voicebot.api.library import catalogue, corrections, settings
from voicebot.api.operators import alerts, commands, figures, incidents, numbers, webhooks
from voicebot.api.people import keeping, persons, searches
from voicebot.api.records import call_records
from voicebot.api.routes import Route
from voicebot.api.team import audit, members, organizations

ROUTES: tuple[Route, ...] = (
    *verifications.ROUTES,
    *onboardings.ROUTES,
    *messages.ROUTES,
    *conversations.ROUTES,
    *suppressions.ROUTES,
    *blocks.ROUTES,
    *calls.ROUTES,
    *commands.ROUTES,
    *call_records.ROUTES,
    *escalations.ROUTES,
    *items.ROUTES,
    *queue.ROUTES,
    *redials.ROUTES,
    *bulk.ROUTES,
    *tags.ROUTES,
    *series.ROUTES,
    *rules.ROUTES,
    *campaigns.ROUTES,
    *campaign_people.ROUTES,
    *providers.ROUTES,
    *plans.ROUTES,
    *templates.ROUTES,
    *corrections.ROUTES,
    *catalogue.ROUTES,
    *settings.ROUTES,
    *organizations.ROUTES,
    *members.ROUTES,
    *audit.ROUTES,
    *webhooks.ROUTES,
    *numbers.ROUTES,
    *incidents.ROUTES,
    *figures.ROUTES,
    *alerts.ROUTES,
    *persons.ROUTES,
    *searches.ROUTES,
    *keeping.ROUTES,
)
"""Every route of the API."""
