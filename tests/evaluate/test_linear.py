"""Linear evaluation against scikit-learn, and the untouched test split."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from ablation.evaluate.linear import Basis, choose_regularization, fit_linear
from ablation.grid.models import Evaluate


def clouds(n=300, dimensions=6, classes=4, spread=1.5, seed=0):
    draws = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, dimensions, generator=torch.Generator().manual_seed(99))
    labels = torch.arange(n) % classes
    h = centres[labels] + spread * torch.randn(n, dimensions, generator=draws)
    return h * torch.logspace(-2, 2, dimensions) + 3, labels  # badly scaled, as features are


def fitted(h, labels, regularization=1e-2, solver="lbfgs"):
    return fit_linear(h, labels, int(labels.max()) + 1, regularization, Evaluate(solver=solver), Basis.of(h))


@pytest.mark.parametrize("regularization", [1e-3, 1e-1, 10.0])
def test_lbfgs_finds_scikit_learns_optimum(regularization):
    h, labels = clouds()
    ours = fitted(h, labels, regularization)
    x = ((h - h.mean(dim=0)) / h.std(dim=0, correction=0)).double().numpy()
    reference = LogisticRegression(C=1 / (regularization * len(h)), tol=1e-10, max_iter=5000).fit(x, labels)
    theirs = reference.predict_proba(x)
    mine = ((h - ours.mean) / ours.std @ ours.weight.T + ours.bias).softmax(dim=1).numpy()
    assert np.abs(mine - theirs).max() < 1e-3


def test_the_basis_changes_the_way_and_not_the_optimum():
    h, labels = clouds()
    plain = Basis(torch.eye(6), torch.zeros(6))
    slow = fit_linear(h, labels, 4, 1e-1, Evaluate(), plain).weight
    assert torch.allclose(fitted(h, labels, 1e-1).weight, slow, atol=2e-3)


def test_sgd_comes_close_to_lbfgs():
    h, labels = clouds()
    newton = fitted(h, labels).predict(h)
    sgd = fitted(h, labels, solver="sgd").predict(h)
    assert (newton == sgd).float().mean() > 0.95


def test_the_chosen_regularization_is_the_best_on_validation():
    h, labels = clouds(n=60, dimensions=40, spread=2.0)
    fit, validation = torch.arange(0, 40), torch.arange(40, 60)
    chosen, predicted = choose_regularization(h, labels, fit, validation, 4, Evaluate(), Basis.of(h))
    scores = {
        strength: (fitted(h[fit], labels[fit], strength).predict(h[validation])
                   == labels[validation]).float().mean()
        for strength in Evaluate().regularization
    }  # fmt: skip
    assert scores[chosen] >= max(scores.values()) - 0.051  # one image: starting points differ
    assert (predicted == labels[validation]).float().mean() >= max(scores.values()) - 0.051


def test_equal_scores_go_to_the_stronger_regularization():
    h = torch.cat([torch.full((20, 1), -5.0), torch.full((20, 1), 5.0)])
    labels = torch.arange(40) // 20
    every = torch.arange(40)
    assert choose_regularization(h, labels, every, every, 2, Evaluate(), Basis.of(h))[0] == 10.0


def test_a_constant_feature_does_no_harm():
    h, labels = clouds()
    padded = torch.cat([h, torch.full((len(h), 1), 7.0)], dim=1)
    plain = fitted(h, labels).predict(h)
    assert (fitted(padded, labels).predict(padded) == plain).float().mean() > 0.99


def test_statistics_come_from_training_alone():
    h, labels = clouds()
    classifier = fitted(h, labels)
    far = torch.cat([h[:5], 1e6 * torch.ones(1, h.shape[1])])
    assert torch.equal(classifier.predict(far)[:5], classifier.predict(h[:5]))


@pytest.mark.parametrize("constant", [1, 200, 511])
def test_mostly_empty_histograms_can_be_fitted(constant):
    h = torch.rand(100, 512, generator=torch.Generator().manual_seed(0))
    h[:, :constant] = 0
    assert Basis.of(h).directions.isfinite().all()
    assert fitted(h, torch.arange(100) % 2).weight.isfinite().all()
