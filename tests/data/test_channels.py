"""Images of one, two, four and thirteen channels, from arrays and from files."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from ablation.augment.needs import refuse_channels
from ablation.cli.new import own_grid
from ablation.data import extras
from ablation.data.decoding.decode import decode
from ablation.data.decoding.pages import Page
from ablation.data.decoding.reading import Reading
from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import load, prepare
from ablation.data.sources.table import LABELS
from ablation.errors import DataError
from ablation.grid.data import ImageFolder, Npz
from ablation.grid.file.load import parse_grid

BANDS = np.random.default_rng(0).integers(0, 2**16, (24, 24, 13), np.uint16)


@pytest.fixture
def arrays(tmp_path):
    def write(stored, **settings):
        random = np.random.default_rng(stored)
        shape = (16, 16) if stored is None else (16, 16, stored)
        both = {f"{split}_x": random.integers(0, 256, (8, *shape), np.uint8) for split in ("train", "test")}
        labels = {f"{split}_y": np.arange(8) % 2 for split in ("train", "test")}
        path = tmp_path / f"{stored}.npz"
        np.savez(path, **both, **labels)
        return Npz(source="npz", path=str(path), size=16, **settings), both

    return write


def loaded(data):
    return load(prepare(data, data_fingerprint(data)))


@pytest.mark.parametrize("channels", [2, 4, 13])
@pytest.mark.parametrize("size", [16, 12])
def test_arrays_keep_their_channels_in_order(arrays, channels, size):
    data, written = arrays(channels)
    found = loaded(data.model_copy(update={"size": size}))
    assert (LABELS["npz"](data).channels, found.channels) == (channels, channels)
    assert found.train.images.shape == (8, channels, size, size)
    for band in range(channels):
        alone = np.stack(
            [np.asarray(Image.fromarray(x).resize((size, size), 2)) for x in written["train_x"][..., band]]
        )
        assert np.abs(found.train.images[:, band].astype(int) - alone).max() <= 1


@pytest.mark.parametrize(
    ("channels", "wanted", "got"), [(None, None, 3), (1, 1, 1), (1, 3, 3), (3, 1, 1), (3, 3, 3)]
)
def test_grey_and_colours_become_three_or_one(arrays, channels, wanted, got):
    data, written = arrays(channels, channels=wanted)
    images = loaded(data).train.images
    assert (images.shape[1], LABELS["npz"](data).channels) == (got, got)
    if channels != 3:
        np.testing.assert_array_equal(images[:, 0], written["train_x"].reshape(8, 16, 16))
        assert (images == images[:, :1]).all()
    elif got == 1:
        luma = np.stack([np.asarray(Image.fromarray(x).convert("L")) for x in written["train_x"]])
        np.testing.assert_array_equal(images[:, 0], luma)


def test_other_channels_than_are_wanted_are_refused_before_a_pixel_is_read(arrays):
    data, _ = arrays(13, channels=4)
    for look in (loaded, LABELS["npz"]):
        with pytest.raises(DataError, match=r"has 13 channels, and data.channels is 4; write channels = 13"):
            look(data)


def write_tiff(path, values, **how):
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, values, **how)


@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("bands", [2, 4, 13])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_bands_of_a_tiff_stay_as_they_are(tmp_path, planes, bands, dtype):
    values = BANDS[..., :bands].astype(dtype)
    stored = values if planes == "contig" else values.transpose(2, 0, 1)
    write_tiff(
        tmp_path / "a.tif",
        stored,
        photometric="minisblack",
        planarconfig=planes,
        extrasamples=[0] * (bands - 1),
    )
    pixels = decode(Page(tmp_path / "a.tif"), Reading(24, channels=bands)).pixels
    np.testing.assert_array_equal(pixels.transpose(1, 2, 0), values >> (8 * (dtype == np.uint16)))


def test_near_infrared_is_a_band_and_opacity_is_not(tmp_path):
    values = (BANDS[..., :4] >> 8).astype(np.uint8)
    write_tiff(tmp_path / "nir.tif", values, photometric="rgb", extrasamples=["unspecified"])
    write_tiff(
        tmp_path / "alpha.tif",
        np.dstack([values[..., :3], np.full((24, 24), 255, np.uint8)]),
        photometric="rgb",
        extrasamples=["unassalpha"],
    )
    nir = decode(Page(tmp_path / "nir.tif"), Reading(24, channels=4)).pixels
    np.testing.assert_array_equal(nir.transpose(1, 2, 0), values)
    opaque = decode(Page(tmp_path / "alpha.tif"), Reading(24)).pixels
    np.testing.assert_array_equal(opaque, nir[:3])


def test_a_folder_has_the_channels_of_most_files_and_names_the_others(tmp_path):
    for split, n in (("train", 6), ("test", 3)):
        for label in ("a", "b"):
            for i in range(n):
                values = np.random.default_rng([n, i, ord(label)]).integers(0, 2**16, (16, 16, 13), np.uint16)
                write_tiff(
                    tmp_path / split / label / f"{i}.tif",
                    values,
                    photometric="minisblack",
                    planarconfig="contig",
                )
    Image.new("RGB", (16, 16), "red").save(tmp_path / "train/a/odd.png")
    data = ImageFolder(source="folder", path=str(tmp_path), size=16)
    assert LABELS["folder"](data).channels == 13
    found = loaded(data)
    assert found.train.images.shape == (12, 13, 16, 16)
    assert any("odd.png" in note and "13 channels are wanted" in note for note in found.notes)
    with pytest.raises(DataError, match=r"has 13 channels, and data.channels is 3"):
        LABELS["folder"](data.model_copy(update={"channels": 3}))


def test_a_new_grid_for_bands_distorts_channels(tmp_path):
    for label in ("a", "b"):
        for i in range(8):
            values = np.random.default_rng([i, ord(label)]).integers(0, 2**16, (16, 16, 5), np.uint16)
            write_tiff(tmp_path / label / f"{i}.tif", values, photometric="minisblack", planarconfig="contig")
    text = own_grid(tmp_path)
    grid = parse_grid(text, tmp_path / "g.toml").grid
    assert "The images have 5 channels." in text
    refuse_channels(grid, 5)
    assert "channel-jitter" in {one.name for one in grid.resolved}


def test_a_new_grid_for_files_that_need_an_extra_names_it(tmp_path, monkeypatch):
    for label in ("a", "b"):
        write_tiff(tmp_path / label / "1.tif", BANDS, photometric="minisblack", planarconfig="contig")
    monkeypatch.setattr(extras, "_PACKAGES", dict(extras._PACKAGES) | {"tiff": ("no_such_package",)})
    with pytest.raises(DataError, match=r"none of its images can be read \(a/1\.tif: .*\[tiff\]"):
        own_grid(tmp_path)
