"""`data.pages`: files of several pictures."""

import numpy as np
import pytest
from PIL import Image

from ablation.data.counts import image_counts
from ablation.data.sources.folder import folder_labels, image_folder
from ablation.grid.data import ImageFolder
from ablation.grid.recipe import Evaluate


def frames(count, seed):
    """Pictures of noise, none alike."""
    noise = np.random.default_rng(seed).integers(0, 256, (count, 16, 16, 3), np.uint8)
    return [Image.fromarray(one) for one in noise]


def stack(path, count, seed):
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *others = frames(count, seed)
    how = {".webp": {"lossless": True}, ".avif": {"quality": 100}}.get(path.suffix, {})
    first.save(path, save_all=True, append_images=others, **how)
    return path


def folder(root, files=4, pages=3, suffix=".tif"):
    for label in range(2):
        for number in range(files):
            stack(root / "ab"[label] / f"{number}{suffix}", pages, 100 * label + number)
    return root


def of(root, **settings):
    return ImageFolder.model_validate({"source": "folder", "path": str(root), "size": 16} | settings)


def read(root, tmp_path, **settings):
    prepared = tmp_path / "prepared"
    prepared.mkdir(exist_ok=True)
    return image_folder(of(root, **settings), prepared)


@pytest.mark.parametrize("suffix", [".tif", ".gif", ".webp", ".png", ".avif"])
def test_the_first_page_is_used_and_the_others_are_told_of(tmp_path, suffix):
    root = folder(tmp_path / "photos", suffix=suffix)
    stack(root / "a" / f"single{suffix}", 1, 50)
    dataset = read(root, tmp_path)
    assert dataset.notes == (
        '8 files have several pages; the first is used; set data.pages = "all" to use each, '
        'or "channels" if they are the channels of one image',
    )
    if suffix in (".tif", ".webp", ".png"):  # the others are not exact
        first = {np.asarray(frames(3, seed)[0]).transpose(2, 0, 1).tobytes() for seed in range(4)}
        of_class = [x for x, label in zip(*_all(dataset), strict=True) if label == 0]
        assert len(first & {x.tobytes() for x in of_class}) == 4


def _all(dataset):
    both = dataset.train, dataset.test
    return np.concatenate([one.images for one in both]), np.concatenate([one.labels for one in both])


@pytest.mark.parametrize("suffix", [".tif", ".webp", ".png"])
def test_every_page_is_an_image_of_the_class_of_its_file(tmp_path, suffix):
    dataset = read(folder(tmp_path / "photos", suffix=suffix), tmp_path, pages="all")
    found = {(x.tobytes(), int(label)) for x, label in zip(*_all(dataset), strict=True)}
    assert found == {
        (np.asarray(frame).transpose(2, 0, 1).tobytes(), label)
        for label in range(2)
        for number in range(4)
        for frame in frames(3, 100 * label + number)
    }
    assert dataset.notes == (
        "8 files have several pages, 24 in all; each is an image, and those of one file stay together",
    )


def test_pages_of_a_file_are_never_on_both_sides_of_a_split(tmp_path):
    root = folder(tmp_path / "photos", files=6, pages=4)
    dataset = read(root, tmp_path, pages="all", test_fraction=0.3)
    assert (len(dataset.train), len(dataset.test)) == (32, 16)
    assert not set(dataset.train.groups) & set(dataset.test.groups)
    assert np.bincount(np.unique(dataset.train.groups, return_inverse=True)[1]).tolist() == [4] * 8


def test_pages_are_in_the_group_of_their_file(tmp_path):
    root = folder(tmp_path / "photos", files=4, pages=2)
    table = tmp_path / "groups.csv"
    rows = [f"{name}/{i}.tif,patient {i // 2}" for name in "ab" for i in range(4)]
    table.write_text("\n".join(["file,group", *rows]))
    dataset = read(root, tmp_path, pages="all", groups=str(table), test_fraction=0.5)
    assert [len(set(split.groups)) for split in (dataset.train, dataset.test)] == [1, 1]
    assert len(dataset.train) == 8


def test_pages_are_counted_before_anything_is_decoded(tmp_path):
    data = of(folder(tmp_path / "photos"), pages="all")
    counts = image_counts(data, Evaluate())
    assert counts.train + counts.test == 24
    assert "24 in all" in counts.notes[0]
    labels, dataset = folder_labels(data), read(tmp_path / "photos", tmp_path, pages="all")
    np.testing.assert_array_equal(labels.train.labels, dataset.train.labels)
    np.testing.assert_array_equal(labels.train.groups, dataset.train.groups)


def test_a_set_without_files_of_several_pages_is_the_same_either_way(tmp_path):
    root = folder(tmp_path / "photos", pages=1)
    first, every = (read(root, tmp_path / name, pages=name) for name in _made(tmp_path, "first", "all"))
    np.testing.assert_array_equal(first.train.images, every.train.images)
    assert (every.train.groups, every.notes) == (None, ())


def _made(tmp_path, *names):
    for name in names:
        (tmp_path / name).mkdir()
    return names


def test_a_subset_takes_pages(tmp_path):
    dataset = read(folder(tmp_path / "photos"), tmp_path, pages="all", train=6, test=4)
    assert np.bincount(dataset.train.labels).tolist() == [3, 3]


def test_pages_of_unlabelled_files_are_images_too(tmp_path):
    stack(tmp_path / "wild" / "a.tif", 5, 900)
    settings = {"pages": "all", "unlabelled": str(tmp_path / "wild")}
    dataset = read(folder(tmp_path / "photos"), tmp_path, **settings)
    assert len(dataset.unlabelled) == 5
    assert any(note.startswith("unlabelled: 1 file has several pages, 5 in all") for note in dataset.notes)


def test_a_page_that_cannot_be_read_is_named(tmp_path):
    import tifffile

    root = folder(tmp_path / "photos", files=4, pages=2)
    noise = np.random.default_rng(0).random((16, 16))
    with tifffile.TiffWriter(root / "a" / "mixed.tif") as file:
        file.write((noise * 255).astype(np.uint8))
        file.write(noise.astype(np.float32))
    notes = read(root, tmp_path, pages="all").notes
    assert any("a/mixed.tif, page 2 (32-bit pixels have no fixed range" in note for note in notes)


def test_previews_inside_a_file_are_no_pages(tmp_path):
    import tifffile

    root = folder(tmp_path / "photos", pages=1)
    for number, (first, second) in enumerate(frames(2, 700 + number) for number in range(3)):
        with tifffile.TiffWriter(root / "a" / f"pyramid {number}.tif") as file:
            file.write(np.asarray(first))
            file.write(np.asarray(first)[::2, ::2].copy(), subfiletype=1)
        first.save(root / "b" / f"phone {number}.jpg", format="MPO", save_all=True, append_images=[second])
    assert not [note for note in read(root, tmp_path).notes if "pages" in note]
    assert len(_all(read(root, tmp_path, pages="all"))[0]) == 14


def test_a_damaged_second_page_does_not_matter_where_the_first_is_used(tmp_path):
    path = stack(folder(tmp_path / "photos", pages=1) / "a" / "cut.tif", 2, 800)
    path.write_bytes(path.read_bytes()[:-400])
    dataset = read(tmp_path / "photos", tmp_path)
    assert len(dataset.train) + len(dataset.test) == 9


def microscope(path, values):
    """Save (C, H, W) as a TIFF with a page for each channel."""
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *others = [Image.fromarray(channel) for channel in values]
    first.save(path, save_all=True, append_images=others)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_grey_pages_can_be_channels(tmp_path, dtype, count):
    values = np.random.default_rng(0).integers(0, 256, (2, 8, count, 16, 16)).astype(dtype)
    for label, name in enumerate("ab"):
        for number, image in enumerate(values[label]):
            microscope(tmp_path / "photos" / name / f"{number}.tif", image)
    settings = {"pages": "channels"} | ({"range": [0, 255]} if dtype == np.uint16 else {})
    dataset = read(tmp_path / "photos", tmp_path, **settings)
    images, labels = _all(dataset)
    expected = np.repeat(values, 3, axis=2) if count == 1 else values
    for label in range(2):
        found = {image.tobytes() for image in images[labels == label]}
        assert found == {image.tobytes() for image in expected[label].astype(np.uint8)}
    assert dataset.notes == ()


def test_pages_that_are_no_channels_are_named(tmp_path):
    values = np.random.default_rng(0).integers(0, 256, (20, 2, 16, 16), np.uint8)
    for number, image in enumerate(values):
        microscope(tmp_path / "photos" / "ab"[number % 2] / f"{number}.tif", image)
    stack(tmp_path / "photos" / "a" / "colour.tif", 2, 0)
    wide = [Image.fromarray(values[0, 0]), Image.fromarray(values[0, 1][:8])]
    wide[0].save(tmp_path / "photos" / "b" / "sizes.tif", save_all=True, append_images=wide[1:])
    (note,) = read(tmp_path / "photos", tmp_path, pages="channels").notes
    assert "page 1 is not grey" in note
    assert "page 2 is of another size or depth than the first" in note
