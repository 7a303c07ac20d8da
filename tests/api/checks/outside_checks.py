"""What schemathesis is told of this API: `SCHEMATHESIS_HOOKS` names this file in test_from_outside.py."""

import os
from urllib.parse import quote, urlencode

import schemathesis
from schemathesis.openapi.checks import IgnoredAuth
from schemathesis.specs.openapi.checks import ignored_auth

LONGEST_ADDRESS = 7000
INSIDE = (" -> ", " value: Object ")
"""What a description says of a value that lies in an object of a body: templates are made and edited with the same."""
_tried = set()


@schemathesis.hook
def filter_case(context, case):
    """Leave out addresses that the web server refuses before the API sees them."""
    path = "".join(f"/{value}" for value in (case.path_parameters or {}).values())
    return len(quote(path)) + len(urlencode(case.query or {}, doseq=True)) < LONGEST_ADDRESS


@schemathesis.hook("filter_case")
def one_stands_for_its_like(context, case):
    """Of what coverage says in the same words of one place, such as five wrong types, try one; a long run tries all."""
    data = case.meta and case.meta.phase.data
    if os.environ.get("CHAOS") == "long" or not hasattr(data, "scenario"):
        return True
    inside = any(words in data.description for words in INSIDE)
    place = "any" if inside else case.operation.label
    like = (place, data.scenario, data.parameter_location, data.parameter, data.description)
    is_new = like not in _tried
    _tried.add(like)
    return is_new


@schemathesis.check
def keys_are_asked_for(ctx, response, case):
    """As `ignored_auth`, but wrong keys may be refused by their number too: ten that begin alike are a guess."""
    try:
        return ignored_auth(ctx, response, case)
    except IgnoredAuth as found:
        if "got `429 " not in found.message:
            raise
    return None
