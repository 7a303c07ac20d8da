"""Phone verification by Twilio Verify (handbook 7), for operators who do not want to send codes themselves."""

from voicebot.providers.ports import Outcome, ProviderError
from voicebot.providers.twilio.client import TwilioAccount, checked_sid, present, readable

GONE = frozenset({"20404", "http_404", "60200"})
"""No verification runs for the number: never started, over, or approved before."""
USED_UP = "60202"
LOCALES = (
    "af ar ca cs da de el en en-GB es et fi fr he hi hr hu id it ja kn ko lt ms mr nb nl pl pt pt-BR ro ru sk sv te th tl tr uk vi "
    "zh zh-CN zh-HK"
)
"""What `Locale` may be (handbook 7); another value is refused with 404."""


def locale_of(tag: str) -> str | None:
    """Return the locale that has a language tag's words; None where there is none."""
    known = LOCALES.split()
    return next((locale for locale in (tag, tag.split("-")[0]) if locale in known), None)


class TwilioVerify(TwilioAccount):
    """`PhoneVerifier` over one Verify service. Safe to share between threads and greenlets."""

    def __init__(
        self,
        service_sid: str,
        account_sid: str,
        auth_token: str,
        api_base: str | None = None,
        **limits: float,
    ) -> None:
        """`api_base` replaces every host of Twilio's (None: Twilio itself)."""
        super().__init__(account_sid, auth_token, api_base, **limits)
        self._service_sid = checked_sid(service_sid, "VA")

    def send_code(self, to: str, channel: str, language: str = "") -> str:
        """Send a code; return the verification's SID. An `unknown` outcome may have sent it.

        Its words are in `language` where Verify has them, else in the language of the number's country.
        """
        locale = locale_of(language)
        named = {"locale": locale} if locale else {}
        with readable():
            made = self._service.verifications.create(to=to, channel=channel, **named)
            return present(made.sid)

    def is_right(self, to: str, code: str) -> bool:
        """Tell whether this is the code; a number for which none runs has no right code."""
        try:
            with readable():
                checked = self._service.verification_checks.create(to=to, code=code)
                return bool(checked.status == "approved")
        except ProviderError as error:
            if error.code in GONE or error.code == USED_UP:
                return False
            if error.outcome is Outcome.REFUSED and error.code == "http_400":
                # It is not even shaped like a code.
                return False
            raise

    @property
    def _service(self):  # type: ignore[no-untyped-def]
        return self._client.verify.v2.services(self._service_sid)
