"""The built-in clips: what stays within one, and what does not."""

import hashlib

import numpy as np
import pytest

from ablation.data.copies import pixel_content
from ablation.data.sources.moving import draw_clips, moving, moving_labels
from ablation.data.sources.silhouettes import SILHOUETTES
from ablation.grid.data import MovingShapes


def drawn(count: int, split: int = 0, **settings: object) -> np.ndarray:
    data = MovingShapes.model_validate({"source": "moving-shapes"} | settings)
    images = np.zeros((count, 3, data.size, data.size), np.uint8)
    draw_clips(data, split, images)
    return images


def colors(frames: np.ndarray) -> np.ndarray:
    return frames.reshape(*frames.shape[:-2], -1).mean(axis=-1)  # (..., 3)


# A checksum that changes means pictures that changed: raise the generator's version in
# ablation/data/fingerprint.py with it, so that no result of the old pictures is reused.
@pytest.mark.parametrize(
    ("settings", "checksum"),
    [
        ({}, "7c26858129e70bf7902ba95141c69924"),
        ({"coloring": "fixed"}, "7c002da5a3ac75d4157c4ad5ac7aeb6c"),
        ({"frames": 8, "drift": 3, "size": 61, "seed": 7}, "c22c10f085d76b8bb330e115a28542aa"),
    ],
)
def test_the_bytes_of_a_seed_and_size_never_change(settings, checksum):
    train, test = drawn(40, split=0, **settings), drawn(40, split=1, **settings)
    assert hashlib.sha256(train.tobytes() + test.tobytes()).hexdigest()[:32] == checksum


def test_a_clip_is_one_silhouette_and_splits_share_no_clip(tmp_path):
    data = MovingShapes(source="moving-shapes", train=60, test=30, frames=3, size=16)
    dataset, known = moving(data, tmp_path), moving_labels(data)
    for split, labels in ((dataset.train, known.train), (dataset.test, known.test)):
        assert np.array_equal(split.labels, labels.labels)
        assert np.array_equal(split.clips, split.groups)
        assert np.array_equal(split.clips, labels.groups)
        assert split.clips.tolist() == [clip for clip in range(len(split) // 3) for _ in range(3)]
        assert split.labels.tolist() == [clip % len(SILHOUETTES) for clip in split.clips]
    content = pixel_content(dataset.train.images, dataset.test.images)
    assert len(set(content.tolist())) == 90


def test_a_longer_set_begins_with_the_shorter_one():
    assert np.array_equal(drawn(130)[:20], drawn(20))


def test_frames_move_steadily_and_scenes_are_independent():
    clips = drawn(600, frames=10, drift=3).reshape(60, 10, 3, 32, 32).astype(int)
    apart = [np.abs(clips[:, k] - clips[:, 0]).mean() for k in range(10)]
    others = np.abs(clips[1:, 0] - clips[:-1, 0]).mean()
    assert 0 < apart[1] < 0.6 * apart[3]
    assert apart[3::3] == pytest.approx([others] * 3, rel=0.15)  # frames in between mix two scenes


def test_colour_marks_the_clip_only_where_it_is_fixed():
    for coloring, marks in (("drift", False), ("fixed", True)):
        shown = colors(drawn(1000, coloring=coloring).reshape(100, 10, 3, 32, 32))  # (clips, frames, 3)
        apart = np.linalg.norm(shown[:, None, 0] - shown[None, :, 6], axis=-1)  # first and seventh frames
        nearest = (apart.argmin(axis=1) == np.arange(100)).mean()
        assert (nearest > 0.5) == marks
        assert marks or nearest < 0.06, "chance is 0.01"


@pytest.mark.parametrize("settings", [{"frames": 7}, {"frames": 10, "test": 25}])
def test_clips_are_whole(settings):
    with pytest.raises(ValueError, match="no whole clips"):
        MovingShapes.model_validate({"source": "moving-shapes", "train": 40, "test": 20} | settings)
