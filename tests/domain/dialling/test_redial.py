"""After which outcome somebody is dialled again, and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.dialling.redial import (
    LONGEST_DELAY_S,
    MOST_DELAYS,
    SHORTEST_DELAY_S,
    RedialOutcome,
    RedialRules,
)

DELAYS = st.lists(st.integers(SHORTEST_DELAY_S, LONGEST_DELAY_S), min_size=1, max_size=MOST_DELAYS)
RULES = st.dictionaries(st.sampled_from([outcome.value for outcome in RedialOutcome]), DELAYS)


@given(RULES)
def test_rules_are_stored_as_they_were_given(rules):
    assert RedialRules.from_json(rules).to_json() == rules


@pytest.mark.parametrize(
    "wrong",
    [{"answered": [60]}, {"busy": []}, {"busy": [59]}, {"busy": [10**9]}, {"busy": 60}, {"busy": ["60"]}, {"busy": [True]},
     {"busy": [60] * 21}, {"busy": [60.5]}, {"busy": None}],
)  # fmt: skip
def test_rules_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match=r"known outcomes|busy: "):
        RedialRules.from_json(wrong)
