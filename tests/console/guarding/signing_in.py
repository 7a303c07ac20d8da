"""An auth that knows one account, and its form."""

from tests.console.conftest import token_of
from voicebot.providers.ports import Identity, Outcome, ProviderError


class Passwords:
    """Who may sign in, and how often a password was looked at."""

    def __init__(self, user, *, administrator=False):
        self.who, self.looked, self.fails = Identity(user, "ann@example.com", administrator), 0, False

    def sign_in(self, email, password):
        self.looked += 1
        if self.fails:
            raise ProviderError("supabase", "unreachable", Outcome.NOT_SENT)
        return self.who if (email, password) == (self.who.email, "right") else None


def log_in(client, password="right", email="ann@example.com", **more):
    token = token_of(client, "/console/login")
    return client.post(
        "/console/login", data={"email": email, "password": password, "form_token": token} | more
    )
