"""Kills Tandem at random instants while it ticks and sends, or restarts it, and counts what its readers see.

Real bots and writers, in processes that are killed and stopped; real sockets to a workspace that refuses, drops, hangs
and answers late; and then a count of what that workspace accepted against what was committed. Ends with one line of
JSON. Exits with 1 when a message was lost, doubled, or out of order, or a tick's effect is missing or there twice.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import asdict

from tests.torture.run import Options, Outcome, torture


def main() -> int:
    """Run as the command line says; return the exit status."""
    options = _options()
    outcome = torture(options)
    for reason, count in Counter(outcome.reasons).items():
        print(f"{count} × {reason}")
    for problem in outcome.problems:
        print(problem)
    print(json.dumps(_summary(options, outcome)))
    return 0 if outcome.holds else 1


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=1_000, help="kill -9, one in five of who writes (%(default)s)")
    parser.add_argument(
        "--restarts", type=int, default=0, help="instead of kills: end the bots in turn by SIGTERM and start them again"
    )
    parser.add_argument("--messages", type=int, default=0, help="go on until as many were accepted (%(default)s)")
    parser.add_argument("--db", choices=["sqlite", "postgres"], default="sqlite", help="(%(default)s)")
    parser.add_argument("--replicas", type=int, default=1, help="bots at a time; several need postgres (%(default)s)")
    parser.add_argument(
        "--pauses", type=float, default=0.0, help="share of messages at which a bot is stopped past its lease: 0.05"
    )
    parser.add_argument("--seed", type=int, default=1, help="what is random starts from it (%(default)s)")
    parser.add_argument("--speed", type=float, default=30, help="seconds that pass in a real one (%(default)s)")
    for safeguard, instead in (
        ("look-up", "send again without looking"),
        ("leases", "claim what others are sending"),
        ("turns", "let ticks decide by what was due before their turn to write"),
        ("drain", "end at once when told to"),
    ):
        help_ = f"{instead}: this must fail, or proves nothing"
        parser.add_argument(f"--no-{safeguard}", dest="without", action="append_const", const=safeguard, help=help_)
    parser.add_argument(
        "--client-msg-ids", action="store_true", help="let the workspace show one client_msg_id once, as Slack may"
    )
    chosen = parser.parse_args()
    if chosen.replicas > 1 and chosen.db == "sqlite":
        parser.error("several replicas need --db postgres")
    return Options(
        database=chosen.db,
        kills=0 if chosen.restarts else chosen.kills,
        restarts=chosen.restarts,
        messages=chosen.messages,
        replicas=chosen.replicas,
        pauses=chosen.pauses,
        without=tuple(chosen.without or ()),
        client_msg_ids=chosen.client_msg_ids,
        speed=chosen.speed,
        seed=chosen.seed,
    )


def _summary(options: Options, outcome: Outcome) -> dict[str, object]:
    return {
        "db": options.database,
        "replicas": options.replicas,
        "kills": outcome.kills,
        "restarts": outcome.restarts,
        **asdict(outcome.verdict),
        "cases": outcome.cases,
        "unanswered": outcome.unanswered,
        "pauses": outcome.pauses,
        "without": options.without,
        "client_msg_ids": options.client_msg_ids,
        "drained": round(outcome.drained, 2),
        "seed": options.seed,
        "seconds": round(outcome.seconds, 1),
    }


if __name__ == "__main__":
    sys.exit(main())
