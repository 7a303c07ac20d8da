"""A token names one clip and is read as it was written; a forged one names nothing."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.call.phrases import Phrase
from voicebot.transports.clip_tokens import WORDS_BYTES, FixedClip, RowClip, read_token, write_token

KEY = b"k" * 32
small = st.integers(0, 2**31)
rows = st.builds(
    RowClip,
    st.tuples(st.integers(0, 2**63), small, small, small),
    st.binary(min_size=WORDS_BYTES, max_size=WORDS_BYTES),
    small,
    st.booleans(),
)
fixed = st.builds(
    FixedClip,
    st.sampled_from(Phrase),
    st.text(alphabet="abcXYZ09-", max_size=40),
    st.sampled_from(["de", "en-US"]),
)


@given(clip=rows | fixed)
def test_a_token_is_read_as_it_was_written(clip):
    assert read_token(KEY, write_token(KEY, clip)) == clip


@given(clip=rows | fixed, place=st.integers(0, 300), bit=st.integers(0, 7))
def test_a_token_that_was_changed_names_nothing(clip, place, bit):
    token = write_token(KEY, clip)
    data = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    data[place % len(data)] ^= 1 << bit

    assert read_token(KEY, base64.urlsafe_b64encode(bytes(data)).decode().rstrip("=")) is None


@given(clip=rows | fixed)
def test_another_key_opens_nothing(clip):
    assert read_token(b"x" * 32, write_token(KEY, clip)) is None


@given(token=st.text(max_size=60))
def test_rubbish_names_nothing(token):
    assert read_token(KEY, token) is None
