"""A job that was stopped anywhere goes on, and ends with the bits of one that was not."""

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from ablation.augment.views import TwoViews
from ablation.grid.augmentations import Step
from ablation.grid.operations import OPERATIONS
from ablation.grid.recipe import Pretrain, Views
from ablation.pretrain.features import fingerprint
from ablation.pretrain.loop import pretrain
from ablation.pretrain.network import initial
from ablation.pretrain.resume import Bookmark
from ablation.pretrain.supervised import train_with_labels

CPU = torch.device("cpu")
built = initial
STEPS = 5  # of an epoch: 80 images


class StoppedError(Exception):
    pass


class Stopping:
    """Views that end the job at a step."""

    def __init__(self, at=None):
        self.views = TwoViews.build([Step("noise", OPERATIONS["noise"]())], Views(), 16, 0)
        self.at, self.made = at, []

    def __call__(self, pixels, step, others):
        if step == self.at:
            raise StoppedError
        self.made.append(step)
        return self.views(pixels, step, others)


def job(objective="nt-xent", **settings):
    return Pretrain(width=8, epochs=3, batch_size=16, objective=objective, **settings)


def train(data, settings, views, bookmark=None):
    net = built(settings, 0, CPU, 3, 16)
    if settings.objective.objective == "supervised":
        trained = train_with_labels(net, data, views, settings, 0, torch.arange(80), bookmark)
    else:
        trained = pretrain(net, data, views, settings, 0, bookmark=bookmark)
    told = [epoch.model_dump(exclude={"images_per_second"}) for epoch in trained.epochs]
    return fingerprint(net), told, trained.outcome


def stopped(data, settings, path, at):
    """Where a job stands that kept its bookmark at every step, and was stopped."""
    with pytest.raises(StoppedError):
        train(data, settings, Stopping(at), Bookmark(path, "job", every=0))
    return Bookmark(path, "job", every=0)


@pytest.mark.parametrize(
    ("objective", "settings"),
    [
        ("nt-xent", {"optimizer": "adamw"}),
        ("nt-xent", {"optimizer": "sgd", "precision": "bf16", "chunk": 8}),
        ("moco", {"optimizer": "sgd"}),
        ("byol", {"optimizer": "lars"}),
        ("dino", {"optimizer": "adamw"}),
        ("simsiam", {"optimizer": "lars"}),
        ("supervised", {"optimizer": "adamw"}),
    ],
)
@pytest.mark.parametrize("at", [1, STEPS, STEPS + 3, 3 * STEPS - 1])
def test_a_job_stopped_at_any_step_ends_with_the_same_bits(data, tmp_path, objective, settings, at):
    settings = job(objective, **settings)
    bookmark = stopped(data, settings, tmp_path / "job.safetensors", at)
    views = Stopping()
    assert train(data, settings, views, bookmark) == train(data, settings, Stopping())
    assert views.made == list(range(at, 3 * STEPS)), "no step is taken twice"


def test_a_network_that_draws_goes_on_with_its_draws(data, tmp_path, monkeypatch):
    def drawing(*given):
        net = initial(*given)
        net.head = nn.Sequential(nn.Dropout(0.5), net.head)
        return net

    monkeypatch.setitem(globals(), "built", drawing)
    bookmark = stopped(data, job(), tmp_path / "job.safetensors", STEPS + 2)
    assert train(data, job(), Stopping(), bookmark) == train(data, job(), Stopping())


def test_a_job_can_be_stopped_again_and_again(data, tmp_path):
    path = tmp_path / "job.safetensors"
    for at in (2, 6, 7, 12):
        bookmark = stopped(data, job("moco"), path, at)
    assert train(data, job("moco"), Stopping(), bookmark) == train(data, job("moco"), Stopping())


def test_a_short_job_writes_nothing(data, tmp_path):
    train(data, job(), Stopping(), Bookmark(tmp_path / "partial" / "job.safetensors", "job"))
    assert not list(tmp_path.iterdir())


def bit_flipped(path):
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)


def of_another_job(path):
    with_metadata = load_file(path)
    save_file(with_metadata, path, {"format": "pt"})


DAMAGES = {
    "a bit": bit_flipped,
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: path.write_bytes(b""),
    "garbage": lambda path: path.write_bytes(b"\xff" * 1000),
    "foreign": of_another_job,
    "folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_bookmark_is_ignored(data, tmp_path, damage):
    path = tmp_path / "job.safetensors"
    bookmark = stopped(data, job(), path, STEPS + 3)
    DAMAGES[damage](path)
    views = Stopping()
    assert train(data, job(), views, bookmark) == train(data, job(), Stopping())
    assert views.made == list(range(3 * STEPS))


def test_a_bookmark_of_another_job_or_version_is_ignored(data, tmp_path, monkeypatch):
    path = tmp_path / "job.safetensors"
    stopped(data, job(), path, STEPS + 3)
    views = Stopping()
    train(data, job(), views, Bookmark(path, "another"))
    monkeypatch.setattr("ablation.pretrain.resume.versions", lambda: {"torch": "1.0"})
    train(data, job(), views, Bookmark(path, "job"))
    assert views.made == 2 * list(range(3 * STEPS))
