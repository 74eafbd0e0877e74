"""The example's own settings, with a moderator that goes by words. Its folder must be on the path."""

from config.settings import *  # noqa: F403
from config.settings import MODERATION as _CHOICES
from fake import raising, verdict

from moderation.article import Article
from moderation.verdict import Action, Verdict

MODERATION = {**_CHOICES, "LOADER": "fake_site_settings.load_moderator"}
TIME_ZONE = None  # Django would set the zone of the whole test process


class WordModerator:
    def score(self, article: Article) -> Verdict:
        if "outage" in article.title:
            raising(OSError())()
        if "久久" in article.title:
            return verdict(Action.REJECT, article.id)
        advertised = any("发票" in block.text for block in article.blocks)
        return verdict(Action.REVIEW if advertised else Action.ALLOW, article.id)


def load_moderator() -> WordModerator:
    return WordModerator()
