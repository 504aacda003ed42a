"""Use: encoders whose R² is known, and scikit-learn's ridge."""

import math

import pytest
import torch
from sklearn.linear_model import Ridge

from ablation.evaluate.histograms import joint
from ablation.pretrain.features import fingerprint
from ablation.results.stored.color import Bias, Use
from ablation.shortcut.ridge import Parts, r2
from ablation.shortcut.targets import HistogramTargets, principal_components
from ablation.shortcut.use import IMAGES, PIXELS, chosen_rows, color_use


def noise(n, d, seed=0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def images():
    """800 images of four classes: each class has a mean colour, each image one of its own near it."""
    means = noise(800, 3, 1) * 25 + noise(4, 3, 2).repeat(200, 1) * 40 + 128
    pixels = means[:, :, None, None] + noise(800, 3 * 64, 3).view(800, 3, 8, 8) * 20
    return pixels.clamp(0, 255).to(torch.uint8)


@pytest.fixture(scope="module")
def labels():
    return torch.arange(800) % 4


def test_an_encoder_that_outputs_the_histogram_tells_it_and_noise_does_not(images, labels):
    use = color_use(joint, images, labels, reference=lambda x: noise(len(x), 64))
    assert min(use.r2, use.r2_within) >= 0.95
    assert -0.02 < use.random_r2 < 0.02
    assert -0.02 < use.random_r2_within < 0.02
    assert use.excess == use.r2 - use.random_r2
    assert use.excess_within == use.r2_within - use.random_r2_within


def test_a_feature_that_is_the_class_tells_nothing_within_class(images, labels):
    told = HistogramTargets.of(images, labels).r2(0.1 * torch.eye(4)[labels])
    assert told[0] > 0.1
    assert told[1] == pytest.approx(0, abs=1e-9)


def test_class_parts_of_the_features_do_not_hide_what_they_tell_within_class(images, labels):
    targets = HistogramTargets.of(images, labels)
    h = joint(images)
    shifted = h + 100 * noise(4, 512)[labels]
    assert targets.r2(shifted)[1] == pytest.approx(targets.r2(h)[1], abs=1e-4)  # float32 of the sum: 2e-6


def test_scale_shift_and_rotation_of_the_features_change_nothing():
    h = noise(400, 16) * torch.logspace(0, -3, 16)
    y = h[:, :3] + 0.5 * noise(400, 3, 1)
    rotation = torch.linalg.qr(noise(16, 16, 2).double()).Q
    expected = r2(h, y)
    assert 0.3 < expected < 0.9
    for changed in (1e-6 * h.double(), h.double() + 7, h.double() @ rotation):
        assert r2(changed, y) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("d", [20, 300])  # 300 features of 200 rows: the smaller Gram matrix is the other
def test_equals_scikit_learns_ridge(d):
    h, parts = noise(400, d).double(), Parts.of(torch.zeros(400), seed=0)
    y = h[:, :5] + noise(400, 5, 1)
    centered = h[parts.train] - h[parts.train].mean(dim=0)
    strength = 0.01 * float(centered.square().sum())
    predicted = Ridge(alpha=strength).fit(h[parts.train], y[parts.train]).predict(h[parts.test])
    residual = (y[parts.test] - torch.from_numpy(predicted)).square().sum()
    total = (y[parts.test] - y[parts.train].mean(dim=0)).square().sum()
    ours = r2(h, y, parts=parts, regularization=[0.01])
    assert ours == pytest.approx(float(1 - residual / total), abs=1e-9)


def test_the_regularisation_is_chosen_on_validation_and_not_on_test():
    h, parts = noise(400, 10), Parts.of(torch.zeros(400), seed=0)
    y = h[:, :1].clone()
    assert r2(h, y, parts=parts) > 0.99
    y[parts.validation] *= -1  # so that there the strongest shrinkage is best
    assert r2(h, y, parts=parts) < 0.05


def test_each_class_is_split_alike_and_no_row_is_in_two_parts(labels):
    parts = Parts.of(labels, seed=0)
    rows = torch.cat([parts.train, parts.validation, parts.test])
    assert torch.equal(rows.sort().values, torch.arange(800))
    assert [part.bincount().tolist() for part in (labels[parts.train], labels[parts.test])] == [
        [100] * 4,
        [50] * 4,
    ]
    assert torch.equal(parts.test, Parts.of(labels, seed=0).test)
    assert not torch.equal(parts.test, Parts.of(labels, seed=1).test)


def test_a_class_of_one_image_is_fitted_on():
    assert 8 in Parts.of(torch.tensor([0] * 8 + [7]), seed=0).train.tolist()


def test_too_few_images_are_refused_and_of_a_cell_they_have_no_r2():
    with pytest.raises(ValueError, match="four rows"):
        r2(noise(6, 2), noise(6, 1), groups=torch.arange(6) % 2)
    few = torch.randint(0, 256, (3, 3, 4, 4), dtype=torch.uint8)
    assert HistogramTargets.of(few, torch.arange(3)).r2(noise(3, 2)) == (None, None)


def test_classes_of_few_images_leave_r2_overall_as_it_is_without_classes(images):
    q, many = joint(images), torch.arange(800) // 3  # three of every class: no fourth to report on
    overall, within = HistogramTargets.of(images, many).r2(q)
    assert (overall, within) == (HistogramTargets.of(images, torch.zeros_like(many)).r2(q)[0], None)
    most = torch.where(torch.arange(800) < 12, 0, many + 1)  # one class of twelve has three to report on
    assert HistogramTargets.of(images, most).r2(q) == (overall, None)


def test_collapsed_features_tell_nothing_and_diverged_ones_have_no_r2():
    y = noise(40, 2)
    assert r2(torch.full((40, 5), 0.1), y) == 0
    assert math.isnan(r2(torch.full((40, 5), torch.nan), y))


def test_components_hold_the_share_and_are_fitted_on_the_training_part():
    x = noise(2000, 4) * torch.tensor([3.0, 2.0, 1.0, 0.1])  # variances 9, 4, 1, .01
    train = torch.arange(1000)
    assert [principal_components(x, train, share).shape[1] for share in (0.5, 0.9, 0.95, 1.0)] == [1, 2, 3, 4]
    x[1000:] = 0
    assert principal_components(x, train)[:1000].mean(dim=0).abs().max() < 1e-6


def test_differences_are_below_zero_where_colour_was_given_up_and_missing_where_a_side_is():
    numbers = dict.fromkeys(("r2_within", "random_r2_within", "top1"))
    bias = Bias(bias=None, nearest_own=0, nearest_donor=0, n=4)
    use = Use(r2=0.25, random_r2=0.5, gray_top1=0.5, bias=bias, **numbers)
    assert (use.excess, use.excess_within, use.gray_drop) == (-0.25, None, None)
    assert use.model_copy(update={"top1": 0.75}).gray_drop == 0.25


def test_a_classifier_that_goes_by_colour_fails_on_gray_images(images, labels):
    means = torch.stack([images[labels == k].float().mean(dim=(0, 2, 3)) / 255 for k in range(4)])

    def nearest_mean_color(h):
        return torch.cdist(h, means).argmin(dim=1)

    use = color_use(lambda x: x.mean(dim=(2, 3)), images, labels, classify=nearest_mean_color)
    assert use.top1 > 0.7
    assert use.gray_drop > 0.2
    assert color_use(lambda x: x.mean(dim=(2, 3)), images, labels).gray_drop is None


def test_any_module_can_be_measured_and_is_left_as_it_was(images, labels):
    encoder = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Flatten())
    before = fingerprint(encoder)
    use = color_use(encoder, images, labels, reference=encoder)
    assert fingerprint(encoder) == before
    assert encoder.training
    assert use.excess == 0


def test_the_images_that_are_looked_at_are_drawn_by_the_seed_and_fit_into_memory():
    many = torch.zeros(1, 3, 4, 4, dtype=torch.uint8).expand(IMAGES + 1, -1, -1, -1)
    rows = [chosen_rows(many, seed) for seed in (0, 0, 1)]
    assert torch.equal(rows[0], rows[1])
    assert not torch.equal(rows[0], rows[2])
    assert len(rows[0].unique()) == IMAGES
    large = torch.zeros(1, 3, 256, 256, dtype=torch.uint8).expand(900, -1, -1, -1)
    assert len(chosen_rows(large, 0)) == PIXELS // 256**2


def test_grays_without_any_histogram_to_tell_have_no_r2():
    flat = torch.full((40, 3, 4, 4), 7, dtype=torch.uint8)
    use = color_use(lambda x: x.flatten(1), flat, torch.arange(40) % 2)
    assert use.r2 is None
    assert use.excess is None
