"""`/phone/mails`: the mail that was sent; `/mail/knobs`: make the mail server misbehave."""

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from simulator.mail.mailbox import Mailbox, shown, switch_from


def mailbox_of(app: Flask) -> Mailbox:
    """The one mailbox of a simulator, made when first asked for."""
    mailbox = app.extensions.get("mailbox")
    if not isinstance(mailbox, Mailbox):
        mailbox = app.extensions["mailbox"] = Mailbox()
    return mailbox


def mail_blueprint() -> Blueprint:
    """GET `/phone/mails?after=N` lists, oldest first; POST `/mail/knobs` turns a switch; DELETE forgets everything."""
    blueprint = Blueprint("mail", __name__)

    @blueprint.get("/phone/mails")
    def list_mails() -> Response:
        mails = mailbox_of(current_app).mails(request.args.get("after", default=0, type=int))
        return jsonify({"mails": [shown(mail) for mail in mails], "last": mails[-1].n if mails else None})

    @blueprint.post("/mail/knobs")
    def turn() -> tuple[Response, int] | Response:
        try:
            switch = switch_from(request.get_json(silent=True))
        except ValueError as error:
            return jsonify({"error": str(error)}), 400
        mailbox_of(current_app).turn(switch)
        return jsonify({"at": switch.at, "do": switch.do})

    @blueprint.delete("/mail/knobs")
    def reset() -> Response:
        mailbox_of(current_app).clear()
        return jsonify({})

    return blueprint
