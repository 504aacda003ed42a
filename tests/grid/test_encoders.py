"""Encoders in a grid file: what each may be told, what stands for its code and its weights in an id."""

import hashlib
from pathlib import Path

import pytest

from ablation.errors import GridError
from ablation.grid.cells import jobs
from ablation.grid.file.load import load_grid
from ablation.grid.recipe import Pretrain
from ablation.grid.weights import DIGESTS, pretrained_file
from tests.tiny import TINY

NET = "from torch import nn\nclass Net(nn.Flatten): pass\n"


def loaded(folder: Path, *job: str, more: str = ""):
    path = folder / "mine.toml"
    path.write_text(TINY + "\n".join(job) + "\n" + more)
    return load_grid(path)


def ids(file):
    return {cell.id for cell in jobs(file.grid, "f")}


def told(folder, *job):
    with pytest.raises(GridError) as error:
        loaded(folder, *job)
    return str(error.value).partition("pretrain.")[2]


def test_an_encoder_of_others_is_written_in_one_and_read_in_two():
    job = Pretrain.model_validate({"encoder": "timm:convnext_atto.d2_in1k"})
    assert (job.encoder.encoder, job.encoder.model) == ("timm", "convnext_atto.d2_in1k")
    assert Pretrain.model_validate(job.model_dump()) == job


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (['encoder = "timm:resnet10t"', "width = 64"], 'width: only with encoder = "resnet-micro"'),
        (['encoder = "timm:resnet10t"', 'stem = "patch"'], 'stem: only with encoder = "resnet-micro"'),
        (['encoder = "resnet18"', 'model = "x"'], 'model: only with encoder = "timm"'),
        (['encoder = "resnet35"'], 'encoder: unknown encoder "resnet35"; did you mean "resnet'),
        (['encoder = "timm:"'], 'encoder: must be "timm:NAME"'),
        (['encoder = "timm"'], 'encoder: must be "timm:NAME"'),
        (['encoder = "python:net"'], 'encoder: must be "python:module:name", not "python:net"'),
        (['encoder = "python:net:Net"'], "encoder: there is no net.py in "),
        (['digest = "0"'], "digest: unknown"),
        (['weights = "none.safetensors"'], "weights: there is no file none.safetensors in "),
        (['weights = "none.pt"'], "weights: must be a .safetensors file"),
        (['weights = "../none.safetensors"'], "weights: must be a file in the grid file's folder"),
        (['weights = "pretrained"'], 'weights: "pretrained" is for encoders of timm'),
        (['encoder = "timm:resnet10t"', 'weights = "pretrained"'], "weights: "),
    ],
)
def test_what_means_nothing_is_refused_with_its_place(tmp_path, job, said):
    assert told(tmp_path, *job).startswith(said)


def test_the_code_of_a_users_encoder_is_part_of_an_id_and_goes_with_the_grid(tmp_path):
    (tmp_path / "net.py").write_text(NET)
    before = loaded(tmp_path, 'encoder = "python:net:Net"')
    assert before.sources == {"net.py": NET.encode()}
    (tmp_path / "net.py").write_text(NET + "# changed")
    assert not ids(before) & {
        cell.id for cell in jobs(loaded(tmp_path, 'encoder = "python:net:Net"').grid, "f") if cell.seed == 0
    }


def test_the_content_of_weights_is_part_of_an_id_and_their_name_is_not(tmp_path):
    for name, content in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / f"{name}.safetensors").write_bytes(content)
    a, b, c = (loaded(tmp_path, f'weights = "{name}.safetensors"') for name in "abc")
    assert ids(a) == ids(b) != ids(c)
    assert len(ids(a) & ids(c)) == 3  # the floors that need no encoder


def test_a_results_folder_knows_the_weights_by_their_digest_alone(tmp_path):
    (tmp_path / "start.safetensors").write_bytes(b"1")
    file = loaded(tmp_path, 'weights = "start.safetensors"')
    digest = hashlib.sha256(b"1").hexdigest()
    assert file.sources == {DIGESTS: f"{digest}  start.safetensors\n".encode()}
    results = tmp_path / "results"
    results.mkdir()
    (results / DIGESTS).write_bytes(file.sources[DIGESTS])
    (results / "grid.toml").write_text(file.text)
    assert ids(load_grid(results / "grid.toml")) == ids(file)


def test_encoders_may_vary_each_without_the_settings_of_others(tmp_path):
    (tmp_path / "net.py").write_text(NET)
    axis = '[vary]\n"pretrain.encoder" = ["resnet-micro", "python:net:Net", "timm:resnet10t"]\n'
    file = loaded(tmp_path, "width = 8", more=axis)
    found = {cell.at: cell.recipe.pretrain.encoder for cell in jobs(file.grid, "f") if cell.at}
    assert {dict(at)["encoder"] for at in found} == {"python:net:Net", "timm:resnet10t"}
    assert file.sources == {"net.py": NET.encode()}


def test_weights_on_the_hub_come_from_its_cache_or_a_sentence_says_why_not(tmp_path, monkeypatch):
    huggingface_hub = pytest.importorskip("huggingface_hub")
    kept = tmp_path / "model.safetensors"
    kept.write_bytes(b"1")

    def cached(repository, name, local_files_only=False):
        assert (repository, name, local_files_only) == ("timm/resnet10t.c3_in1k", kept.name, True)
        return str(kept)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", cached)
    file = loaded(tmp_path, 'encoder = "timm:resnet10t.c3_in1k"', 'weights = "pretrained"')
    assert file.sources[DIGESTS].endswith(b"  timm/resnet10t.c3_in1k\n")

    def offline(*_, **__):
        raise ConnectionError

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", offline)
    with pytest.raises(GridError, match="not in this machine's cache, and the Hugging Face hub cannot be"):
        pretrained_file("resnet10t.c3_in1k")
