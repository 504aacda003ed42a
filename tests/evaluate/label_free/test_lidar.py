"""LiDAR on planted clusters, and against its definition written out."""

import math

import numpy as np
import pytest
import torch

from ablation.evaluate.label_free.lidar import DELTA, lidar
from ablation.evaluate.label_free.ranks import EPSILON


def written_out(views):
    n, q, d = views.shape
    between, within = np.zeros((d, d)), DELTA * np.eye(d)
    means = views.mean(axis=1)
    for i in range(n):
        apart = means[i] - means.mean(axis=0)
        between += np.outer(apart, apart) / (n - 1)
        for j in range(q):
            spread = views[i, j] - means[i]
            within += np.outer(spread, spread) / (n * (q - 1))
    values, vectors = np.linalg.eigh(within)
    root = vectors @ np.diag(values**-0.5) @ vectors.T
    found = np.linalg.eigvalsh(root @ between @ root).clip(min=0)
    p = found / found.sum() + EPSILON
    return math.exp(-sum(x * math.log(x) for x in p))


def test_it_is_its_definition_written_out():
    draws = np.random.default_rng(0)
    shape = draws.normal(size=(6, 6))
    views = draws.normal(size=(9, 1, 6)) @ shape + 0.3 * draws.normal(size=(9, 4, 6))
    assert lidar(torch.from_numpy(views)) == pytest.approx(written_out(views), rel=1e-6)


def test_only_dimensions_that_tell_images_apart_count():
    draws = torch.Generator().manual_seed(0)
    images = torch.randn(400, 1, 3, generator=draws) + 1e-2 * torch.randn(400, 5, 3, generator=draws)
    noise = torch.randn(400, 5, 10, generator=draws)  # as large, but new in every view
    assert lidar(torch.cat([images, noise], dim=2)) == pytest.approx(3, abs=0.1)


def test_views_that_are_all_alike_count_by_the_images_alone():
    same = torch.linalg.qr(torch.randn(20, 4, generator=torch.Generator().manual_seed(0)))[0]
    assert 3 < lidar(same[:, None].expand(20, 3, 4)) <= 4.01
    assert lidar(torch.ones(20, 3, 4)) == 0
