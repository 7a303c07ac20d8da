"""Every role goes wherever a page leads it: no link and no form of a page ends in a refusal."""

import re
from collections import deque
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask

from tests.console.conftest import make_house
from voicebot.console.routes import EVERYBODY
from voicebot.console.table import ROUTES

pytestmark = pytest.mark.sql
LINK = re.compile(r'<a [^>]*?href="([^"]+)"')
FORM = re.compile(r'<form [^>]*?method="post"[^>]*?action="([^"]+)"|formaction="([^"]+)"')
MOST = 400
BY_NAME = {f"console.{route.name}": route for route in ROUTES}


def what_stands_on(html: str, page: str) -> tuple[list[str], list[str]]:
    """The addresses of links and of forms, without what stands behind #."""
    links = [urljoin(page, unescape(one)).partition("#")[0] for one in LINK.findall(html)]
    forms = [urljoin(page, unescape(one or other)) for one, other in FORM.findall(html)]
    return [one for one in links if one.startswith("/console")], forms


@pytest.mark.parametrize("role", EVERYBODY)
def test_no_link_and_no_form_that_a_role_is_shown_ends_in_a_refusal(
    app: Flask, runtime, module_owner, visitor, role
):
    house = make_house(runtime, module_owner)
    # What is the agent's own leads on to other pages too.
    for table, key in (("conversations", "id"), ("call_history", "public_id")):
        module_owner.execute(
            f"update public.{table} set assigned_to = %s where {key} = %s",
            [
                house.people["agent"],
                house.one.conversation_id if table == "conversations" else house.one.call_id,
            ],
        )
    client, seen = visitor(house.people[role]), set()
    ways = deque([("", "/console")])
    if role != "agent":
        ways.extend(
            ("", f"/console{house.fill(route.path)}")
            for route in ROUTES
            if route.method == "GET" and not route.is_data and not route.is_open and role in route.roles
        )
    wrong = []
    while ways and len(seen) < MOST:
        whence, way = ways.popleft()
        shape = re.sub(r"before=[^&]+", "before=", way)
        if shape in seen:
            continue
        seen.add(shape)
        answer = client.get(way)
        if answer.status_code >= 400 and whence:
            wrong.append((whence, way, answer.status_code))
        if answer.mimetype != "text/html" or answer.status_code != 200:
            continue
        links, forms = what_stands_on(answer.text, way)
        ways.extend((way, one) for one in links)
        for form in forms:
            endpoint, _ = app.url_map.bind("").match(urlsplit(form).path, method="POST")
            route = BY_NAME.get(endpoint)
            if route is None or (role not in route.roles and not route.is_open):
                wrong.append((way, form, "form"))

    assert wrong == []
    assert len(seen) < MOST
