"""Linear evaluation against scikit-learn, and the untouched test split."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from ablation.evaluate import linear
from ablation.evaluate.linear import COLUMNS, ROWS, Standardize, choose_regularization, fit_linear, reorder
from ablation.evaluate.scores import top1
from ablation.grid.recipe import Evaluate


def clouds(n=300, dimensions=6, classes=4, spread=1.5, seed=0):
    draws = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, dimensions, generator=torch.Generator().manual_seed(99))
    labels = torch.arange(n) % classes
    h = centres[labels] + spread * torch.randn(n, dimensions, generator=draws)
    return h * torch.logspace(-2, 2, dimensions) + 3, labels  # badly scaled, as features are


def predicted(h, labels, solver="lbfgs"):
    x = Standardize.by(h)(h)
    return fit_linear(x, labels, int(labels.max()) + 1, 1e-2, Evaluate(solver=solver)).predict(x)


@pytest.mark.parametrize("regularization", [1e-3, 1e-1, 10.0])
def test_lbfgs_finds_scikit_learns_optimum(regularization):
    h, labels = clouds()
    x = Standardize.by(h)(h)
    ours = fit_linear(x, labels, 4, regularization, Evaluate())
    mine = (x @ ours.weight.T + ours.bias).softmax(dim=1).numpy()
    standardised = ((h - h.mean(dim=0)) / h.std(dim=0, correction=0)).double().numpy()
    reference = LogisticRegression(C=1 / (regularization * len(h)), tol=1e-10, max_iter=5000)
    theirs = reference.fit(standardised, labels).predict_proba(standardised)
    assert np.abs(mine - theirs).max() < 1e-3


def test_standardised_features_are_uncorrelated_and_keep_their_products():
    h, _ = clouds()
    x = Standardize.by(h)(h)
    plain = (h - h.mean(dim=0)) / h.std(dim=0, correction=0)
    assert torch.allclose(x @ x.T, plain @ plain.T, atol=1e-3)
    covariance = x.T @ x / len(x)
    assert (covariance - covariance.diag().diag()).abs().max() < 1e-4


def test_standardising_block_by_block_is_standardising_the_whole():
    h, _ = clouds(n=ROWS + 200)
    standardize = Standardize.by(h)
    whole = ((h - standardize.mean) / standardize.std) @ standardize.directions
    assert torch.equal(standardize(h), whole)


def test_reordering_back_gives_the_features_back():
    x = torch.randn(50, COLUMNS + 3)
    before, order = x.clone(), torch.randperm(50)
    reorder(x, order)
    assert torch.equal(x, before[order])
    reorder(x, order.argsort())
    assert torch.equal(x, before)


def test_sgd_comes_close_to_lbfgs():
    h, labels = clouds()
    assert (predicted(h, labels) == predicted(h, labels, solver="sgd")).float().mean() > 0.95


def test_the_chosen_regularization_is_the_best_on_validation():
    h, labels = clouds(n=60, dimensions=40, spread=2.0)
    x = Standardize.by(h)(h)
    fit, validation = torch.arange(0, 40), torch.arange(40, 60)
    chosen, votes = choose_regularization(x, labels, fit, validation, 4, Evaluate())

    def score(strength):
        classifier = fit_linear(x[fit], labels[fit], 4, strength, Evaluate())
        return top1(classifier.predict(x[validation]), labels[validation])

    best = max(score(strength) for strength in Evaluate().regularization)
    one_image = 0.05 + 1e-9  # the fits start elsewhere, so that the last digits differ
    assert score(chosen) >= best - one_image
    assert top1(votes, labels[validation]) >= best - one_image


def test_what_overfits_is_not_fitted_any_further_and_the_choice_is_that_of_the_whole_path(monkeypatch):
    h, labels = clouds(n=3000, dimensions=120, spread=6.0)
    x, parts = Standardize.by(h)(h), (slice(600), slice(600, None))
    tried = []

    def fit(*given, **kwargs):
        tried.append(given[3])
        return fit_linear(*given, **kwargs)

    monkeypatch.setattr(linear, "fit_linear", fit)
    stopped = choose_regularization(x, labels, *parts, 4, Evaluate())
    assert 2 < len(tried) < len(Evaluate().regularization)
    monkeypatch.setattr(linear, "_overfits", lambda *_: False)
    whole = choose_regularization(x, labels, *parts, 4, Evaluate())
    assert stopped[0] == whole[0]
    assert torch.equal(stopped[1], whole[1])


def right_on(*images):
    """Predictions for 200 images of two classes, half of each, that are right on some only."""
    labels = torch.arange(200) % 2
    predictions = 1 - labels
    predictions[list(images)] = labels[list(images)]
    return predictions, labels


def test_a_fall_ends_the_search_only_if_it_is_more_than_other_images_being_right():
    best, labels = right_on(*range(100))
    fallen, _ = right_on(*range(94))  # six fewer, and none instead
    elsewhere, _ = right_on(*range(70), *range(100, 124))  # six fewer, 54 changed
    assert linear._overfits(fallen, best, labels, "top1")
    assert not linear._overfits(elsewhere, best, labels, "top1")
    assert not linear._overfits(best, best, labels, "top1")


def test_where_a_class_is_rare_its_images_weigh_more_in_the_fall():
    labels = torch.tensor([0] * 190 + [1] * 10)
    best = labels.clone()
    best[:100] = 1  # half of the common class is wrong
    worse = best.clone()
    worse[190:] = 0  # the rare class is lost, which is 5 % of the images and half of the balanced accuracy
    worse[:40] = 0  # more images of the common class are right instead
    assert linear._overfits(worse, best, labels, "balanced")
    assert not linear._overfits(worse, best, labels, "top1")


def test_directions_that_the_regularization_shrinks_to_nothing_change_no_prediction(monkeypatch):
    h, labels = clouds(n=500, dimensions=40)
    noise = 1e-2 * h.std(dim=0) * torch.randn(h.shape, generator=torch.Generator().manual_seed(0))
    twice = torch.cat([h, h + noise], dim=1)
    x = Standardize.by(twice)(twice)  # (500, 80), half of whose directions hardly vary
    fitted = fit_linear(x, labels, 4, 0.1, Evaluate())
    monkeypatch.setattr(linear, "_SHRUNK", 0.0)
    whole = fit_linear(x, labels, 4, 0.1, Evaluate())
    assert fitted.weight.shape == whole.weight.shape
    assert (fitted.weight == 0).any()
    assert (whole.weight != 0).all()
    assert torch.equal(fitted.predict(x), whole.predict(x))


def test_equal_scores_go_to_the_stronger_regularization():
    x = torch.cat([torch.full((20, 1), -5.0), torch.full((20, 1), 5.0)])
    every = torch.arange(40)
    assert choose_regularization(x, every // 20, every, every, 2, Evaluate())[0] == 10.0


def test_a_constant_feature_does_no_harm():
    h, labels = clouds()
    padded = torch.cat([h, torch.full((len(h), 1), 7.0)], dim=1)
    assert (predicted(padded, labels) == predicted(h, labels)).float().mean() > 0.99


@pytest.mark.parametrize("constant", [1, 200, 511])
def test_mostly_empty_histograms_can_be_fitted(constant):
    h = torch.rand(100, 512, generator=torch.Generator().manual_seed(0))
    h[:, :constant] = 0
    assert Standardize.by(h)(h).isfinite().all()
    assert len(predicted(h, torch.arange(100) % 2)) == 100


def test_a_basis_that_float32_does_not_find_is_found_in_float64(monkeypatch):
    genuine = torch.linalg.eigh

    def fails_in_float32(matrix):
        if matrix.dtype == torch.float32:
            raise torch.linalg.LinAlgError("did not converge")
        return genuine(matrix)

    h, labels = clouds()
    before = predicted(h, labels)
    monkeypatch.setattr(torch.linalg, "eigh", fails_in_float32)
    assert (predicted(h, labels) == before).float().mean() > 0.99
