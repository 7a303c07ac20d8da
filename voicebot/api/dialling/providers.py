"""Providers that dial, over the API. Secrets are written and never read."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body, Nothing
from voicebot.api.errors import ApiError, wrong_field
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.domain.dialling.provider import LONGEST_SECRET, ProviderKind
from voicebot.services.dialling import providers as service
from voicebot.services.dialling.providers import BadProvider, NewProvider
from voicebot.storage import providers
from voicebot.storage.providers import ProviderRefused

Row = Mapping[str, Any]
PATH = "/providers/<provider>"
UNKNOWN = Example("There is no such provider.")
NOT_ALLOWED = Example("This key is narrowed to somebody; providers are the whole service's.")
FROM_SETTINGS = Example("It is the account of the settings: its number, rate and secrets stand there.")


class Secrets(Body):
    """The secrets of an account, stored encrypted and never shown. Which ones a provider has depends on its kind."""

    auth_token: str | None = Field(
        None,
        max_length=LONGEST_SECRET,
        description="Of kind twilio: the token, or two with a comma while it is changed.",
    )
    key: str | None = Field(None, max_length=LONGEST_SECRET, description="Of kind vapi: its private key.")
    assistant_id: str | None = Field(
        None, max_length=LONGEST_SECRET, description="Of kind vapi: who talks, unless a template says it."
    )
    webhook: str | None = Field(
        None,
        max_length=LONGEST_SECRET,
        description="Of kind vapi: the secret that its webhooks carry, or the credential that signs them, as JSON.",
    )


class ProviderFields(Body):
    """What can be changed; what is absent stays, null clears."""

    base_url: str | None = Field(None, max_length=500, description="Where its API is; null: its maker's.")
    default_number: str | None = Field(
        None,
        max_length=40,
        description="What calls begin from that wish for no number; null: it takes only what names it.",
    )
    priority: int | None = Field(None, ge=0, le=1000, description="The lowest is asked first.")
    concurrency_limit: int | None = Field(
        None, ge=1, le=100_000, description="Calls under way at once; null: any number."
    )
    calls_per_second: float | None = Field(
        None, gt=0, le=1000, description="Dials a second; null: any number."
    )
    enabled: bool | None = Field(None, description="false: it is asked for no more dials; its calls go on.")


class AddedProvider(ProviderFields):
    """A new provider."""

    name: str = Field(
        min_length=1, max_length=40, description="What it is called here: small letters, digits, hyphens."
    )
    kind: Literal["twilio", "vapi"] = Field("twilio", description="How it is asked.")
    account_sid: str = Field(min_length=1, max_length=100, description="The account's name at the provider.")
    secrets: Secrets


class ChangedProvider(ProviderFields):
    """What is to be changed."""

    secrets: Secrets | None = Field(None, description="Other secrets: all that its kind has.")


class Breaker(BaseModel):
    """Whether a provider is left alone because too many of its dials failed."""

    state: str = Field(description="`closed`: it is asked. `open`: it is left alone.")
    reason: str | None = Field(description="The code of the failure that opened it.")
    opened_at: str | None
    probe_at: str | None = Field(description="From then on one dial tries whether it is well again.")


class Provider(BaseModel):
    """A provider; never its secrets."""

    id: str
    name: str
    kind: Literal["twilio", "vapi"]
    account_sid: str | None = Field(description="null: the account of the settings.")
    base_url: str | None
    default_number: str | None
    priority: int
    concurrency_limit: int | None
    calls_per_second: float | None
    enabled: bool
    from_settings: bool
    has_secrets: bool
    under_way: int = Field(description="Calls under way that it dialled.")
    breaker: Breaker
    created_at: str
    updated_at: str


class ProviderList(BaseModel):
    """All that dial, the first to be asked first."""

    providers: list[Provider]


class Test(BaseModel):
    """What a provider answered."""

    ok: bool
    error: str | None = Field(description="The code of the failure.")
    numbers: int = Field(description="How many numbers the account has.")
    has_default_number: bool | None = Field(description="null: it has no number by default.")


def list_all(request: Request) -> Reply:
    """All of them."""
    with _worded():
        rows = providers.list_providers(request.runtime.database, actor=request.holder.actor)
    return Reply(200, {"providers": rows})


def add(request: Request) -> Reply:
    """Add one."""
    wanted: AddedProvider = request.body
    with _worded():
        row = service.add_provider(
            request.runtime,
            NewProvider(
                wanted.name,
                ProviderKind(wanted.kind),
                wanted.account_sid,
                _given(wanted.secrets),
                _fields(wanted),
            ),
            actor=request.holder.actor,
        )
    return Reply(201, row)


def show(request: Request) -> Reply:
    """One."""
    with _worded():
        row = providers.show_provider(
            request.runtime.database, request.path["provider"], actor=request.holder.actor
        )
    return Reply(200, row)


def change(request: Request) -> Reply:
    """Change one."""
    wanted: ChangedProvider = request.body
    with _worded():
        row = service.change_provider(
            request.runtime,
            request.path["provider"],
            _fields(wanted),
            _given(wanted.secrets) if wanted.secrets else None,
            actor=request.holder.actor,
        )
    return Reply(200, row)


def try_out(request: Request) -> Reply:
    """Ask it for its numbers."""
    with _worded():
        tried = service.try_provider(request.runtime, request.path["provider"], actor=request.holder.actor)
    return Reply(
        200,
        {
            "ok": tried.error is None,
            "error": tried.error,
            "numbers": tried.numbers,
            "has_default_number": tried.has_default_number,
        },
    )


def _fields(wanted: ProviderFields) -> dict[str, Any]:
    names = ProviderFields.model_fields.keys() & wanted.model_fields_set
    return {name: getattr(wanted, name) for name in names}


def _given(secrets: Secrets) -> dict[str, str]:
    return {name: value for name, value in secrets.model_dump().items() if value is not None}


@contextmanager
def _worded() -> Iterator[None]:
    """Turn refusals into the API's own."""
    try:
        yield
    except BadProvider as error:
        raise wrong_field(error.field, str(error)) from None
    except ProviderRefused as error:
        raise _refusals()[error.code] from None


def _refusals() -> Mapping[str, ApiError]:
    return {
        "unknown_provider": ApiError(404, "unknown_provider", "There is no such provider."),
        "not_allowed": ApiError(403, "not_allowed", "Providers are the whole service's."),
        "name_taken": ApiError(409, "name_taken", "There is a provider of that name."),
        "account_taken": ApiError(409, "account_taken", "This account is kept already."),
        "from_settings": ApiError(
            409, "from_settings", "Its number, rate and secrets stand in the settings."
        ),
    }


ROUTES = (
    Route(
        "GET",
        "/providers",
        "listProviders",
        "List the providers that dial, the first to be asked first.",
        list_all,
        {200: Example("All of them.", ProviderList), 403: NOT_ALLOWED},
        roles=OPERATOR,
    ),
    Route(
        "POST",
        "/providers",
        "addProvider",
        "Add a provider. Its secrets are kept encrypted and never shown.",
        add,
        {
            201: Example("The provider.", Provider),
            403: NOT_ALLOWED,
            409: Example("Name or account is taken."),
        },
        body=AddedProvider,
        roles=OPERATOR,
        done=("provider.added", "provider"),
    ),
    Route(
        "GET",
        PATH,
        "showProvider",
        "Show one provider.",
        show,
        {200: Example("The provider.", Provider), 403: NOT_ALLOWED, 404: UNKNOWN},
        roles=OPERATOR,
    ),
    Route(
        "PATCH",
        PATH,
        "changeProvider",
        "Change a provider, switch it off or on, give it other secrets.",
        change,
        {
            200: Example("The provider as it is now.", Provider),
            403: NOT_ALLOWED,
            404: UNKNOWN,
            409: FROM_SETTINGS,
        },
        body=ChangedProvider,
        roles=OPERATOR,
        done=("provider.changed", "provider"),
    ),
    Route(
        "POST",
        f"{PATH}/test",
        "testProvider",
        "Ask a provider for its numbers; nobody is called.",
        try_out,
        {200: Example("What it answered.", Test), 403: NOT_ALLOWED, 404: UNKNOWN},
        body=Nothing,
        roles=OPERATOR,
    ),
)
