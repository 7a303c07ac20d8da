"""Rules that learn to write addresses late write what werkzeug's own do."""

import pytest
from werkzeug.routing import Map, Rule
from werkzeug.routing.exceptions import BuildError

from simulator.wire.late_rules import LateRule as TheSimulators
from webhooks.late_rules import LateRule

SHAPES = {"call": "/calls/<int:number>/<name>", "list": "/calls", "rest": "/docs/<path:rest>"}
WANTED = [("call", {"number": 7, "name": "ä b"}), ("list", {"page": 2}), ("rest", {"rest": "a/b"})]


@pytest.mark.parametrize("kind", [LateRule, TheSimulators])
def test_an_address_is_written_and_read_as_by_werkzeugs_own_rules(kind: type[Rule]) -> None:
    late, own = (
        Map([each(shape, endpoint=name) for name, shape in SHAPES.items()]).bind("x") for each in (kind, Rule)
    )

    for name, values in WANTED * 2:
        address = late.build(name, values)
        assert address == own.build(name, values)
        assert late.match(address.partition("?")[0]) == own.match(address.partition("?")[0])
    with pytest.raises(BuildError):
        late.build("call", {"number": 7})
