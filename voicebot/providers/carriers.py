"""Carriers: the accounts that dial and text, and which of them carries a number or a call.

One is the account of the settings. Others come from rows of `call_service_providers`, and are looked at again while
the process runs: `wiring.py` makes both.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from voicebot.providers.ports import Dialler, Messaging, PhoneVerifier, Telephony

DEFAULT_NAME = "twilio"
FRESH_S = 2.0
"""A provider that was added, changed or switched off counts as such everywhere after so long."""
FIRST_LOOK_S = 0.5


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


@dataclass(frozen=True)
class Accounts:
    """Accounts beside that of the settings: those that speak Twilio's API, those that dial in a way of their own by
    name, and who carries which further number, by name."""

    carriers: tuple[Carrier, ...] = ()
    diallers: Mapping[str, Dialler] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)


class UnknownAccount(Exception):
    """No account has that name, or its credentials cannot be read."""


class Carriers:
    """All accounts. `main` carries what no other one says it carries."""

    def __init__(
        self,
        main: Carrier,
        *others: Carrier,
        stored: Callable[[], Accounts | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`stored` reads the other accounts; None from it: they cannot be read now, and the last ones count."""
        self.main = main
        self._stored, self._clock = stored, clock
        self._looked_at, self._looking = float("-inf"), threading.Lock()
        self.away = False
        """Whether the other accounts could not be read the last time: the database is away."""
        self._accounts = Accounts(others)

    def __iter__(self) -> Iterator[Carrier]:
        return iter((self.main, *self._others().carriers))

    def named(self, name: str) -> Carrier | Dialler:
        """Return the account of that name, or the other dialler under it. Raises UnknownAccount: one account is never
        asked about another one's calls.
        """
        if name == self.main.name:
            return self.main
        # The row may be younger than our last look.
        for accounts in (self._others, self._look):
            found = accounts()
            for each in found.carriers:
                if each.name == name:
                    return each
            if name in found.diallers:
                return found.diallers[name]
        raise UnknownAccount(name)

    def diallers(self) -> Mapping[str, Dialler]:
        """Return all of them by name."""
        return self._others().diallers

    def is_alone(self) -> bool:
        """Whether the main account is the only one."""
        others = self._others()
        return not (others.carriers or others.diallers)

    def of_number(self, number: str) -> Carrier:
        """Return the account that calls or texts from a number of ours."""
        if number in self.main.addresses:
            return self.main
        others = self._others()
        for each in others.carriers:
            if number in each.addresses or others.numbers.get(number) == each.name:
                return each
        return self.main

    def is_own(self, number: str) -> bool:
        """Whether an account calls or texts from this number: the numbers of the settings, known before any row is.

        Of all other numbers of an account the table knows that they are ours (`private.why_not_reached`).
        """
        return number in self.main.addresses or any(
            number in each.addresses for each in self._others().carriers
        )

    def tokens_of(self, account_sid: str) -> tuple[str, ...]:
        """Return the secrets that may have signed a request of an account; none for a foreign account.

        A request without an account, such as a socket's, may come from any of ours.
        """
        if not account_sid:
            return tuple(token for each in self for token in each.tokens)
        carrier = self.of_account(account_sid)
        return carrier.tokens if carrier else ()

    def signer(self, account_sid: str, token_index: int) -> Carrier:
        """Return the account whose token signed: `token_index` counts in what `tokens_of` returned."""
        if named := self.of_account(account_sid):
            return named
        owners = [each for each in self for _ in each.tokens]
        return owners[min(token_index, len(owners) - 1)]

    def of_account(self, account_sid: str) -> Carrier | None:
        """Return the account that a request names; None for one that is not ours."""
        # Of the main account the settings know all: it is served without the database.
        if account_sid == self.main.account_sid:
            return self.main
        return next((each for each in self._others().carriers if each.account_sid == account_sid), None)

    def look_ahead(self) -> None:
        """Begin to read the other accounts, so that the first request does not wait for it."""
        if self._stored is not None and self._looking.acquire(blocking=False):
            threading.Thread(target=self._look_beside, daemon=True).start()

    def _others(self) -> Accounts:
        """Return the accounts read last; old ones are read again in the background, so nobody waits for a database."""
        if self._stored is not None and self._clock() - self._looked_at >= FRESH_S:
            first = self._looked_at == float("-inf")
            if self._looking.acquire(blocking=False):
                looking = threading.Thread(target=self._look_beside, daemon=True)
                looking.start()
                # Nothing is known yet, and a healthy database answers in a moment.
                looking.join(FIRST_LOOK_S if first else 0.0)
        return self._accounts

    def _look_beside(self) -> None:
        try:
            self._look()
        finally:
            self._looking.release()

    def _look(self) -> Accounts:
        if self._stored is not None:
            found = self._stored()
            self.away = found is None
            self._accounts = found or self._accounts
            self._looked_at = self._clock()
        return self._accounts
