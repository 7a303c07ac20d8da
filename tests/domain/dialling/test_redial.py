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


@given(RULES, st.sampled_from(RedialOutcome), st.integers(1, 30))
def test_each_attempt_waits_as_long_as_its_rule_says_and_the_last_rule_goes_on(rules, outcome, made):
    given = rules.get(outcome.value)

    assert RedialRules.from_json(rules).wait_s(outcome, made) == (
        given[min(made, len(given)) - 1] if given else None
    )


@pytest.mark.parametrize(
    "wrong",
    [{"answered": [60]}, {"busy": []}, {"busy": [59]}, {"busy": [10**9]}, {"busy": 60}, {"busy": ["60"]}, {"busy": [True]},
     {"busy": [60] * 21}, {"busy": [60.5]}, {"busy": None}],
)  # fmt: skip
def test_rules_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match=r"known outcomes|busy: "):
        RedialRules.from_json(wrong)
