"""What schemathesis is told of this API: `SCHEMATHESIS_HOOKS` names this file in test_from_outside.py."""

import schemathesis
from schemathesis.openapi.checks import IgnoredAuth
from schemathesis.specs.openapi.checks import ignored_auth


@schemathesis.check
def keys_are_asked_for(ctx, response, case):
    """As `ignored_auth`, but wrong keys may be refused by their number too: ten that begin alike are a guess."""
    try:
        return ignored_auth(ctx, response, case)
    except IgnoredAuth as found:
        if "got `429 " not in found.message:
            raise
    return None
