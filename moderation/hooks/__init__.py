"""Hooks that stand between an editor's "publish" and the public."""

from moderation.hooks.async_client import AsyncClient
from moderation.hooks.breaker import Breaker, BreakerState
from moderation.hooks.callback import CallbackError, verify_callback
from moderation.hooks.client import Client
from moderation.hooks.decision import Decision, GateAction, PublicationBlocked
from moderation.hooks.failure import ClientError, Unavailable
from moderation.hooks.gate import Gate
from moderation.hooks.scores import Scores, ScoresAsync, Submitted
from moderation.hooks.served import Job, JobResult, ServedVerdict

__all__ = [
    "AsyncClient",
    "Breaker",
    "BreakerState",
    "CallbackError",
    "Client",
    "ClientError",
    "Decision",
    "Gate",
    "GateAction",
    "Job",
    "JobResult",
    "PublicationBlocked",
    "Scores",
    "ScoresAsync",
    "ServedVerdict",
    "Submitted",
    "Unavailable",
    "verify_callback",
]
