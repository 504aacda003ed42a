"""`data.range`: which stored values become black and white."""

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from ablation.data.decoding.decode import decode
from ablation.data.decoding.pages import Page
from ablation.data.decoding.percentiles import Histogram
from ablation.data.decoding.reading import Reading
from ablation.data.sources.folder import image_folder
from ablation.data.sources.npz import npz
from ablation.errors import DataError
from ablation.grid.data import ImageFolder, Npz
from ablation.grid.settings import identifying


def pictures(each=6, seed=0):
    """Faint pictures of two classes, (2, each, 16, 16), none alike: values 0 to 255."""
    return np.random.default_rng(seed).normal(100, 12, (2, each, 16, 16)).clip(0, 255)


def save(root, values, name="{}.png"):
    for label, of_class in enumerate(values):
        for number, one in enumerate(of_class):
            path = root / "ab"[label] / name.format(number)
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(one).save(path)
    return root


def read(root, tmp_path, **settings):
    folder = tmp_path / "prepared"
    folder.mkdir(exist_ok=True)
    data = {"source": "folder", "path": str(root), "size": 16} | settings
    return image_folder(ImageFolder.model_validate(data), folder)


def test_twelve_bits_in_sixteen_come_out_as_the_picture_of_eight_bits(tmp_path):
    values = pictures()
    eight = read(save(tmp_path / "eight", values.astype(np.uint8)), tmp_path).train.images.copy()
    root = save(tmp_path / "twelve", (values * 16).astype(np.uint16))
    twelve = read(root, tmp_path, range=[0, 4095])
    np.testing.assert_array_equal(twelve.train.images, eight)
    assert twelve.notes == ()


def test_without_a_range_nearly_black_images_are_told_of_with_what_mends_them(tmp_path):
    dataset = read(save(tmp_path / "photos", (pictures() * 16).astype(np.uint16)), tmp_path)
    assert dataset.train.images.max() < 16
    (note,) = dataset.notes
    low, high = (int(word) for word in note.split() if word.isdigit())
    assert 2047 < high < 4096
    assert note == (
        f"16-bit images use values {low} to {high} only, so they are nearly black; set data.range = [0, 4095]"
    )


def test_pictures_that_are_alike_for_want_of_a_range_are_refused_with_what_to_set(tmp_path):
    root = save(tmp_path / "photos", pictures().astype(np.uint16))
    with pytest.raises(DataError, match=r"in more than one class .*; 16-bit .*; set data.range = \[0, 255\]"):
        read(root, tmp_path)


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (0, 65535, []),
        (0, 20000, []),
        (30000, 31000, ["grey, of little contrast; set data.range = [30000, 31000]"]),
        (60000, 65535, ["nearly white; set data.range = [60000, 65535]"]),
    ],
)
def test_only_values_in_a_small_part_of_their_range_are_told_of(tmp_path, low, high, told):
    values = np.random.default_rng(0).integers(low, high, (2, 4, 16, 16), np.uint16, endpoint=True)
    values[..., 0, 0], values[..., 0, 1] = low, high
    notes = read(save(tmp_path / "photos", values), tmp_path).notes
    assert [note.split("so they are ")[1] for note in notes] == told


def test_only_training_images_say_what_to_set(tmp_path):
    values = (pictures() * 16).astype(np.uint16)
    save(tmp_path / "photos" / "train", values)
    save(tmp_path / "photos" / "test", values[:, ::-1, ::-1] + 50_000)
    assert "set data.range = [0, 4095]" in read(tmp_path / "photos", tmp_path).notes[0]


def test_clipped_values_are_counted(tmp_path):
    values = np.random.default_rng(0).integers(100, 200, (2, 4, 16, 16)).astype(np.uint16)
    values[..., 0, :4] = 5
    values[..., 0, 4] = 900
    dataset = read(save(tmp_path / "photos", values), tmp_path, range=[100, 199])
    assert dataset.notes == ("data.range = [100, 199] clips values: 1.6% are below and 0.4% are above",)
    assert dataset.train.images[0, 0, 0, :5].tolist() == [0, 0, 0, 0, 255]


def test_percentiles_are_those_of_the_training_images_alone(tmp_path):
    values = np.random.default_rng(0).integers(1000, 3000, (2, 8, 16, 16)).astype(np.uint16)
    save(tmp_path / "photos" / "train", values)
    save(tmp_path / "photos" / "test", values[:, :3] + 20_000)
    dataset = read(tmp_path / "photos", tmp_path, range={"percentiles": [1, 99]}, duplicates="keep")
    low, high = np.percentile(values, [1, 99], method="inverted_cdf")
    assert dataset.notes[0] == (f"data.range = [{low}, {high}]: percentiles 1 and 99 of the training images")
    assert (dataset.test.images == 255).all()
    fixed = read(tmp_path / "photos", tmp_path, range=[int(low), int(high)], duplicates="keep")
    np.testing.assert_array_equal(fixed.train.images, dataset.train.images)


def bands(root, names=("a", "b")):
    """Two classes of images of two bands, one of which is 200 times as bright as the other."""
    import tifffile

    values = np.random.default_rng(0).integers(0, 60_000, (len(names), 8, 16, 16, 2)).astype(np.uint16)
    values[..., 1] = 20 + values[..., 1] // 200
    for name, images in zip(names, values, strict=True):
        (root / name).mkdir(parents=True)
        for number, image in enumerate(images):
            tifffile.imwrite(
                root / name / f"{number}.tif", image, photometric="minisblack", planarconfig="contig"
            )
    return values


def test_a_dark_channel_beside_a_bright_one_is_said_and_mended_by_percentiles_of_each(tmp_path):
    values = bands(tmp_path / "photos" / "train")
    bands(tmp_path / "photos" / "test")
    told = read(tmp_path / "photos", tmp_path, duplicates="keep")
    assert told.notes[-1].endswith(
        "but channel 2 uses a quarter of that or less and has few steps; "
        "set data.range = { percentiles = [0.1, 99.9], per_channel = true }"
    )
    assert len(np.unique(told.train.images[:, 1])) == 2
    chosen = {"percentiles": [0, 100], "per_channel": True}
    mended = read(tmp_path / "photos", tmp_path, range=chosen, duplicates="keep")
    ends = [[int(values[..., c].min()), int(values[..., c].max())] for c in range(2)]
    assert (
        f"data.range = {ends}: percentiles 0 and 100 of the training images in each channel" in mended.notes
    )
    low, high = ends[1]
    expected = (values[..., 1].astype(float) - low) * 256 / (high - low + 1)
    np.testing.assert_array_equal(mended.train.images[:, 1].reshape(2, 8, 16, 16), np.floor(expected))
    fixed = read(tmp_path / "photos", tmp_path, range=ends, duplicates="keep")
    np.testing.assert_array_equal(fixed.train.images, mended.train.images)


def test_ranges_for_other_channels_than_there_are_name_both(tmp_path):
    bands(tmp_path / "photos")
    with pytest.raises(DataError, match=r"has 2 channels, and data\.range has 3 ranges"):
        read(tmp_path / "photos", tmp_path, range=[[0, 1], [0, 1], [0, 1]])


def test_a_histogram_has_the_percentiles_of_all_values():
    values = np.random.default_rng(0).normal(0, 1000, 5000).astype(np.float32)
    histogram = Histogram()
    for part in np.split(values, 5):
        histogram.add(part)
    histogram.add(np.array([np.nan, np.inf, 1e300]))
    for percent in (0, 0.5, 30, 50, 99.5, 100):
        exact = np.percentile(values, percent, method="inverted_cdf")
        assert histogram.percentile(percent) == pytest.approx(exact, rel=2**-15)


def test_floats_and_long_integers_need_a_range_and_have_none_of_their_own(tmp_path):
    values = np.random.default_rng(0).random((2, 4, 16, 16), np.float32)
    floats = save(tmp_path / "floats", values, "{}.tiff")
    with pytest.raises(
        DataError, match=r"32-bit pixels have no fixed range .*; set data\.range = \[black, white\]"
    ):
        read(floats, tmp_path)
    images = read(floats, tmp_path, range=[0, 1]).train.images.copy()
    longs = save(tmp_path / "longs", (values * 1e6).astype(np.int32), "{}.tiff")
    assert np.abs(read(longs, tmp_path, range=[0, 1e6]).train.images.astype(int) - images).max() <= 1


def test_integers_above_two_to_the_thirty_one_are_not_negative(tmp_path):
    import tifffile

    tifffile.imwrite(tmp_path / "a.tif", np.full((16, 16), 3_000_000_000, np.uint32))
    assert (decode(Page(tmp_path / "a.tif"), Reading(16, (0, 4e9))).pixels == 191).all()


def test_eight_bit_images_keep_their_values_and_it_is_said(tmp_path):
    values = pictures(4)
    save(tmp_path / "photos", values.astype(np.uint8), "eight {}.png")
    before = read(tmp_path / "photos", tmp_path).train.images.copy()
    assert np.array_equal(read(tmp_path / "photos", tmp_path, range=[0, 4095]).train.images, before)
    save(tmp_path / "photos", (pictures(2, seed=1) * 16).astype(np.uint16), "twelve {}.png")
    (note,) = read(tmp_path / "photos", tmp_path, range=[0, 4095]).notes
    assert note == "data.range changes nothing in 8 of 12 images: they have 8 bits a sample"


def test_values_that_are_no_numbers_are_refused_and_said(tmp_path):
    values = np.random.default_rng(0).random((2, 4, 16, 16), np.float32)
    values[0, 0, 3, 3] = np.nan
    save(tmp_path / "photos" / "train", values, "{}.tiff")
    save(tmp_path / "photos" / "test", values[:, 1:, ::-1, ::-1], "{}.tiff")
    (note,) = read(tmp_path / "photos", tmp_path, range=[0, 1]).notes
    assert note.endswith("train/a/0.tiff (some values are not numbers (NaN); replace them)")


def test_white_is_zero_whatever_the_range(tmp_path):
    from tests.data.decoding.test_decode import tiff

    tiff(tmp_path / "a.tif", np.full((16, 16), 400), white_is_zero=True)
    assert (decode(Page(tmp_path / "a.tif"), Reading(16, (0, 4095))).pixels == 255 - 25).all()


def test_a_graymap_of_twelve_bits_is_read_in_its_own_values(tmp_path):
    values = np.arange(4096, dtype=">u2").reshape(64, 64)
    (tmp_path / "a.pgm").write_bytes(b"P5 64 64 4095\n" + values.tobytes())
    for chosen in (None, (0.0, 4095.0)):
        pixels = decode(Page(tmp_path / "a.pgm"), Reading(64, chosen)).pixels
        np.testing.assert_array_equal(pixels[0], values >> 4)


def test_unlabelled_images_of_an_npz_have_a_range(tmp_path):
    wild = save(tmp_path / "wild", (pictures() * 16).astype(np.uint16))
    x = np.random.default_rng(0).integers(0, 256, (12, 16, 16), np.uint8)
    y = np.arange(12) % 2
    np.savez(tmp_path / "a.npz", train_x=x, train_y=y, test_x=x[:, ::-1], test_y=y)
    settings = {"source": "npz", "path": str(tmp_path / "a.npz"), "size": 16, "unlabelled": str(wild)}
    (note,) = npz(Npz.model_validate(settings), tmp_path).notes
    assert note.startswith("unlabelled: 16-bit images use values")
    dataset = npz(Npz.model_validate(settings | {"range": [0, 4095]}), tmp_path)
    assert (dataset.notes, dataset.unlabelled.max() > 100) == ((), True)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"range": [4, 4]}, "low < high"),
        ({"range": [[0, 4], [4, 4]]}, "low < high"),
        ({"range": {"percentiles": [50, 101]}}, "less than or equal to 100"),
        ({"source": "npz", "range": [0, 4]}, "is for the files of a folder"),
        ({"source": "npz", "unlabelled": "u", "range": {"percentiles": [0, 1]}}, "write range = "),
    ],
)
def test_a_range_that_says_nothing_is_refused(settings, told):
    model = Npz if settings.get("source") == "npz" else ImageFolder
    with pytest.raises(ValidationError, match=told):
        model.model_validate({"source": "folder", "path": "x"} | settings)


def test_no_deep_training_image_leaves_nothing_to_take_percentiles_of(tmp_path):
    root = save(tmp_path / "photos", pictures().astype(np.uint8))
    with pytest.raises(DataError, match="need training images of more than 8 bits"):
        read(root, tmp_path, range={"percentiles": [0, 100]})


def test_without_a_range_an_identity_is_what_it_was():
    assert "range" not in identifying(ImageFolder(source="folder", path="x"))
    assert "range" in identifying(ImageFolder(source="folder", path="x", range=(0, 1)))
