"""The least a Django project needs, and the four choices a site makes about moderation."""

import os

SECRET_KEY = os.environ.get("SECRET_KEY", "for-this-demo-only")
INSTALLED_APPS = ["news"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ.get("DATABASE", ":memory:")}}
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

MODERATION = {
    "LOADER": "news.screening.load_moderator",
    # A newsroom would rather wait a minute than publish unseen; a status page would say "allow".
    "ON_UNAVAILABLE": "hold",
    "OBSERVE_ONLY": os.environ.get("MODERATION_OBSERVE_ONLY") == "1",
    # The first check also loads the model.
    "TIME_LIMIT": 5.0,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"moderation": {"handlers": ["stderr"], "level": "INFO"}},
}
