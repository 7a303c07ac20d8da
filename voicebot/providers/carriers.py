"""Carriers: the accounts that dial and text, and which of them carries a number.

One account today, made from the settings by `wiring.py`. Others may come from rows of `call_service_providers`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from voicebot.providers.ports import Messaging, PhoneVerifier, Telephony

DEFAULT_NAME = "twilio"


@dataclass(frozen=True)
class Carrier:
    """One account: the ports that reach it, the addresses that it calls and texts from, the tokens that it signs with."""

    account_sid: str
    telephony: Telephony
    messaging: Messaging
    tokens: tuple[str, ...] = field(repr=False)
    """The current one first; two during a rotation."""
    number: str = ""
    """Calls and texts begin from here unless something else is asked for."""
    name: str = DEFAULT_NAME
    """Its name in `call_service_providers`; dials are claimed by it."""
    verifier: PhoneVerifier | None = None
    """The account's own service for codes; None: they are ours."""
    messaging_service_sid: str = ""
    """What chooses the sender of texts that would begin from `number`."""
    whatsapp_sender: str = ""
    whatsapp_template_sid: str = ""
    """The template for somebody who has not written for a day."""

    @property
    def addresses(self) -> frozenset[str]:
        """Return the plain numbers that it calls, texts and chats from by itself."""
        return frozenset(filter(None, (self.number, self.whatsapp_sender)))


class Carriers:
    """All accounts. `main` carries what no other one says it carries."""

    def __init__(self, main: Carrier, *others: Carrier) -> None:
        self.main = main
        self._all = (main, *others)
        self._by_account = {each.account_sid: each for each in self._all}
        self._by_address = {address: each for each in reversed(self._all) for address in each.addresses}

    def __iter__(self) -> Iterator[Carrier]:
        return iter(self._all)

    def of_number(self, number: str) -> Carrier:
        """Return the account that calls or texts from a number of ours."""
        return self._by_address.get(number, self.main)

    def is_own(self, number: str) -> bool:
        """Whether an account calls or texts from this number: the numbers of the settings, known before any row is.

        Of all other numbers of an account the table knows that they are ours (`private.why_not_reached`).
        """
        return number in self._by_address

    def tokens_of(self, account_sid: str) -> tuple[str, ...]:
        """Return what may have signed a request of an account; nothing for one that is not ours.

        A request that names no account, as a socket's does, may come from each.
        """
        if not account_sid:
            return tuple(token for each in self._all for token in each.tokens)
        carrier = self._by_account.get(account_sid)
        return carrier.tokens if carrier else ()
