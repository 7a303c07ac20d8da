"""How long the service waits, how long a claim lasts, and how much is taken at once.

Frozen values that hang on the runtime: whoever wants others, as tests do, hands them over; nobody changes a module.
Settings are what an operator may change; these are not.
"""

from dataclasses import dataclass, field

from voicebot.sockets.limits import SocketLimits


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """One turn of a call."""

    lease_s: float = 3.0
    """A turn whose process died is taken over this long after its last sign of life."""
    renew_s: float = 1.0
    idle_s: float = 9.0
    """Longer than the model's own limits: only a lost thread is silent for so long."""
    complete_s: float = 0.6
    """An answer that is complete by then goes into one document."""
    complete_early_s: float = 0.15
    """The same of one that was begun before the caller was done: it has had its time."""
    first_sound_s: float = 1.5
    """Nobody waits longer for a document: then a filler speaks."""
    voice_s: float = 1.9
    """A document is sent by then, in Twilio's voice where ours has no sound yet."""
    remembered_s: float = 60.0
    """How long a process remembers the end of a turn for the call's next request."""
    remembered: int = 1_000
    """Of so many calls."""


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """A call on a socket."""

    token_s: float = 30.0
    """How long the token of a socket may take to come back."""
    start_within_s: float = 5.0
    """A socket that has not said by then which call it carries is closed."""
    lease_s: float = 20.0
    renew_s: float = 5.0
    looks_s: float = 0.2
    """How often a process looks for commands of operators to the calls of its sockets."""
    looks_by_rest_s: float = 0.8
    idle_s: float = 9.0
    """As of a turn."""
    leave_s: float = 3.0
    """How long a session that is over waits until its last words are committed."""
    away_s: float = 0.5
    """How often it is looked whether the database is back."""
    last_tries_s: float = 2.0
    gathers_s: float = 0.6
    """How long a commit that nobody waits for is delayed, so that one transaction holds more."""
    stands_s: float = 0.4
    """Words that have stood for so long may be the last: an answer to them is begun."""
    filler_s: float = 1.5
    """Who waits for an answer hears something by then."""


@dataclass(frozen=True, slots=True)
class SpeculationLimits:
    """Answering a caller on Gather who may not be done."""

    stood_s: float = 0.4
    """Words that have not changed for so long may be the last ones."""
    paused_s: float = 1.2
    """The longest that they are waited for once the caller went on after such a pause."""
    head_start_s: float = 0.6
    """An answer that is begun later than this before the words are final is hardly sooner for it."""
    most_starts: int = 5
    """In one turn."""
    apart_s: float = 1.0
    """Results come so far apart while somebody speaks, as long as a process has not seen it."""
    most_at_once: int = 20
    """In one process: callers who are done come first."""
    silent_s: float = 0.7
    """A speculative answer without progress for this long after the caller is done is made anew."""
    stalled_s: float = 2.5
    """The same once there is something to say: the caller hears that meanwhile."""
    poll_s: float = 0.03
    keep_s: float = 90.0
    """How long a caller's partial words are remembered; one <Gather> hears a minute (handbook 2.3)."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How long one process waits for a client's data, and for how many clients at once."""

    headers_s: float = 10.0
    body_s: float = 20.0
    send_s: float = 60.0
    """The longest that a client may leave an answer, or a piece of one, lying."""
    least_bytes_per_s: int = 2000
    """Whoever takes an answer more slowly has `send_s` for all of it; a telephone line is four times as fast."""
    most_unsent: int = 100
    """The most answers that wait for their clients; one more closes the one that has waited longest."""
    most_incomplete: int = 200
    """The most connections with an unfinished request; one more closes the one that has waited longest."""


@dataclass(frozen=True, slots=True)
class WebhookLimits:
    """What a carrier's request waits for."""

    answer_within_s: float = 2.8
    """The caller waits no longer than 3 s for any document."""
    after_pause_s: float = 1.8
    """The time that is left when the document before was a request for patience and a pause."""
    keep_within_s: float = 0.5
    """A note that is not what the request is about."""
    health_fresh_s: float = 1.0
    """Anybody may ask `/readyz`; the database answers once in so long at most."""


@dataclass(frozen=True, slots=True)
class ThreadLimits:
    """Answering one thread of texts."""

    lease_s: float = 45.0
    """Longer than the slowest answer of the model; a thread whose worker died waits no longer than this."""
    retry_s: float = 5.0
    onboarding_lease_s: float = 15.0
    """A thread that is opened to ask or to remind: nothing slow happens then."""


@dataclass(frozen=True, slots=True)
class FinishLimits:
    """Committing what came of handing something over, also while the database is away: only we know it."""

    tries: int = 20
    pause_s: float = 0.5


@dataclass(frozen=True, slots=True)
class TextLimits:
    """Handing texts over, and asking what became of them."""

    lease_s: float = 90.0
    longest_post_s: float = 20.0
    """The longest that one handing over may take: the HTTP client gives up after 15 s."""
    batch: int = 1
    """Whoever dies holding a claim leaves its texts unconfirmed, posted or not; and a STOP counts until the claim."""
    finish: FinishLimits = FinishLimits()
    unknown_after_s: float = 20.0
    """Callbacks come within seconds, and a list shows a new message only after a moment."""
    unknown_thin_after_s: float = 120.0
    """A text that was missing on the list for so long is looked for ever more seldom."""
    unsettled_after_s: float = 900.0
    unsettled_thin_after_s: float = 900.0
    """Some routes never tell of a delivery: such texts are asked for ever more seldom."""
    page: int = 500
    """What one round of comparing asks the database about at once."""


@dataclass(frozen=True, slots=True)
class CarrierLimits:
    """One request to the carrier that hands a text over."""

    read_timeout_s: float = 8.0
    total_timeout_s: float = 15.0


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """Handing codes over: dials of ours, and requests to the carrier's own service."""

    lease_s: float = 60.0
    """Longer than a batch of exchanges that take as long as they may."""
    longest_post_s: float = 20.0
    batch: int = 2
    finish: FinishLimits = FinishLimits()
    silent_after_s: float = 900.0
    """By then a call that reads a code is over and stands in the carrier's list."""


@dataclass(frozen=True, slots=True)
class GreetingLimits:
    """Greeting whoever picks up a call of ours."""

    made_within_s: float = 2.0
    """How long a dial waits for its greeting to be voiced: one that is dialled without it hears the carrier's voice."""
    heard_within_s: float = 0.35
    """Whoever picks up hears something by then, whatever the database does."""


@dataclass(frozen=True, slots=True)
class MailLimits:
    """Handing mail over."""

    lease_s: float = 180.0
    longest_send_s: float = 60.0
    """The mail server's connection is cut by then."""
    finish: FinishLimits = FinishLimits()


@dataclass(frozen=True, slots=True)
class EventLimits:
    """Posting events to systems outside."""

    lease_s: float = 90.0
    longest_post_s: float = 45.0
    """Includes the lookup of the host's address, which has no limit of its own."""
    answer_s: float = 15.0
    finish: FinishLimits = FinishLimits()


@dataclass(frozen=True, slots=True)
class SweepLimits:
    """Taking old rows away, in pieces that hold nobody up."""

    batch: int = 2000
    most_batches: int = 100


@dataclass(frozen=True, slots=True)
class BulkLimits:
    """One action on many rows."""

    batch: int = 100
    """Rows of one transaction: cancelling waits for no more."""
    exported: int = 500
    quiet_s: float = 120.0
    """An action that nobody has touched for so long has lost its worker."""


@dataclass(frozen=True, slots=True)
class DoctorLimits:
    """What `doctor` waits for."""

    patience_s: float = 12.0


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """How often a worker looks for jobs, and how long it waits."""

    poll_s: float = 0.3
    concurrency: int = 8
    heartbeat_s: float = 10.0
    heartbeat_limit_s: float = 60.0
    graceful_s: float = 25.0
    reconnect_s: float = 1.0


@dataclass(frozen=True, slots=True)
class LoopLimits:
    """How often the loops of a worker look unasked, and how long they rest after trouble."""

    poll_s: float = 0.25
    codes_poll_s: float = 0.5
    queue_poll_s: float = 1.0
    """Entries that came straight into the table are looked at within two seconds."""
    mail_poll_s: float = 5.0
    events_poll_s: float = 0.5
    rounds_s: float = 15.0
    """Asking the carrier about what it has not told."""
    away_s: float = 1.0
    fault_s: float = 0.5
    stop_within_s: float = 25.0


@dataclass(frozen=True, slots=True)
class FleetLimits:
    """How processes know of each other."""

    every_s: float = 5.0
    forget_after_s: float = 10.0
    """A process that died gives its share back within this time and `every_s`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """All of them, by what they are about."""

    turn: TurnLimits = field(default_factory=TurnLimits)
    stream: StreamLimits = field(default_factory=StreamLimits)
    socket: SocketLimits = field(default_factory=SocketLimits)
    speculation: SpeculationLimits = field(default_factory=SpeculationLimits)
    webhook: WebhookLimits = field(default_factory=WebhookLimits)
    thread: ThreadLimits = field(default_factory=ThreadLimits)
    text: TextLimits = field(default_factory=TextLimits)
    carrier: CarrierLimits = field(default_factory=CarrierLimits)
    code: CodeLimits = field(default_factory=CodeLimits)
    greeting: GreetingLimits = field(default_factory=GreetingLimits)
    mail: MailLimits = field(default_factory=MailLimits)
    events: EventLimits = field(default_factory=EventLimits)
    sweep: SweepLimits = field(default_factory=SweepLimits)
    bulk: BulkLimits = field(default_factory=BulkLimits)
    doctor: DoctorLimits = field(default_factory=DoctorLimits)
    worker: WorkerLimits = field(default_factory=WorkerLimits)
    loops: LoopLimits = field(default_factory=LoopLimits)
    fleet: FleetLimits = field(default_factory=FleetLimits)
