from pathlib import Path

import pytest

from ablation.data.cache import cache_folder


@pytest.mark.parametrize(
    ("chosen", "xdg", "folder"),
    [
        ("/scratch/mine", "/xdg", "/scratch/mine"),
        ("~/mine", None, "/home/me/mine"),
        (None, "/xdg", "/xdg/ablation"),
        ("", "/xdg", "/xdg/ablation"),
        (None, "relative", "/home/me/.cache/ablation"),
        (None, "", "/home/me/.cache/ablation"),
        (None, None, "/home/me/.cache/ablation"),
    ],
)
def test_the_cache_folder_is_the_chosen_one_then_that_of_xdg_then_that_of_the_user(
    chosen: str | None, xdg: str | None, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    for name, value in {"ABLATION_CACHE": chosen, "XDG_CACHE_HOME": xdg}.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert cache_folder() == Path(folder)
