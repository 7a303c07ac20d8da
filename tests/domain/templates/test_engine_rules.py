"""A template whose calls one model hears and speaks by itself."""

import pytest
from pydantic import ValidationError

from voicebot.domain.templates.template import CallTemplate
from voicebot.storage.catalogue.templates import row_of_template, template_of_row


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"engine": "realtime"}, "must be media"),
        ({"engine": "realtime", "transport": "relay"}, "must be media"),
        ({"engine": "realtime", "transport": "media", "onboarding": "all"}, "cannot be asked"),
        ({"engine_voice": "cedar"}, "is for `engine: realtime`"),
        ({"engine": "realtime", "transport": "media", "engine_voice": "nobody"}, "engine_voice"),
        ({"engine": "magic", "transport": "media"}, "engine"),
    ],
)
def test_an_engine_that_could_not_carry_the_call_is_refused(fields: dict, complaint: str):
    with pytest.raises(ValidationError) as refused:
        CallTemplate.model_validate({"name": "Line", **fields})

    assert complaint in str(refused.value)


def test_an_engine_is_kept_with_its_voice():
    template = CallTemplate.model_validate(
        {"name": "Line", "transport": "media", "engine": "realtime", "engine_voice": "cedar"}
    )

    assert template_of_row(row_of_template(template, None)) == (template, ())
