"""The rest of a campaign dialled again, over the API."""

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body, Revision
from voicebot.api.dialling.campaigns import UNKNOWN, Campaign
from voicebot.api.dialling.worded import id_of, worded
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.domain.dialling.redial import RedialOutcome
from voicebot.services.dialling import campaigns as service


class WantedRedial(Body):
    """Who is dialled again."""

    outcomes: list[str] = Field(
        min_length=1,
        max_length=10,
        description=f"What their last attempt came to: {', '.join(RedialOutcome)}.",
    )
    dry: bool = Field(False, description="true: only say how many.")
    revision: Revision | None = None


class Redialled(BaseModel):
    """Who is dialled again, or would be."""

    people: int
    skipped: dict[str, int] = Field(
        description="Who is not, by why: `reached`, `waiting` (dialled again anyhow), `canceled`, or what forbids it."
    )
    outcomes: list[str]
    campaign: Campaign


def redial(request: Request) -> Reply:
    """Dial the rest again, or say how many that would be."""
    wanted: WantedRedial = request.body
    campaign = id_of(request.path["campaign"], "unknown_campaign")
    with worded():
        told = service.redial(
            request.runtime,
            campaign,
            wanted.outcomes,
            wanted.revision,
            dry=wanted.dry,
            actor=request.holder.actor,
        )
    return Reply(200, {name: told[name] for name in Redialled.model_fields})


ROUTES = (
    Route(
        "POST", "/campaigns/<campaign>/redial", "redialCampaign",
        "Dial those again whom nobody reached, by what their last attempt came to. Every rule holds; again at once changes "
        "nothing.",
        redial,
        {
            200: Example("How many, and who is left out.", Redialled),
            404: UNKNOWN,
            409: Example("`changed_meanwhile` (another revision), or `wrong_state`: a draft, or canceled."),
        },
        body=WantedRedial, roles=OPERATOR, done=("campaign.redialled", "campaign"),
    ),
)  # fmt: skip
