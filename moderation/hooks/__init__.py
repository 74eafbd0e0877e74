"""Hooks that stand between an editor's "publish" and the public."""

from moderation.hooks.gate import Decision, Gate, GateAction, PublicationBlocked, Scores, Submitted

__all__ = ["Decision", "Gate", "GateAction", "PublicationBlocked", "Scores", "Submitted"]
