#!/usr/bin/env python3
"""Writes what scikit-learn says of codes, for EmbeddingReferenceTests.swift: principal components, t-SNE, trustworthiness.

    python3 -m venv venv && venv/bin/pip install numpy scikit-learn
    zoo features lenet-digits --data Tests/ZooKitTests/Fixtures/digits --split test --numerics direct -o digits.npy
    zoo features lenet -w lenet_iter_10000.caffemodel --data MNIST --split test --numerics direct -o mnist.npy
    venv/bin/python tools/reference/embedding.py digits.npy mnist.npy

Run by hand, with scikit-learn 1.5 or newer; nothing here is needed to build or to test. MNIST is a folder with the 10,000 images
for testing, lenet_iter_10000.caffemodel the LeNet that Caffe published. Codes are what the last layer reads, 500 numbers.

The files go to Tests/ZooInsightTests/Fixtures/embedding. digits.npz has the 297 codes of digits, rounded to sixteenths and
multiplied by 16, and their classes; digits.json what scikit-learn computes from those sixteenths in double precision. mnist.json
is about the first 500 images, whose codes are not stored: all variances, but the projections of the first images alone.

Principal components: PCA(50, svd_solver="full"). t-SNE: of the projections on 50 components, perplexity 30, init="pca", 1000
iterations, both methods. Trustworthiness: of 12 neighbours, of the projections.
"""
import json
import pathlib
import sys

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Tests/ZooInsightTests/Fixtures/embedding"
DIGITS = 9


def answers(codes, rows):
    """What is recorded of codes; the projections of the first rows."""
    pca = PCA(50, svd_solver="full").fit(codes)
    projections = pca.transform(codes)
    result = {
        "made_with": f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}",
        "rows": len(codes),
        "variances": pca.explained_variance_.tolist(),
        "share": pca.explained_variance_ratio_.sum(),
        "projections": projections[:rows].tolist(),
    }
    for method in ("exact", "barnes_hut"):
        tsne = TSNE(perplexity=30, init="pca", max_iter=1000, method=method, random_state=0)
        layout = tsne.fit_transform(projections)
        result[method] = {
            "divergence": float(tsne.kl_divergence_),
            "trustworthiness": float(trustworthiness(projections, layout, n_neighbors=12)),
        }
    # Of a layout that is no good, so that a measure that always says 1 is found out.
    poor = projections[:, 2:4]
    result["poor_trustworthiness"] = {
        str(k): float(trustworthiness(projections, poor, n_neighbors=k)) for k in (1, 5, 12)
    }
    return result


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return value


def write(name, value):
    (FOLDER / name).write_text(json.dumps(rounded(value), separators=(",", ":")) + "\n")


def main():
    digits, mnist = sys.argv[1:]
    sixteenths = np.round(np.load(digits) * 16).clip(0, 255).astype(np.uint8)
    names = [line.split("\t")[1] for line in open(digits.removesuffix(".npy") + ".keys.txt").read().splitlines()]
    FOLDER.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(FOLDER / "digits.npz", codes=sixteenths, classes=np.array(names).astype(np.uint8))
    write("digits.json", answers(sixteenths / 16.0, 60))
    write("mnist.json", answers(np.load(mnist)[:500].astype(np.float64), 20))


main()
