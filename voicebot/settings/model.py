"""Every setting of the service: its name, type, default and what it is for.

A setting is the environment variable of the same name in capitals; those with `variable` in their
extra are named by it. `voicebot/settings/load.py` reads them and fills what depends on other settings.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from voicebot.domain.operators.smtp_url import mail_addresses, mail_sender
from voicebot.domain.person.phone import country
from voicebot.settings import rules
from voicebot.settings.database_url import database_url

HttpUrl = Annotated[str, AfterValidator(rules.http_url)]
OptionalHttpUrl = Annotated[str, AfterValidator(rules.optional(rules.http_url))]
OptionalPhoneNumber = Annotated[str, AfterValidator(rules.optional(rules.phone_number))]
Key = Annotated[str, AfterValidator(rules.optional(rules.long_key))]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Dollars = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
Hours = Annotated[float, Field(ge=0, le=720, allow_inf_nan=False)]

SIMULATOR_API_KEY = "simulator"


def _own(name: str, **extra: Any) -> dict[str, Any]:
    return {"variable": f"VOICEBOT_{name}", **extra}


def _shown(default: str) -> dict[str, Any]:
    return {"default_text": default}


class Settings(BaseModel):
    """The configuration of one process, read once. Never changes; `voicebot.settings.load.load_settings` makes it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)

    # --- where we are -----------------------------------------------------------------------------
    public_url: OptionalHttpUrl = Field(
        "",
        description="Where Twilio reaches this service; signatures are checked against it.",
        json_schema_extra=_shown("`http://127.0.0.1:PORT`"),
    )
    public_ws_url: Annotated[str, AfterValidator(rules.optional(rules.websocket_url))] = Field(
        "",
        description="Where Twilio reaches the websockets, when that is another host.",
        json_schema_extra=_shown("`PUBLIC_URL` with `wss`"),
    )
    port: int = Field(8080, ge=1, le=65535, description="The port that the web processes listen on.")
    bind_host: Annotated[str, AfterValidator(rules.ip_address)] = Field(
        "127.0.0.1",
        description="The address they listen on; `0.0.0.0` lets other machines in, which needs accounts.",
        json_schema_extra=_own("BIND_HOST"),
    )
    data_dir: Path = Field(
        Path(".voicebot"),
        description="Folder for the embedded database, the spool and generated secrets.",
        json_schema_extra=_own("DATA_DIR"),
    )
    simulator_url: HttpUrl = Field(
        "http://127.0.0.1:9100",
        description="Where the simulator listens; it stands in for every provider when no account is set.",
        json_schema_extra=_own("SIMULATOR_URL"),
    )
    role: Literal["all", "web", "live"] = Field(
        "all",
        description="What the web processes serve: `web` pages, API and webhooks, `live` the websockets of calls, or `all`.",
        json_schema_extra=_own("ROLE"),
    )
    web_workers: int = Field(
        2, ge=1, le=64, description="Web processes behind the port.", json_schema_extra=_own("WEB_WORKERS")
    )
    max_calls: int = Field(
        100,
        ge=1,
        le=10_000,
        description="Calls that one web process takes on at once, each from its answer to its end; "
        "further ones are refused politely.",
        json_schema_extra=_own("MAX_CALLS"),
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(rules.lower_case)] = (
        Field(
            "info",
            description="The least important log line that is written.",
            json_schema_extra=_own("LOG_LEVEL"),
        )
    )
    timezone: Annotated[str, AfterValidator(rules.time_zone)] = Field(
        "UTC",
        description="Zone in which times are shown, as `Europe/Berlin`.",
        json_schema_extra=_own("TIMEZONE"),
    )
    metrics_token: str = Field(
        "",
        repr=False,
        description="Bearer token that opens `/metrics` to other machines; without the token only this machine may look.",
        json_schema_extra=_own("METRICS_TOKEN"),
    )

    client_address_header: str = Field(
        "",
        pattern=r"^([A-Za-z][A-Za-z0-9-]{0,63})?$",
        description="Header in which the proxy writes the client's address, as `X-Forwarded-For` (its last address counts); without "
        "it the addresses of clients behind a proxy are not known.",
        json_schema_extra=_own("CLIENT_ADDRESS_HEADER"),
    )
    service_name: str = Field(
        "Voicebot",
        pattern=r"^[^\d\[\]\s][^\d\[\]\r\n]{0,29}$",
        description="The sender's name in the words of texts: up to 30 characters without digits.",
        json_schema_extra=_own("SERVICE_NAME"),
    )

    home_language: Annotated[str, AfterValidator(rules.home_language)] = Field(
        "en-US",
        description="The language of the service, as `de-DE`: calls whose template names none, texts, codes, and what is said when "
        "nothing else is known. Words stand ready in English, Spanish, French, German, Portuguese and Italian.",
        json_schema_extra=_own("LANGUAGE"),
    )

    # --- Twilio -----------------------------------------------------------------------------------
    twilio_account_sid: Annotated[str, AfterValidator(rules.sid("AC"))] = Field(
        "", description="Twilio account."
    )
    twilio_auth_token: Annotated[str, AfterValidator(rules.token_pair)] = Field(
        "",
        repr=False,
        description="Twilio auth token; two, comma-separated, while they rotate: the first is used.",
    )
    twilio_api_base: OptionalHttpUrl = Field(
        "",
        description="Stands in for every host of Twilio's REST API.",
        json_schema_extra=_shown("Twilio's own hosts"),
    )
    twilio_phone_number: OptionalPhoneNumber = Field(
        "", description="The number that the bot calls and texts from."
    )
    twilio_messaging_service_sid: Annotated[str, AfterValidator(rules.sid("MG"))] = Field(
        "",
        description="Messaging service that texts are sent through, when they leave from `TWILIO_PHONE_NUMBER`.",
    )
    twilio_verify_service_sid: Annotated[str, AfterValidator(rules.sid("VA"))] = Field(
        "",
        description="Verify service that makes and sends codes in our place. It knows one code a number, which all API keys share.",
    )
    twilio_whatsapp_sender: OptionalPhoneNumber = Field("", description="WhatsApp sender, as a plain number.")
    twilio_whatsapp_template_sid: Annotated[str, AfterValidator(rules.sid("HX"))] = Field(
        "",
        description="WhatsApp template that carries a text later than 24 hours after the person's last message.",
    )

    # --- OpenAI, ElevenLabs, transcribers ---------------------------------------------------------
    openai_api_key: str = Field("", repr=False, description="OpenAI key.")
    openai_base_url: HttpUrl = Field(
        "https://api.openai.com/v1", description="Any OpenAI-compatible API, with `/v1`."
    )
    openai_model: str = Field("gpt-4.1-mini", min_length=1, description="The model that talks.")
    realtime_model: str = Field(
        "gpt-realtime-2.1",
        min_length=1,
        description="OpenAI's model that hears and speaks by itself, for templates with `engine: realtime`.",
    )
    openai_fallback_model: str = Field("gpt-4o-mini", description="Asked when the first model fails.")
    elevenlabs_api_key: str = Field("", repr=False, description="ElevenLabs key.")
    elevenlabs_base_url: HttpUrl = Field(
        "https://api.elevenlabs.io", description="ElevenLabs' API, without `/v1`."
    )
    elevenlabs_voice_id: str = Field(
        "21m00Tcm4TlvDq8ikWAM",
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="The voice when nothing else chooses one.",
    )
    elevenlabs_concurrency: int = Field(
        30,
        ge=1,
        le=1000,
        description="Utterances that ElevenLabs makes for all processes at the same time, until an answer has told the plan's number.",
    )
    speaker: Literal["socket", "http"] = Field(
        "socket",
        description="How ElevenLabs speaks on `media`: `socket` (a websocket a call) or `http` (a request a sentence).",
    )
    transcriber: Literal["", "scribe", "deepgram", "openai", "own"] = Field(
        "",
        description="Who understands the caller on `media`: `scribe` (ElevenLabs), `deepgram`, `openai` or `own`. The next one whose "
        "key is there takes over when it fails.",
        json_schema_extra=_shown("the first whose key is there"),
    )
    deepgram_api_key: str = Field("", repr=False, description="Deepgram key; for `TRANSCRIBER=deepgram`.")
    deepgram_base_url: HttpUrl = Field(
        "https://api.deepgram.com", description="Deepgram's API, without `/v1`."
    )
    deepgram_model: Literal["flux", "nova"] = Field(
        "flux",
        description="`flux`, which reports by itself when a caller is done (languages unknown to it go to `nova`), or `nova`.",
    )
    transcriber_concurrency: int = Field(
        0,
        ge=0,
        le=10_000,
        description="Calls on `media` that the first transcriber hears at the same time, in all processes; further ones are heard by "
        "the next one. 0: as many as there are.",
    )
    stt_base_url: OptionalHttpUrl = Field(
        "",
        description="A transcriber of your own, with `/v1`; for `TRANSCRIBER=own`. It is asked at `/listen` and `/stt`.",
    )

    # --- the database -----------------------------------------------------------------------------
    supabase_url: OptionalHttpUrl = Field("", description="Supabase project.")
    supabase_service_role_key: str = Field("", repr=False, description="Its service-role key.")
    supabase_jwt_secret: str = Field(
        "",
        repr=False,
        description="What a project signs tokens with that has no asymmetric keys; for signing in to the console.",
    )
    supabase_db_url: Annotated[str, AfterValidator(rules.optional(database_url))] = Field(
        "",
        repr=False,
        description="Postgres connection; faster than REST, and needed by `worker` and `migrate`.",
        json_schema_extra=_shown("embedded Postgres when `SUPABASE_URL` is empty too"),
    )

    # --- mail -------------------------------------------------------------------------------------
    smtp_url: Annotated[str, AfterValidator(rules.optional(rules.smtp_url))] = Field(
        "",
        repr=False,
        description="Mail server, as `smtp://user:password@mail.example.com:587` (STARTTLS, except on this machine) or "
        "`smtps://…:465`; percent-encode what is special. `?timeout=15` and `?hello=NAME` may follow.",
    )
    mail_from: Annotated[str, AfterValidator(rules.optional(mail_sender))] = Field(
        "", description="The sender of mail, as `Voicebot <voicebot@example.com>`; needed with `SMTP_URL`."
    )
    operator_email: Annotated[tuple[str, ...], BeforeValidator(mail_addresses)] = Field(
        (),
        description="Addresses that get escalations and the digest, comma-separated. An escalation's mail has the caller's whole "
        "number and message, for calling back.",
    )
    digest_at: Annotated[str, AfterValidator(rules.optional(rules.time_of_day))] = Field(
        "",
        description="When the digest of the day before is mailed, as `07:30` in `VOICEBOT_TIMEZONE`; empty sends none.",
        json_schema_extra=_own("DIGEST_AT"),
    )

    # --- secrets of ours --------------------------------------------------------------------------
    secret_key: Key = Field(
        "",
        repr=False,
        description="Root of every signature of ours; at least 16 characters, the same on every machine.",
        json_schema_extra=_shown("made once in the data folder"),
    )
    credentials_key: Key = Field(
        "",
        repr=False,
        description="Encrypts stored credentials; at least 16 characters, the same on every machine.",
        json_schema_extra=_shown("made once in the data folder"),
    )

    # --- calls and texts --------------------------------------------------------------------------
    voice_transport: Literal["gather", "relay", "media"] = Field(
        "gather",
        description="How Twilio carries a call whose template does not say: `gather`, `relay` (Twilio hears and speaks) or `media` "
        "(we do).",
    )
    operator_phone_number: OptionalPhoneNumber = Field(
        "",
        description="The number that `0` and the transfer tool lead to, and that gets a text when somebody needs a "
        "person; without it the bot takes a message.",
    )
    operator_webhook_url: Annotated[str, AfterValidator(rules.optional(rules.webhook_url))] = Field(
        "",
        repr=False,
        description="Where every new escalation is posted, signed (`voicebot escalations secret`); https.",
    )
    allowed_countries: Annotated[tuple[str, ...], BeforeValidator(rules.countries)] = Field(
        (),
        description="Countries that may be called and texted, as `US,CA`.",
        json_schema_extra=_shown("the country of `TWILIO_PHONE_NUMBER`"),
    )
    calls_per_second: float = Field(
        1.0,
        gt=0,
        le=100,
        allow_inf_nan=False,
        description="Outbound calls started per second, by each account of a carrier.",
    )
    onboarding: Literal["none", "texts", "all"] = Field(
        "texts",
        description="People whom the bot first asks name, place, voice and consent: `none` (nobody), `texts` (new texters) or `all` (new "
        "callers too); a template's own wish wins.",
        json_schema_extra=_own("ONBOARDING"),
    )
    speculation: bool = Field(
        True,
        description="Whether an answer is begun while a caller on `gather` may not be done: it is heard sooner, and some are made in "
        "vain. A template may say no.",
        json_schema_extra=_own("SPECULATION"),
    )
    recordings_delete_at_carrier: bool = Field(
        False,
        description="Whether a carrier's recording is deleted there once the service has a copy.",
    )
    tool_hosts: Annotated[tuple[str, ...], BeforeValidator(rules.tool_hosts)] = Field(
        (),
        description="Private hosts on which tools of one's own may be asked, by plain http too, as `booking.internal,10.0.0.5:8080`; a host without a port means 80 and 443.",
        json_schema_extra=_own("TOOL_HOSTS"),
    )
    max_call_seconds: int = Field(1800, ge=60, le=14_400, description="The longest that a call may last.")
    require_plan: bool = Field(
        False,
        description="Calls of a user wait until the user has an active plan; otherwise only users who once had a plan need one. Operators' own calls need none.",
    )
    max_live_calls_per_number: Count = Field(
        3, description="Calls of one number that are let in at once; one more hears that and ends."
    )
    max_live_calls_per_prefix: Count = Field(
        10,
        description="The same of all numbers that differ in their last four digits alone, and of all who withhold theirs.",
    )
    max_hourly_calls_per_number: Count = Field(
        20, description="Calls of one number that are let in within an hour."
    )
    max_hourly_calls_per_prefix: Count = Field(
        60, description="The same of a prefix, and of all withheld numbers."
    )
    max_hourly_texts_per_number: Count = Field(
        40,
        description="Texts of one number that are answered within an hour; the sender of one more is told so once.",
    )
    max_hourly_texts_per_prefix: Count = Field(200, description="The same of a prefix.")
    max_call_usd: Dollars = Field(
        5.0,
        description="The most dollars for one call, as the service reckons them; at this sum it says goodbye.",
    )
    max_daily_inbound_usd: Dollars = Field(
        50.0,
        description="The most dollars a day for calls that come in, reckoned likewise; what each is expected to cost counts until it "
        "is over. At this sum none is let in until midnight UTC; calls under way go on.",
    )
    max_daily_outbound_usd: Dollars = Field(
        100.0,
        description="The most dollars a day for talks that we dial; what each is expected to cost counts from its dial on. At "
        "this sum the queue waits until midnight UTC.",
    )
    max_daily_texts_usd: Dollars = Field(
        20.0,
        description="The most dollars a day for texts, once for answers and once for codes; at this sum none leaves until "
        "midnight UTC.",
    )
    max_daily_code_calls_usd: Dollars = Field(
        20.0,
        description="The most dollars a day for codes by phone; at this sum no code is read out until midnight UTC.",
    )
    help_answered_by: Literal["twilio", "us"] = Field(
        "twilio", description="Who answers HELP: `twilio`, which does so by default, or `us`."
    )

    give_back_after_hours: Hours = Field(
        4.0,
        description="Hours after which the bot answers a thread again that a person took over, counted from the person's last "
        "text; 0: only when it is resolved.",
    )

    # --- found out while reading, no variables ----------------------------------------------------
    offline: bool = Field(False, json_schema_extra={"computed": True})
    generated: frozenset[str] = Field(frozenset(), json_schema_extra={"computed": True})

    @property
    def home_country(self) -> str | None:
        """The country of our number, in which numbers are typed that have no country code."""
        return country(self.twilio_phone_number)

    @property
    def twilio_auth_tokens(self) -> tuple[str, ...]:
        """The tokens that a signature may be made with, the current one first."""
        return tuple(self.twilio_auth_token.split(","))

    def derived_key(self, purpose: str) -> bytes:
        """Return the 32-byte key for one purpose; no key reveals another one."""
        return rules.derive(self.secret_key, purpose)

    @property
    def sealing_key(self) -> bytes:
        """The 32-byte key that stored credentials are encrypted with (`storage/credentials`)."""
        return rules.derive(self.credentials_key, "credentials")
