"""Hooks that stand between an editor's "publish" and the public."""

from moderation.hooks.breaker import Breaker, BreakerState
from moderation.hooks.callback import CallbackError, verify_callback
from moderation.hooks.decision import Decision, GateAction, PublicationBlocked
from moderation.hooks.failure import ClientError, Unavailable
from moderation.hooks.gate import Gate
from moderation.hooks.scores import Scores, ScoresAsync, Submitted

__all__ = [
    "Breaker",
    "BreakerState",
    "CallbackError",
    "ClientError",
    "Decision",
    "Gate",
    "GateAction",
    "PublicationBlocked",
    "Scores",
    "ScoresAsync",
    "Submitted",
    "Unavailable",
    "verify_callback",
]
