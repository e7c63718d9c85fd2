#!/usr/bin/env python3
"""Trains the net behind the rules (src/net.rs): a linear model over the traits of single sentences.

    cargo build --release -p verbund-guard --example traits
    services/guard/training/train.py CORPUS…      # TSV: id, stop or pass, class, text

Writes `weights.bin` beside this file, one signed byte for each place of a trait, and prints the threshold for `net.rs`. Before
that it tells what a model that has not seen a corpus finds in it, for each corpus, since that is what counts.

A text is `stop` by one of its sentences, nobody says which; so the sentence that the model finds most telling is taken for it,
and the model is trained again. Needs numpy, scipy and scikit-learn; the program itself needs none of them.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).resolve().parent
PLACES = 1 << 16
SCALE = 24  # Weights are told in steps of 1/24.


def read(example, path):
    """Each text with its label, what the rules say of it, and its sentences as arrays of places."""
    with open(path, encoding="utf-8") as corpus:
        lines = subprocess.run([example], stdin=corpus, capture_output=True, text=True, check=True).stdout
    texts = {}
    for line in lines.splitlines():
        key, label, outcome, traits = line.split("\t")
        if label not in ("stop", "pass"):
            continue
        text = texts.setdefault(key, {"stop": label == "stop", "outcome": outcome, "sentences": []})
        text["sentences"].append(np.array(traits.split(), dtype=np.int64))
    return list(texts.values())


def matrix(sentences):
    rows = np.concatenate([np.full(len(it), row) for row, it in enumerate(sentences)])
    places = np.concatenate(sentences)
    return sparse.csr_matrix((np.ones(len(places)), (rows, places)), shape=(len(sentences), PLACES))


def train(texts, strength):
    negative = [it for text in texts if not text["stop"] for it in text["sentences"]]
    stops = [text for text in texts if text["stop"]]
    telling = [np.concatenate(it["sentences"]) for it in stops]
    for _ in range(4):
        labels = np.r_[np.ones(len(telling)), np.zeros(len(negative))]
        model = LogisticRegression(C=strength, max_iter=4000, class_weight="balanced")
        model.fit(matrix(telling + negative), labels)
        weights = model.coef_[0]
        telling = [max(it["sentences"], key=lambda one: weights[one].sum()) for it in stops]
    return np.clip(np.round(weights * SCALE), -127, 127).astype(np.int8), model.intercept_[0] * SCALE


def scores(weights, bias, texts):
    wide = weights.astype(np.int64)
    return np.array([max(wide[it].sum() for it in text["sentences"]) + bias for text in texts])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", nargs="+", type=Path)
    parser.add_argument("--example", default="target/release/examples/traits")
    parser.add_argument("--strength", type=float, default=0.5)
    parser.add_argument("--held", type=float, default=0.03, help="share of passing texts that may be held")
    options = parser.parse_args()
    corpora = {path.stem: read(options.example, path) for path in options.corpora}
    unseen = []
    for name, texts in corpora.items():
        others = [text for other, them in corpora.items() if other != name for text in them]
        unseen.append((name, texts, scores(*train(others, options.strength), texts)))
    passing = np.concatenate(
        [score[[not t["stop"] and t["outcome"] == "pass" for t in texts]] for _, texts, score in unseen]
    )
    threshold = np.quantile(passing, 1 - options.held)
    for name, texts, score in unseen:
        missed = np.array([t["stop"] and t["outcome"] == "pass" for t in texts])
        quiet = np.array([not t["stop"] and t["outcome"] == "pass" for t in texts])
        found = int((score[missed] > threshold).sum())
        held = int((score[quiet] > threshold).sum())
        print(
            f"{name:12} the rules miss {missed.sum():3}, of which the net finds {found:3};"
            f" it holds {held:2} of {quiet.sum():3} that pass",
            file=sys.stderr,
        )
    weights, bias = train([text for texts in corpora.values() for text in texts], options.strength)
    (HERE / "weights.bin").write_bytes(weights.tobytes())
    print(f"THRESHOLD: {int(np.ceil(threshold - bias))}")


if __name__ == "__main__":
    main()
