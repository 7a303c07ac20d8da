"""`python -m simulator`: serve a simulator, phone or text the bot from a terminal, play scenario files."""

import sys

# A server's waits become greenlets only if the standard library is patched before anybody imports it.
if sys.argv[1:2] == ["serve"]:
    from gevent import monkey

    monkey.patch_all()

import argparse
from pathlib import Path

from simulator.config import PROGRAM, add_serve_arguments, config_from

DEFAULT_URL = "http://127.0.0.1:9100"


def main(argv: list[str]) -> int:
    """Run one subcommand; the exit code is 0 when it did what was asked."""
    arguments = _parser().parse_args(argv)
    if arguments.command == "serve":
        from simulator.serve import serve

        try:
            serve(config_from(arguments), stop_with_stdin=arguments.stop_with_stdin)
        except OSError as error:
            sys.stderr.write(f"simulator: {error}\n")
            return 1
        return 0
    if arguments.command == "phone":
        from simulator.phone.terminal import run_terminal

        return run_terminal(arguments.url, arguments.from_number, arguments.save, to=arguments.to)
    if arguments.command == "text":
        from simulator.phone.terminal_texts import run_texting

        words = " ".join(arguments.words)
        return run_texting(
            arguments.url, arguments.from_number, words, channel=arguments.channel, to=arguments.to
        )
    from simulator.phone.terminal import run_scenarios

    return run_scenarios(arguments.url, arguments.files, as_json=arguments.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="be the carrier and the providers")
    add_serve_arguments(serving)
    serving.add_argument(
        "--stop-with-stdin",
        action="store_true",
        help="stop when standard input ends (whoever started this is gone)",
    )
    phoning = commands.add_parser("phone", help="call the bot from this terminal")
    phoning.add_argument("--url", default=DEFAULT_URL, help="the simulator's address")
    phoning.add_argument("--from", dest="from_number", default="+12025550123", help="who is calling")
    phoning.add_argument("--to", help="another number of the account to dial")
    phoning.add_argument("--save", type=Path, default=None, help="write what happened as a scenario file")
    texting = commands.add_parser("text", help="text the bot from this terminal")
    texting.add_argument("words", nargs="*", help="one text; without any, every line that is typed is one")
    texting.add_argument("--url", default=DEFAULT_URL, help="the simulator's address")
    texting.add_argument("--from", dest="from_number", default="+12025550123", help="who is texting")
    texting.add_argument("--to", help="another number of the account to text")
    texting.add_argument("--channel", choices=("sms", "whatsapp"), default="sms")
    playing = commands.add_parser("play", help="replay scenario files and compare")
    playing.add_argument("files", nargs="+", type=Path)
    playing.add_argument("--url", default=DEFAULT_URL, help="the simulator's address")
    playing.add_argument("--json", action="store_true", help="print the results as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
