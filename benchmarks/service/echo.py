"""The peer: FastAPI and pydantic read the same article and send its id back; what any service costs at least."""

from __future__ import annotations

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Article(BaseModel):
    """An article, checked as FastAPI checks it."""

    id: int | str
    title: str | None = None
    text: str | None = None
    html: str | None = None


class Answer(BaseModel):
    """Enough to show that the article was read."""

    id: int | str
    characters: int


@app.get("/readyz")
async def ready() -> dict[str, str]:
    """For the benchmark to wait for."""
    return {"status": "ready"}


@app.post("/v1/score")
async def echo(article: Article) -> Answer:
    """Nothing but the way in and out."""
    return Answer(id=article.id, characters=len(article.text or article.html or ""))
