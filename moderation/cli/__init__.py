"""The command `moderation`: the only package that prints."""

from __future__ import annotations

from typing import Annotated

import typer

from moderation.cli import audit, measure, models, repair, score, serve, store, train

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(score.policy_app, name="policy")
app.add_typer(models.models_app, name="models")
app.add_typer(store.keys_app, name="keys")
app.add_typer(store.store_app, name="store")
for command in (
    score.score,
    repair.repair,
    audit.audit,
    serve.serve,
    score.schema,
    train.pretrain,
    train.train,
    train.step,
    measure.evaluate,
    measure.gate,
    measure.corpus,
    measure.fit_weights,
):
    app.command()(command)


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Qingliu screens Chinese articles before they are published."""
    if version:
        from moderation import __version__

        print(__version__)
        raise typer.Exit
