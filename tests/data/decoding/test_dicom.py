"""DICOM files as images."""

from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from ablation.data import extras
from ablation.data.decoding.decode import decode
from ablation.data.decoding.pages import Page
from ablation.data.decoding.reading import Reading
from ablation.data.fingerprint import data_fingerprint
from ablation.data.sources.folder import image_folder
from ablation.errors import DataError
from ablation.grid.data import ImageFolder
from tests.data.decoding.dicoms import dicom_bytes

BLOCKS = np.kron(np.arange(16).reshape(4, 4), np.ones((4, 4), int))  # (16, 16), values 0 to 15


def dicom(path, values, **more: Any):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(dicom_bytes(values, **more))
    return path


def pixels(path, chosen=None):
    return decode(Page(path), Reading(16, chosen)).pixels[0]


def test_without_a_window_the_stored_bits_are_the_range(tmp_path):
    path = dicom(tmp_path / "a.dcm", (BLOCKS * 256).astype(np.uint16), BitsStored=12)
    np.testing.assert_array_equal(pixels(path), BLOCKS * 16)
    signed = dicom(tmp_path / "b.dcm", (BLOCKS * 256 - 2048).astype(np.int16), BitsStored=12)
    np.testing.assert_array_equal(pixels(signed), BLOCKS * 16)
    eight = dicom(tmp_path / "c.dcm", (BLOCKS * 17).astype(np.uint8))
    np.testing.assert_array_equal(pixels(eight), BLOCKS * 17)


def test_a_file_is_shown_by_its_window_in_the_units_of_the_modality(tmp_path):
    hounsfield = BLOCKS * 100 - 1000
    path = dicom(
        tmp_path / "a.dcm",
        ((hounsfield + 1024) * 2).astype(np.uint16),
        RescaleSlope="0.5",
        RescaleIntercept="-1024",
        WindowCenter=["-200", "40"],
        WindowWidth=["513", "400"],
    )
    window = (hounsfield - (-200 - 256.5)) * 256 / 512
    np.testing.assert_array_equal(pixels(path), window.clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("function", ["LINEAR_EXACT", "SIGMOID"])
def test_other_forms_of_a_window_are_as_the_standard_has_them(tmp_path, function):
    values = (BLOCKS * 100).astype(np.uint16)
    tags = {"WindowCenter": "700", "WindowWidth": "1000", "VOILUTFunction": function}
    shares = (
        (values - 200.0) / 1000
        if function == "LINEAR_EXACT"
        else 1 / (1 + np.exp(-4 * (values - 700.0) / 1000))
    )
    expected = (shares * 256).clip(0, 255).astype(np.uint8)
    assert np.abs(pixels(dicom(tmp_path / "a.dcm", values, **tags)).astype(int) - expected).max() <= 1


def test_a_table_of_what_is_seen_is_applied(tmp_path):
    table = Dataset()
    table.LUTDescriptor = [16, 0, 8]
    table.add_new("LUTData", "US", list(range(255, 255 - 16 * 16, -16)))
    path = dicom(tmp_path / "a.dcm", BLOCKS.astype(np.uint16), VOILUTSequence=[table])
    np.testing.assert_array_equal(pixels(path), 255 - BLOCKS * 16)


def test_a_chosen_range_comes_before_the_windows_of_the_files(tmp_path):
    stored = (BLOCKS * 100).astype(np.uint16)
    tags = {"RescaleSlope": "1", "RescaleIntercept": "-1000"}
    for name, window in (("a", {}), ("b", {"WindowCenter": "40", "WindowWidth": "80"})):
        shown = pixels(dicom(tmp_path / f"{name}.dcm", stored, **tags, **window), (-1000, 600))
        assert shown[0, 0] == 0
        assert shown[-1, -1] == 1500 * 256 // 1601


def test_where_white_is_zero_the_picture_is_inverted(tmp_path):
    path = dicom(tmp_path / "a.dcm", (BLOCKS * 17).astype(np.uint8), PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(pixels(path), 255 - BLOCKS * 17)


def test_colours_and_compressed_frames_are_read(tmp_path):
    colours = np.stack([BLOCKS * 17, BLOCKS, 255 - BLOCKS], axis=-1).astype(np.uint8)
    picture = decode(Page(dicom(tmp_path / "a.dcm", colours)), Reading(16)).pixels
    np.testing.assert_array_equal(picture, colours.transpose(2, 0, 1))
    values = (BLOCKS * 4096).astype(np.uint16)
    np.testing.assert_array_equal(pixels(dicom(tmp_path / "b.dcm", values, compress=True)), BLOCKS * 16)


def test_each_frame_has_its_own_scale_and_window(tmp_path):
    def groups(intercept, centre):
        scale, window, both = Dataset(), Dataset(), Dataset()
        scale.RescaleSlope, scale.RescaleIntercept = "1", str(intercept)
        window.WindowCenter, window.WindowWidth = str(centre), "257"
        both.PixelValueTransformationSequence, both.FrameVOILUTSequence = [scale], [window]
        return both

    path = dicom(
        tmp_path / "a.dcm",
        np.stack([BLOCKS * 16, BLOCKS * 16]).astype(np.uint16),
        NumberOfFrames=2,
        PerFrameFunctionalGroupsSequence=[groups(0, 128.5), groups(-128, 128.5)],
    )
    first, second = (decode(Page(path, k), Reading(16)).pixels[0] for k in range(2))
    np.testing.assert_array_equal(first, BLOCKS * 16 * 256 // 257)
    np.testing.assert_array_equal(second, (BLOCKS * 16 - 128).clip(0) * 256 // 257)


def scans(root, frames=1):
    random = np.random.default_rng(0)
    for name in "ab":
        for number in range(5):
            values = random.integers(0, 4096, (frames, 16, 16) if frames > 1 else (16, 16)).astype(np.uint16)
            tags = {"NumberOfFrames": frames} if frames > 1 else {}
            dicom(root / name / f"{number}.dcm", values, BitsStored=12, **tags)
    return root


def data(root, **settings):
    return ImageFolder.model_validate({"source": "folder", "path": str(root), "size": 16} | settings)


def test_a_folder_of_scans_is_a_data_set_and_frames_are_pages(tmp_path):
    root = scans(tmp_path / "scans", frames=3)
    dataset = image_folder(data(root), tmp_path)
    assert len(dataset.train) + len(dataset.test) == 10
    assert dataset.notes[0].startswith("10 files have several pages")
    every = image_folder(data(root, pages="all"), tmp_path)
    assert len(every.train) + len(every.test) == 30


def test_what_is_no_scan_is_skipped_with_the_reason(tmp_path):
    root = scans(tmp_path / "scans")
    (root / "a" / "x.dcm").write_bytes(b"nothing")
    dicom(root / "a" / "huge.dcm", BLOCKS.astype(np.uint8), Rows=65535, Columns=65535)
    dicom(root / "a" / "flat.dcm", BLOCKS.astype(np.uint16), RescaleSlope="0", RescaleIntercept="5")
    notes = image_folder(data(root), tmp_path).notes
    assert "a/flat.dcm (its rescale slope is 0 and its intercept 5)" in " ".join(notes)
    assert "a/x.dcm (not a DICOM file)" in " ".join(notes)
    assert "a/huge.dcm (too large: over 178 million pixels" in " ".join(notes)


def test_without_the_extra_scans_are_counted_with_what_to_install(tmp_path, monkeypatch):
    root = scans(tmp_path / "scans")
    assert data_fingerprint(data(root))
    monkeypatch.setattr(extras, "_PACKAGES", {"dicom": ("no_such_package",)})
    with pytest.raises(DataError, match=r"\.dcm 10; for \.dcm, pip install 'augmentation-ablation\[dicom\]'"):
        data_fingerprint(data(root))
    (root / "a" / "1.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"b: no images of this class; .*\[dicom\]'"):
        image_folder(data(root), tmp_path)
