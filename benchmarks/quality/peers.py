"""The systems. Each is trained on the `train` rows and calibrated on the `dev` rows, no other.

Texts reach a peer in NFKC and lower case, which anyone would do. Settings were chosen on `dev` among a few; see
benchmarks/README.md.
"""

from __future__ import annotations

import logging
import tempfile
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.bogofilter import Bogofilter
from benchmarks.quality.data import SEED, Floats, Split
from benchmarks.quality.missing import Missing
from moderation.artifacts import default_model, load_artifact
from moderation.normalize import normalize
from moderation.scoring import Cascade, EncoderUse, Escalation, NgramModel, load_classifier
from moderation.scoring.features import features_of
from moderation.taxonomy import TITLE_CATEGORIES
from moderation.training.calibrate import fit_calibration
from moderation.training.examples import Examples
from moderation.training.fit import fit

Scorer = Callable[[Sequence[str]], Floats]
"""Raw texts to `(texts, categories)` probabilities, or to `(texts, 1)` scores."""

LEXICON = Path(__file__).parents[3] / "shared" / "data" / "lexicon_zh.jsonl.gz"


@dataclass(frozen=True, slots=True)
class Peer:
    """A system. `train` makes its scorer of the train and dev rows, or raises Missing or ModuleNotFoundError."""

    name: str
    train: Callable[[Split, Split], Scorer]


def shipped(train: Split, dev: Split, use: EncoderUse = EncoderUse.UNCERTAIN) -> Scorer:
    """The shipped model, as it stands in models/, with the encoder asked where it is not sure, always or never."""
    model = load_classifier(load_artifact(default_model()), Escalation(use))
    return _cascaded(model) if isinstance(model, Cascade) else _probabilities(model)


def _cascaded(model: Cascade) -> Scorer:
    """The runtime's path with fresh memories each time."""

    def score(texts: Sequence[str]) -> Floats:
        fresh = NgramModel(model.categories, model.quick.weights, model.quick.bias, model.quick.calibration)
        judge = Cascade(fresh, model.encoder, model.stacker, model.escalation)
        normalized = [normalize(text) for text in texts]
        return np.concatenate([judge.classify(text, [(0, len(text))]) for text in normalized]).astype(np.float64)

    return score


def retrained(train: Split, dev: Split, strength: float) -> Scorer:
    """The shipped model's method on the train split alone, without the third-party titles it also learns from."""
    weights = np.ones(len(train.texts), dtype=np.float32)
    model = fit(Examples(train.texts, train.labels, weights), strength, SEED)
    odds = np.stack([model.log_odds(features_of(text)) for text in dev.texts])
    return _probabilities(NgramModel(model.categories, model.weights, model.bias, fit_calibration(odds, dev.labels)))


def _probabilities(model: NgramModel) -> Scorer:
    """The runtime's path without its memory of recent texts, which would spoil the clock."""

    def score(texts: Sequence[str]) -> Floats:
        found = [model.calibration.apply(model.log_odds(features_of(text))) for text in texts]
        return np.stack(found).astype(np.float64)

    return score


def word_lists(train: Split, dev: Split, lists: Collection[str] | None = None) -> Scorer:
    """The number of different listed terms in a text, by Aho-Corasick; all lists, or those named."""
    import gzip
    import json

    from daachorse import CharwiseDoubleArrayAhoCorasick

    if not LEXICON.exists():
        raise Missing(f"{LEXICON} is not here")
    with gzip.open(LEXICON, "rt", encoding="utf-8") as stream:
        entries = [json.loads(line) for line in stream]
    chosen = {clean(entry["term"]) for entry in entries if lists is None or entry["category"] in lists}
    automaton = CharwiseDoubleArrayAhoCorasick(sorted(chosen - {""}))

    def score(texts: Sequence[str]) -> Floats:
        found = [len({number for *_, number in automaton.find_overlapping(clean(text))}) for text in texts]
        return np.array(found, dtype=np.float64)[:, None]

    return score


def linear_svm(train: Split, dev: Split) -> Scorer:
    """TF-IDF of character 1- to 3-grams and one LinearSVC a category."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, preprocessor=clean)
    matrix = vectorizer.fit_transform(train.texts)
    models = [LinearSVC(C=10.0, random_state=SEED).fit(matrix, column) for column in train.labels.T]
    weights = np.ascontiguousarray(np.concatenate([model.coef_ for model in models]).T)
    bias = np.concatenate([model.intercept_ for model in models])
    return calibrated(lambda texts: np.asarray(vectorizer.transform(texts) @ weights + bias), dev)


def naive_bayes(train: Split, dev: Split) -> Scorer:
    """One multinomial naive Bayes a category over jieba's words."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB

    vectorizer = CountVectorizer(analyzer=segmenter())
    matrix = vectorizer.fit_transform(train.texts)
    models = [MultinomialNB(alpha=0.1).fit(matrix, column) for column in train.labels.T]
    weights = np.stack([model.feature_log_prob_[1] - model.feature_log_prob_[0] for model in models], axis=1)
    bias = np.array([model.class_log_prior_[1] - model.class_log_prior_[0] for model in models])
    return calibrated(lambda texts: np.asarray(vectorizer.transform(texts) @ weights + bias), dev)


def fasttext(train: Split, dev: Split) -> Scorer:
    """FastText, one against all, over jieba's words, their bigrams, and the 1- to 4-grams inside them.

    Scores are log-odds from its matrices: `predict` goes through a table of 512 steps and would tie the best rows.
    """
    from fasttext import train_supervised

    words = segmenter()
    names = [f"__label__{category}" for category in TITLE_CATEGORIES]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        with path.open("w", encoding="utf-8") as stream:
            for text, marks in zip(train.texts, train.labels, strict=True):
                own = [name for name, mark in zip(names, marks, strict=True) if mark] or ["__label__clean"]
                stream.write(" ".join([*own, *words(text)]) + "\n")
        options: dict[str, Any] = {"wordNgrams": 2, "minn": 1, "maxn": 4, "dim": 50, "epoch": 25, "lr": 0.1}
        options |= {"loss": "ova", "bucket": 200_000, "thread": 1, "seed": SEED, "verbose": 0}
        try:
            model = train_supervised(str(path), **options)
        except RuntimeError as error:  # its gradients overflow at some rates
            raise Missing(f"its training failed: {error}") from error
    labels = model.get_labels()
    weights = model.get_output_matrix()[[labels.index(name) for name in names]]

    def odds(texts: Sequence[str]) -> Floats:
        vectors = np.stack([model.get_sentence_vector(" ".join(words(text))) for text in texts])
        return np.asarray(vectors @ weights.T, dtype=np.float64)

    return calibrated(odds, dev)


def bogofilter(train: Split, dev: Split) -> Scorer:
    """Bogofilter, abusive against clean, over jieba's words as UTF-8."""
    words = segmenter()
    lines = [" ".join(words(text)) for text in train.texts]
    sides = [[line for line, mark in zip(lines, train.abusive, strict=True) if mark == side] for side in (True, False)]
    tool = Bogofilter(*sides)
    return lambda texts: tool.spamicity([" ".join(words(text)) for text in texts])[:, None]


def calibrated(odds: Scorer, dev: Split) -> Scorer:
    """Probabilities from scores, one Platt curve a category fitted on dev, as the shipped model has them."""
    curves = fit_calibration(odds(dev.texts).astype(np.float32), dev.labels)
    return lambda texts: curves.apply(odds(texts).astype(np.float32)).astype(np.float64)


def clean(text: str) -> str:
    """NFKC and lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def segmenter() -> Callable[[str], list[str]]:
    """A function from a raw text to jieba's words."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    return lambda text: [word for word in jieba.cut(clean(text)) if not word.isspace()]


def peers(strength: float) -> tuple[Peer, ...]:
    """Every system, the shipped model first; `strength` is that of its configuration."""
    return (
        Peer("Qingliu, shipped", shipped),
        Peer("Qingliu, fast model alone", partial(shipped, use=EncoderUse.NEVER)),
        Peer("Qingliu, encoder always", partial(shipped, use=EncoderUse.ALWAYS)),
        Peer("Qingliu, `train` split alone", partial(retrained, strength=strength)),
        Peer("TF-IDF 1-3-grams + LinearSVC", linear_svm),
        Peer("fastText, one against all", fasttext),
        Peer("naive Bayes over jieba words", naive_bayes),
        Peer("bogofilter over jieba words", bogofilter),
        Peer("word lists: porn, gambling, ad", partial(word_lists, lists=("porn", "porn_solicit", "gambling", "ad"))),
        Peer("word lists: everything", word_lists),
    )
