"""The steps of `moderation train`, in the order of `STEPS`, each a function of the run."""

from __future__ import annotations

import gzip
import json
import random
import shutil
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from moderation.artifacts import write_manifest
from moderation.normalize import normalize
from moderation.pipeline import Moderator
from moderation.policy import Policy
from moderation.scoring.calibration import Calibration
from moderation.scoring.cascade import Cascade, EncoderUse, Escalation, Stacker
from moderation.scoring.classifier import CHARACTERS, ENCODER, STACKER, WEIGHTS
from moderation.scoring.encoder import Encoder
from moderation.scoring.ngram import NgramModel
from moderation.taxonomy import TITLE_CATEGORIES
from moderation.training import escalation
from moderation.training.augment import disguise, disguised
from moderation.training.benign import tuning
from moderation.training.calibrate import fit_calibration, fit_stacker, scores_of
from moderation.training.card import evaluation_of, model_card
from moderation.training.dataset import SPLITS, Row, load_rows, write_rows
from moderation.training.evaluate import evaluate, probabilities_of, robustness
from moderation.training.examples import Examples, benign_texts, joined, labels_of, of_clean, of_rows
from moderation.training.fit import fit
from moderation.training.gate import Floors, check
from moderation.training.reference import reference_of, reference_section
from moderation.training.run import Run, RunError, Step
from moderation.training.split import digest, load_corpus
from moderation.training.systems import EncoderAlone, alike
from moderation.training.thresholds import Solution, applied, as_toml, solve

Floats = npt.NDArray[np.float32]
ROWS, EXAMPLES, BENIGN = "rows.jsonl", "examples.jsonl.gz", "benign.json"
FAST, SINGLE = "fast.npz", "encoder.fp32.onnx"
THRESHOLDS, CURVE, METRICS = "thresholds.toml", "curve.json", "metrics.json"
_TUNING_MOST = 12_000
_REFERENCE_MOST = 3_000


def _load(run: Run) -> None:
    """Read and check the corpus and draw the third-party headlines."""
    rows = load_rows(run.config.corpus)
    write_rows(run.folder / "loaded.jsonl", rows)
    texts = benign_texts(run.config.benign, run.config.benign_rows, run.config.seed)
    run.write_json(BENIGN, texts)
    run.progress(f"{len(rows):,} rows, {len(texts):,} third-party headlines")


def _split(run: Run) -> None:
    """Assign splits by cluster where the corpus has none."""
    rows = load_corpus(run.file("loaded.jsonl"))
    write_rows(run.folder / ROWS, rows)
    run.progress(", ".join(f"{split} {sum(row.split == split for row in rows):,}" for split in SPLITS))


def rows_of(run: Run, split: str | None = None) -> list[Row]:
    """The rows of the run, of one split or all."""
    return [row for row in load_rows(run.file(ROWS)) if split in (None, row.split)]


def _own_and_benign(run: Run) -> Examples:
    rows = rows_of(run, "train")
    if not rows:
        raise RunError("no row fell into train: there is nothing to learn from")
    return joined([of_rows(rows), of_clean(run.read_json(BENIGN), run.config.benign_weight)])


def _augment(run: Run) -> None:
    """Write what the fast model is fitted on: rows, headlines, and disguised copies of both."""
    config = run.config
    examples = disguised(_own_and_benign(run), config.disguise_rate, config.disguise_weight, config.seed)
    with gzip.open(run.folder / EXAMPLES, "wt", encoding="utf-8", compresslevel=3) as stream:
        for text, labels, weight in zip(examples.texts, examples.labels, examples.weights, strict=True):
            stream.write(json.dumps([text, labels.tolist(), float(weight)], ensure_ascii=False) + "\n")
    run.progress(f"{len(examples):,} texts")


def _fit(run: Run) -> None:
    """Fit the fast model."""
    with gzip.open(run.file(EXAMPLES), "rt", encoding="utf-8") as stream:
        texts, labels, weights = zip(*(json.loads(line) for line in stream), strict=True)
    examples = Examples(texts, np.array(labels, dtype=np.int8), np.array(weights, dtype=np.float32))
    model = fit(examples, run.config.strength, run.config.seed)
    model.save(run.folder / FAST)


def _finetune(run: Run) -> None:
    """Fine-tune the encoder and write it as ONNX, in single precision and in 8 bits."""
    if run.config.encoder is None:
        run.progress("no encoder in the configuration")
        return
    import torch

    from moderation.training.finetune import Tuner
    from moderation.training.onnx_export import export, quantize
    from moderation.training.pretrained import start

    recipe = run.config.recipe
    torch.manual_seed(recipe.seed)  # the classifier's own layers begin at random
    network, vocabulary, longest = start(run.config.encoder, recipe.dropout)
    pool = benign_texts(run.config.benign, recipe.pool, run.config.seed + 1)
    tuned = Tuner(network, vocabulary, longest, recipe, run.folder, run.progress).run(_own_and_benign(run), pool)
    vocabulary.save(run.folder / CHARACTERS)
    run.write_json("encoder.json", {"longest": longest, "parameters": sum(p.numel() for p in tuned.parameters())})
    export(tuned, run.folder / SINGLE, longest)  # type: ignore[arg-type]
    quantize(run.folder / SINGLE, run.folder / ENCODER)


def encoder_of(run: Run, file: str = ENCODER) -> Encoder:
    """The run's encoder as the runtime reads it."""
    longest = int(run.read_json("encoder.json")["longest"])
    return Encoder.load(run.file(file), run.file(CHARACTERS), TITLE_CATEGORIES, longest)


def _normal(texts: list[str]) -> list[str]:
    return [normalize(text).text for text in texts]


def _calibrate(run: Run) -> None:
    """Fit Platt curves and the stacker on dev, draw the curve of quality against cost, choose the band."""
    dev = rows_of(run, "dev")
    if not dev:
        raise RunError("no row fell into dev: there is nothing to calibrate on")
    labels = labels_of([row.categories for row in dev])
    fast = NgramModel.load(run.file(FAST))
    scores = scores_of(fast, [row.text for row in dev])
    calibration = fit_calibration(scores, labels)
    NgramModel(fast.categories, fast.weights, fast.bias, calibration).save(run.folder / WEIGHTS)
    if run.config.encoder is None:
        return
    encoder = encoder_of(run)
    meaning = encoder.log_odds(_normal([row.text for row in dev]))
    alone = fit_calibration(meaning, labels)
    np.savez(run.folder / "alone.npz", slopes=alone.slopes, offsets=alone.offsets)
    stacker = fit_stacker(scores, meaning, labels)
    ordinary = tuning(run.config.benign, _TUNING_MOST)
    ordinary_scores = scores_of(fast, ordinary) if ordinary else scores[:0]
    draw = random.Random(run.config.seed)
    hidden = [disguise(row.text, draw) for row in dev]  # or a band would be chosen that no disguised title falls into
    groups = np.array([row.group for row in dev] * 2)
    scores = np.concatenate((scores, scores_of(fast, hidden)))
    meaning = np.concatenate((meaning, encoder.log_odds(_normal(hidden))))
    points = escalation.curve(escalation.Judged(scores, meaning), groups, ordinary_scores, calibration, stacker)
    chosen = escalation.choose(points)
    escalation.with_band(stacker, chosen.low, chosen.high).save(run.folder / STACKER)
    run.write_json(CURVE, {"points": [asdict(point) for point in points], "chosen": asdict(chosen)})
    run.progress(
        f"the encoder reads {chosen.ordinary:.1%} of ordinary titles and {chosen.corpus:.1%} of the corpus:"
        f" recall {chosen.recall:.3f}; never {escalation.recall_at(calibration.apply(scores), groups):.3f},"
        f" always {escalation.recall_at(stacker.apply(scores, meaning), groups):.3f}"
    )


def classifier_of(run: Run, use: EncoderUse = EncoderUse.UNCERTAIN) -> NgramModel | Cascade:
    """The run's classifier as the runtime would load it."""
    fast = NgramModel.load(run.file(WEIGHTS))
    if run.config.encoder is None:
        return fast
    return Cascade(fast, encoder_of(run), Stacker.load(run.file(STACKER)), Escalation(use))


def _thresholds(run: Run) -> None:
    """Solve the thresholds from the policy's budget on dev and on headlines kept back for it."""
    dev, judge, policy = rows_of(run, "dev"), classifier_of(run), Policy.default()
    probabilities = probabilities_of(judge, [row.text for row in dev])
    groups = np.array([row.group for row in dev])
    ordinary = tuning(run.config.benign, _TUNING_MOST)
    plain = [probabilities[groups == "plain"]]
    if ordinary:
        plain.append(probabilities_of(judge, ordinary))
    try:
        solution = solve(
            probabilities[groups == "abusive"], np.concatenate(plain), probabilities[groups == "hard"], policy.budget
        )
    except ValueError as error:
        run.progress(f"the thresholds of the policy stay: {error}")
        (run.folder / THRESHOLDS).write_text(f"# not solved: {error}\n", "utf-8")
        run.write_json("policy.json", None)
        return
    (run.folder / THRESHOLDS).write_text(as_toml(solution), "utf-8")
    run.write_json("policy.json", asdict(solution))
    for line in solution.lines():
        run.progress(line)


def policy_of(run: Run) -> Policy:
    """The default policy with the thresholds that this run solved, if it could."""
    solved = run.read_json("policy.json")
    return applied(Policy.default(), Solution(**solved)) if solved else Policy.default()


def _systems(run: Run) -> dict[str, Any]:
    """Everything to be measured, the shipped classifier last."""
    fast = NgramModel.load(run.file(WEIGHTS))
    found: dict[str, Any] = {"fast": fast}
    if run.config.encoder is not None:
        with np.load(run.file("alone.npz")) as stored:
            alone = Calibration(stored["slopes"], stored["offsets"])
        found |= {"encoder": EncoderAlone(encoder_of(run), alone), "cascade": classifier_of(run)}
    return found


def _evaluate(run: Run) -> None:
    """Measure every model on the held-out splits, and what 8 bits changed."""
    rows, policy = rows_of(run), policy_of(run)
    held_out = [split for split in SPLITS if split != "train" and any(row.split == split for row in rows)]
    found: dict[str, Any] = {"splits": {}}
    for name, system in _systems(run).items():
        results = {split: evaluate(system, rows, split, policy) for split in held_out}
        found["splits"][name] = {split: asdict(result) for split, result in results.items()}
        for split, result in results.items():
            run.progress(
                f"{name} on {split}: macro-F1 {result.macro_f1:.3f}, abusive flagged {result.abusive_flagged},"
                f" hard {result.hard_flagged}, recall at 2% {result.recall_at_hard_rate.get('2%', 0.0):.3f}"
            )
    if run.config.encoder is not None:
        found["agreement"] = _agreement(run, policy)
    if run.config.robustness:
        found["robustness"] = [asdict(row) for row in robustness(classifier_of(run), rows, held_out[-1], policy)]
    run.write_json(METRICS, found)
    _report(run, found)


def _agreement(run: Run, policy: Policy) -> dict[str, float]:
    """The share of held-out rows that the single-precision and the 8-bit encoder flag alike, within the cascade."""
    texts = [row.text for row in rows_of(run) if row.split.startswith("test")]
    levels = np.array([policy.thresholds[name].review or 2.0 for name in TITLE_CATEGORIES], dtype=np.float32)
    judge = classifier_of(run, EncoderUse.ALWAYS)
    assert isinstance(judge, Cascade)
    single = Cascade(judge.quick, encoder_of(run, SINGLE), judge.stacker, judge.escalation)
    one, other = probabilities_of(judge, texts), probabilities_of(single, texts)
    share = alike(one, other, levels)
    run.progress(f"8 bits against single precision: {share:.2%} of {len(texts):,} verdicts alike")
    return {"alike": share, "rows": len(texts), "largest_gap": float(np.abs(one - other).max())}


def _report(run: Run, found: dict[str, Any]) -> None:
    from moderation.training.report import render

    best = list(found["splits"].values())[-1]
    document = {
        "model": run.config.label,
        "policy": f"{Policy.default().version} with the thresholds of this run",
        "digests": {split: digest(rows_of(run), split) for split in SPLITS},
        "titles": list(best.values()),
        "robustness": found.get("robustness", []),
        "cascade": {"systems": found["splits"], "curve": run.read_json(CURVE) if run.config.encoder else None},
        "pages": [],
    }
    (run.folder / "report.html").write_text(render(json.loads(json.dumps(document))), "utf-8")


def _gate(run: Run) -> None:
    """Compare what `evaluate` found of the classifier that ships with the floors."""
    if run.config.floors is None or not run.config.floors.exists():
        run.progress("no floors to compare with")
        return
    rows = rows_of(run)
    digests = {split: digest(rows, split) for split in SPLITS}
    shipped = list(run.read_json(METRICS)["splits"].values())[-1]
    wrong = check(Floors.load(run.config.floors), [evaluation_of(result) for result in shipped.values()], digests)
    if wrong:
        raise RunError("the gate is closed:\n" + "\n".join(wrong))


def _export(run: Run) -> None:
    """Write the model folder beside its place and move it there whole: a failed run leaves an old model untouched."""
    config, rows = run.config, rows_of(run)
    folder = run.target / config.label
    draft = run.target / f".{folder.name}.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    names = [WEIGHTS] if config.encoder is None else [WEIGHTS, ENCODER, CHARACTERS, STACKER]
    for name in (*names, THRESHOLDS):
        shutil.copyfile(run.file(name), draft / name)
    metrics, benign = run.read_json(METRICS), run.read_json(BENIGN)
    sizes = {name: (draft / name).stat().st_size for name in names}
    card = model_card(config, rows, metrics, len(benign), sizes, (draft / THRESHOLDS).read_text("utf-8"))
    details: dict[str, Any] = {
        "kind": "hashed character n-grams" + (" and a character encoder in cascade" if config.encoder else ""),
        "categories": [str(category) for category in TITLE_CATEGORIES],
        "config": config.facts(),
        "corpus": {split: digest(rows, split) for split in SPLITS},
        "third_party_titles": len(benign),
    }
    if ordinary := tuning(config.benign, _REFERENCE_MOST):
        judge = Moderator(classifier_of(run), config.label, policy_of(run))
        details["reference"] = reference_of(judge, ordinary)
        card += f"\n{reference_section(details['reference'])}"
    (draft / "MODEL_CARD.md").write_text(card, "utf-8")
    if config.encoder is not None:
        details["longest"] = int(run.read_json("encoder.json")["longest"])
    write_manifest(draft, config.name, config.version, details)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    run.progress(f"written {folder}")


STEPS = (
    Step("load", "read and check the corpus", ("loaded.jsonl", BENIGN), _load),
    Step("split", "part the rows by cluster, family and hand", (ROWS,), _split),
    Step("augment", "disguise copies of the rows", (EXAMPLES,), _augment),
    Step("fit", "fit the fast model", (FAST,), _fit),
    Step("finetune", "fine-tune the encoder", (), _finetune, (SINGLE, ENCODER, CHARACTERS, "encoder.json")),
    Step("calibrate", "turn scores into probabilities and choose when the encoder reads", (WEIGHTS,), _calibrate),
    Step("thresholds", "solve thresholds from the budget", (THRESHOLDS,), _thresholds),
    Step("evaluate", "measure on the held-out splits", (METRICS,), _evaluate),
    Step("gate", "compare with the floors", (), _gate),
    Step("export", "write the model folder", (), _export),
)
