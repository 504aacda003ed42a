import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import ablation
from ablation.cli.app import app
from ablation.runner import launch as launching
from tests.report.leaks import frame, with_grid
from tests.results.builder import build
from tests.tiny import TINY
from tests.undrawn import draw_nothing

TESTS = Path(__file__).parents[1]
GRID = '\nbaselines = ["raw-pixels"]' + TINY

# What the `ablation` command does, with a cheap experiment in place of the SimCLR job.
COMMAND = f"""
import signal
import sys
from functools import partial
from pathlib import Path
sys.path.insert(0, {str(TESTS)!r})
import ablation.runner.launch as launching
from ablation.cli.app import app
from fake_experiments import cheap

def cheap_launch(*arguments, launch=launching.launch, **options):
    return launch(*arguments, experiment=partial(cheap, log=Path("."), seconds={{seconds}}), **options)

launching.launch = cheap_launch
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a job in the background starts without
try:
    app()
finally:
    Path("modules").write_text(" ".join(sys.modules))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    return _prepared(monkeypatch, tmp_path)


def _prepared(patch, folder):
    patch.chdir(folder)
    patch.setenv("ABLATION_CACHE", str(folder / "cache"))
    patch.syspath_prepend(TESTS)  # workers inherit it, and find fake_experiments
    (folder / "tiny.toml").write_text(GRID)
    return folder


def invoke(*arguments):
    return CliRunner().invoke(app, arguments)


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """A run in which two jobs fail; the same again, as JSON; and once more, in a process of its own."""
    folder = tmp_path_factory.mktemp("story")
    with pytest.MonkeyPatch.context() as patch:
        _prepared(patch, folder)
        from fake_experiments import cheap

        patch.setitem(sys.modules, "ablation.report.write", SimpleNamespace(write_report=draw_nothing))
        real = launching.launch
        run = ("run", "tiny.toml", "--device", "cpu", "--workers", "2")

        def failing(*labels):
            patch.setattr(
                launching, "launch", partial(real, experiment=partial(cheap, log=folder, fails=labels))
            )

        failing("crop", "color")
        failed = invoke(*run)
        failing("color")
        retried = invoke(*run, "--json")
        failing()
        invoke(*run)
        again = command("run", "tiny.toml")
        stdout, stderr = again.communicate()
    return SimpleNamespace(
        failed=failed,
        retried=retried,
        again=SimpleNamespace(exit_code=again.returncode, stdout=stdout, stderr=stderr),
        modules=set((folder / "modules").read_text().split()),
    )


def command(*arguments, seconds=0.0, **options):
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND.format(seconds=seconds), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def group_is_gone(pid):
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_run_says_what_it_did(story):
    assert story.failed.exit_code == 1
    assert story.failed.stderr == ""
    decoding, classes, start, end, best, *rest = story.failed.stdout.splitlines()
    assert decoding == "decoding shapes …"
    assert classes.startswith("10 classes, each with 4 training and 2 test images: disc, ring, ")
    assert start == "tiny: 5 of 5 jobs to run; 2 workers on cpu"
    assert end.startswith("tiny: 3 of 5 jobs done in ")
    assert best.startswith("best: ")
    assert rest == [
        "failed: crop (seed 0): ValueError: no good [red] in crop",
        "failed: color (seed 0): ValueError: no good [red] in color",
        f"tracebacks: {Path('results/tiny/failures')}",
        f"report: {Path('results/tiny/report.html')}",
        f"heatmap: {Path('results/tiny/heatmap.png')}",
    ]


def test_json_is_one_object_a_line(story):
    assert story.retried.exit_code == 1
    *cells, summary = map(json.loads, story.retried.stdout.splitlines())
    assert {cell["first"]: cell["outcome"] for cell in cells} == {"crop": "ok", "color": "failed"}
    assert [cell["event"] for cell in cells] == ["job", "job"]
    assert {cell["first"]: cell["scores"] is None for cell in cells} == {"crop": False, "color": True}
    counts = {key: summary[key] for key in ("event", "done", "failed", "pending", "total")}
    assert counts == {"event": "summary", "done": 4, "failed": 1, "pending": 0, "total": 5}
    assert Path(summary["heatmap"]).name == "heatmap.png"
    assert Path(summary["report"]).name == "report.html"


def test_a_finished_grid_says_so_and_imports_nothing_heavy(story):
    assert (story.again.exit_code, story.again.stderr) == (0, "")
    assert "tiny: 5 of 5 jobs done, nothing to run" in story.again.stdout
    assert "ablation.runner.launch" in story.modules
    assert not {"torch", "pandas", "matplotlib", "seaborn", "joblib"} & story.modules


def test_ctrl_c_stops_in_one_line_and_leaves_no_process(folder):
    running = command("run", "tiny.toml", "--device", "cpu", "--workers", "2", "--seeds", "40", seconds=0.2)
    wait_for(lambda: list(folder.glob("results/tiny/cells/*.json")))
    os.killpg(running.pid, signal.SIGINT)  # to the workers too, as a terminal does
    stdout, stderr = running.communicate(timeout=30)
    assert running.returncode == 130
    assert stderr == ""
    done = len(list(folder.glob("results/tiny/cells/*.json")))
    assert 1 <= done < 161
    assert stdout.splitlines()[-2:] == [
        f"tiny: stopped, {done} of 161 jobs done; run the same command to continue",
        f"`ablation report {Path('results/tiny')}` draws the results so far",
    ]
    wait_for(lambda: group_is_gone(running.pid))


def test_sigterm_stops_as_ctrl_c_does(folder):
    running = command("run", "tiny.toml", "--device", "cpu", "--workers", "1", seconds=0.5)
    wait_for((folder / "started").exists)
    running.terminate()
    stdout, stderr = running.communicate(timeout=30)
    assert (running.returncode, stderr) == (130, "")
    assert "run the same command to continue" in stdout
    wait_for(lambda: group_is_gone(running.pid))


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "none.toml"],
        ["run", "tiny.toml", "--set", "pretrain.epoch=3"],
        ["run", "tiny.toml", "--device", "gpu"],
        ["run", "tiny.toml", "--device", "cpu", "--jobs-per-device", "2"],
        ["run", "tiny.toml", "--backend", "dask"],
        ["run", "tiny.toml", "--backend", "dask", "--address", "tcp://127.0.0.1:1"],
        ["run", "tiny.toml", "--backend", "ray"],
        ["run", "tiny.toml", "--backend", "ray", "--address", "127.0.0.1:1"],
        ["run", "tiny.toml", "--address", "127.0.0.1:1"],
        ["run", "tiny.toml", "--out", "tiny.toml"],
        ["plan", "tiny.toml", "--set", 'data={source="npz",path="no.npz"}'],
        ["validate", "tiny.toml", "--seeds", "0"],
        ["status", "nowhere"],
        ["report", "nowhere"],
    ],
)
def test_an_error_is_a_line_or_two_and_exit_code_2(folder, arguments):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) <= 2
    assert result.stdout == ""


@pytest.mark.parametrize("arguments", [["--debug", "status", "nowhere"], ["status", "nowhere", "--debug"]])
def test_debug_shows_the_traceback(folder, arguments):
    assert type(invoke(*arguments).exception).__name__ == "ResultsError"


def test_an_error_of_the_system_is_a_line_and_debug_shows_its_traceback(tmp_path, monkeypatch):
    def full_disk(study, _, **__):
        raise OSError(28, "No space left on device", str(study.folder.path / "heatmap.svg"))

    build(tmp_path, ["crop", "color"], lambda *_: 0.4)
    monkeypatch.setitem(sys.modules, "ablation.report.write", SimpleNamespace(write_study=full_disk))
    result = invoke("report", str(tmp_path))
    assert result.exit_code == 2
    assert result.stderr == f"error: {tmp_path / 'heatmap.svg'}: No space left on device\n"
    assert isinstance(invoke("report", str(tmp_path), "--debug").exception, OSError)


def test_report_ends_with_what_is_known_of_the_differences(tmp_path, monkeypatch):
    build(tmp_path, ["crop", "color"], lambda first, second, seed: 0.4 + seed / 100 + 0.3 * (first != second))
    figures = SimpleNamespace(write_study=lambda *_, **__: [tmp_path / "heatmap.svg"])
    monkeypatch.setitem(sys.modules, "ablation.report.write", figures)
    lines = invoke("report", str(tmp_path)).stdout.splitlines()
    assert lines[0] == str(tmp_path / "heatmap.svg")
    assert lines[1].startswith("Best of 4 cells: crop → color, validation linear top-1 69.0 %; 1 seed")
    assert any(line.startswith("Three seeds (--seeds 3) would take about 5 minutes") for line in lines)


def test_a_budget_that_is_no_duration_is_refused(folder):
    result = invoke("run", "tiny.toml", "--budget", "soon")
    assert result.exit_code == 2
    assert "is not a duration" in " ".join(result.stderr.split())


def test_validate_counts_jobs_as_plan_does(folder):
    assert invoke("validate", "tiny.toml", "--seeds", "3").stdout.startswith("tiny.toml: valid, 13 jobs\n")
    one = ("tiny.toml", "--set", "pairs=[]", "--set", "augmentations={ crop = {} }", "--set", "baselines=[]")
    assert invoke("validate", *one).stdout.startswith("tiny.toml: valid, 1 job\n")
    lengths = ("tiny.toml", "--set", "lengths={ epochs = [1, 9], augmentations = ['crop'] }")
    assert invoke("validate", *lengths).stdout.startswith("tiny.toml: valid, 7 jobs\n")
    assert ": 7 jobs, 0 done" in invoke("plan", "--no-measure", *lengths).stdout


def test_validate_and_plan_say_which_difference_the_design_detects(folder):
    settings = ("tiny.toml", "--set", "data.train=2000", "--set", "data.test=1000", "--seeds", "3")
    _, classes, first, more, noise = invoke("validate", *settings).stdout.splitlines()
    assert classes.startswith("10 classes, each with 200 training and 100 test images: disc, ring, ")
    assert "between the best of 4 cells and another on 400 validation images (20 % of 2,000)" in first
    assert "on 1,000 test images (80 % power)" in first
    assert more.startswith("With 5 seeds: ")
    assert noise == "Based on the noise in results/reference/shapes."
    *_, disk = planned = invoke("plan", *settings, "--no-measure").stdout.splitlines()
    assert [classes, first, more, noise] == planned[-5:-1]
    assert disk.startswith("Disk: the decoded images take 1 MB in ")
    found = json.loads(invoke("validate", *settings, "--json").stdout)
    assert found["jobs"] == 13
    planned, test, seeds, images = found["design"]["cases"]
    assert (planned["seeds"], planned["images"], test["images"], seeds["seeds"]) == (3, 400, 1000, 5)
    assert max(test["difference"], seeds["difference"], images["difference"]) < planned["difference"]
    assert f"about {100 * planned['difference']:.1f} points" in first


def test_validate_says_what_images_of_unequal_classes_are_worth(folder):
    settings = ("tiny.toml", "--seeds", "3", "--set", "evaluate.score='balanced'")
    lines = invoke("validate", *settings).stdout.splitlines()
    assert lines[3].startswith("Balanced accuracy decides. With these class sizes it is as certain as on ")


def test_validate_says_that_one_seed_or_one_cell_detects_nothing_and_what_it_cannot_count(folder):
    assert "One seed cannot tell any cells apart." in invoke("validate", "tiny.toml").stdout
    one = ("tiny.toml", "--set", "pairs=[]", "--set", "augmentations={ crop = {} }")
    assert "A single cell has nothing to be compared with." in invoke("validate", *one).stdout
    study = (*one, "--seeds", "3", "--set", 'vary={ "pretrain.width" = [8, 16, 32] }')
    assert "between the best of 3 values and another on" in invoke("validate", *study).stdout
    missing = invoke("validate", "tiny.toml", "--set", 'data={source="folder",path="none"}')
    assert missing.exit_code == 0
    assert "unknown, because the images cannot be counted: none: no such folder" in missing.stdout


@pytest.mark.parametrize("command", [("validate",), ("plan", "--no-measure")])
def test_copies_in_an_npz_are_found_before_anything_is_decoded(folder, command):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 12, 12), np.uint8)
    pixels[33] = pixels[5]
    labels = np.arange(40) % 2
    np.savez("a.npz", train_x=pixels[:30], train_y=labels[:30], test_x=pixels[30:], test_y=labels[30:])
    data = '{source="npz",path="a.npz",size=8,duplicates="%s"}'
    refused = invoke(*command, "tiny.toml", "--set", f"data={data % 'refuse'}")
    assert refused.exit_code == 2
    assert "1 picture is in both the training and the test split" in " ".join(refused.output.split())
    dropped = invoke(*command, "tiny.toml", "--set", f"data={data % 'drop'}").stdout
    assert "2 classes (training + test images): 0 15 + 5, 1 14 + 5." in dropped
    assert "1 picture occurs more than once (train_x[5] = test_x[3]); 1 image left out." in dropped


def test_validate_says_how_far_it_is_with_reading_files(folder, monkeypatch):
    heard = []
    monkeypatch.setattr("ablation.cli.counting.Counting.__call__", lambda _, *told: heard.append(told))
    for number in range(20):
        path = folder / "photos" / ("cat", "dog")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 9), (number, 0, 0)).save(path)
    assert not invoke("validate", "tiny.toml", "--set", 'data={source="folder",path="photos"}').exit_code
    assert heard == [("image files read", 0, 20), ("image files read", 20, 20)]


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_images_that_cannot_be_used_are_an_error_before_anything_runs(folder, command):
    (folder / "photos" / "cat").mkdir(parents=True)
    Image.new("RGB", (9, 9)).save(folder / "photos" / "cat" / "1.png")
    refused = invoke(command, "tiny.toml", "--set", 'data={source="folder",path="photos"}')
    assert refused.exit_code == 2
    assert "only one class, 'cat'" in refused.output
    assert "valid" not in refused.stdout


def test_validate_imports_neither_torch_nor_pandas(folder):
    validating = command("validate", "tiny.toml")
    assert validating.communicate()[1] == ""
    assert not {"torch", "pandas", "scipy.stats", "starlette"} & set((folder / "modules").read_text().split())


def test_plan_of_chosen_pairs_shows_each_augmentation_alone_and_beside_its_partners(folder):
    result = invoke(
        "plan", "tiny.toml", "--no-measure", "--set", "augmentations.blur={}", "--set", 'pairs=["color"]'
    )
    table = [line.split() for line in result.stdout.splitlines() if "·" in line and "baseline" not in line]
    assert table[-4:] == [
        ["alone", "color", "→", "·", "·", "→", "color"],
        ["crop", "·", "·", "·"],
        ["color", "·"],
        ["blur", "·", "·", "·"],
    ]


def test_plan_says_how_much_room_kept_encoders_take(folder):
    keeping = invoke("plan", "tiny.toml", "--set", "save_encoder=true").stdout
    assert "Disk: the encoders to keep take " in keeping
    assert "encoders to keep" not in invoke("plan", "tiny.toml").stdout


def test_plan_counts_varied_cells_apart(folder):
    lengths = "lengths={ epochs = [1, 9], augmentations = ['crop'] }"
    result = invoke("plan", "tiny.toml", "--no-measure", "--set", lengths)
    assert "varied, 2 epochs, for crop: 1 ·, 9 ·" in result.stdout
    [matrix] = [line.split() for line in result.stdout.splitlines() if line.startswith("crop ")]
    assert matrix == ["crop", "·", "·"]


def test_plan_without_measuring_starts_nothing(folder):
    result = invoke("plan", "tiny.toml", "--no-measure")
    assert result.exit_code == 0
    assert "5 jobs, 0 done" in result.stdout
    assert not (folder / "results").exists()


@pytest.mark.parametrize(
    "name",
    [command.name or command.callback.__name__ for command in app.registered_commands],
)
def test_help_shows_an_example(name):
    assert f"Example: ablation {name} " in invoke(name, "--help").stdout


def test_version():
    assert invoke("--version").stdout.strip() == ablation.__version__


def test_augmentations_lists_what_a_grid_can_name_without_importing_torch(folder):
    listing = command("augmentations")
    stdout, stderr = listing.communicate()
    assert (listing.returncode, stderr) == (0, "")
    assert "color = { strength = 1.0, p = 0.8, grayscale = 0.2 }" in stdout.splitlines()
    assert "torch" not in (folder / "modules").read_text().split()
    assert "RandomMixUpV2 mixes images" in invoke("augmentations", "--kornia").stdout


def test_preview_names_the_pictures_it_draws(folder):
    result = invoke("preview", "tiny.toml", "--images", "2")
    assert (result.exit_code, result.stderr) == (0, "")
    assert [Path(line).name for line in result.stdout.splitlines()] == [
        "views.png",
        "operations.png",
        "crop.png",
    ]
    assert all(Path(line).stat().st_size for line in result.stdout.splitlines())


def test_preview_says_what_it_replaces_and_deletes_nobody_elses_file(folder):
    (folder / "crop.png").write_text("mine")
    grid = ("tiny.toml", "--out", ".", "--images", "1", "--set", 'augmentations.crop={operation="blur"}')
    left = "left as before, not of this grid: crop.png\nno crop.png: this grid does not crop\n"
    assert invoke("preview", *grid).stderr == left
    assert invoke("preview", *grid).stderr == "replaced earlier files: views.png, operations.png\n" + left
    assert (folder / "crop.png").read_text() == "mine"


def test_preview_says_so_where_there_is_no_crop(folder):
    result = invoke("preview", "tiny.toml", "--set", 'augmentations.crop={operation="blur"}')
    assert [Path(line).name for line in result.stdout.splitlines()] == ["views.png", "operations.png"]
    assert result.stderr == "no crop.png: this grid does not crop\n"


def test_shortcut_shows_leaks_as_a_table_and_as_json(folder, monkeypatch):
    asked = []

    def measured(grid, where, **options):
        asked.append(options["images"])
        return with_grid(frame().assign(leak_bits_chroma=3.0)), [where / "figure6.png"]

    monkeypatch.setattr("ablation.previews.leaks.write_leaks", measured)
    result = invoke("shortcut", "tiny.toml", "--images", "1")
    assert "colour leak in bits, out of 6" in result.stdout
    assert ["crop", "6.00", "4.10", "6.20"] in [line.split() for line in result.stdout.splitlines()]
    assert "chroma alone: 3.00 bits without colour distortion, 3.00 with it" in result.stdout
    assert str(Path("results/tiny/shortcut/figure6.png")) in result.stdout
    rows = json.loads(invoke("shortcut", "tiny.toml", "--json").stdout)
    assert rows[1] | {"first": "crop", "second": "color", "leak_bits": 4.1} == rows[1]
    assert asked == [1, 3]


def test_shortcut_of_a_checkpoint_that_is_none_is_told_in_a_line(folder):
    result = invoke("shortcut", "tiny.toml", "--device", "cpu", "--checkpoint", "no.safetensors")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: no.safetensors: no such file")


def test_an_operation_that_cannot_be_used_is_told_before_anything_runs(folder):
    grid = GRID.replace(
        "crop = {}", 'mix = { kornia = "RandomMixUpV2" }\nspin = { kornia = "RandomRotation", degree = 3 }'
    )
    (folder / "tiny.toml").write_text(grid)
    for verb in ("validate", "run", "plan", "preview"):
        result = invoke(verb, "tiny.toml")
        assert (result.exit_code, result.stdout) == (2, "")
        mix, spin = result.stderr.splitlines()
        assert mix.startswith("error: tiny.toml:5  augmentations.mix: RandomMixUpV2 mixes images of a batch")
        assert spin == 'tiny.toml:6  augmentations.spin.degree: unknown; did you mean "degrees"?'
    assert not (folder / "results").exists()


def recommended(tmp_path, seeds=(0, 1, 2)):
    def score(first, second, seed):
        return 0.6 + (0.0, 0.004, -0.004)[(seed + len(second)) % 3] - 0.3 * (first == second)

    return str(build(tmp_path, ["crop", "blur"], score, seeds=list(seeds)))


def test_recommend_says_why_and_gives_the_code(tmp_path):
    result = invoke("recommend", recommended(tmp_path))
    assert result.stdout.startswith("Best of 4 cells: ")
    assert "# --- kornia: " in result.stdout
    assert "# --- torchvision: " in result.stdout


def test_recommend_gives_the_code_alone_and_json(tmp_path):
    folder = recommended(tmp_path)
    assert invoke("recommend", folder, "--code", "torchvision").stdout.startswith(
        '"""Two views of an image by'
    )
    assert json.loads(invoke("recommend", folder, "--json").stdout)["metric"] == "linear_top1_val"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--code", "jax"], "--code jax: must be kornia or torchvision"),
        (["--simplest"], "one seed cannot tell which policies are as good as the best"),
    ],
)
def test_recommend_refuses_in_a_line_what_it_cannot_do(tmp_path, arguments, said):
    result = invoke("recommend", recommended(tmp_path, seeds=[0]), *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_recommend_runs_what_confirms_it_and_then_recommends_from_that(tmp_path, monkeypatch):
    folder, run = recommended(tmp_path / "own"), []

    def launch(file, out, show, asked):
        run.append((file.grid.views.branches, out, asked.workers))
        show.say("1/6 jobs")

    monkeypatch.setattr("ablation.cli.recommend.launch", launch)
    result = invoke("recommend", folder, "--confirm", "--workers", "2", "--json")
    assert run == [("both", Path(folder) / "confirm", 2)]
    assert json.loads(result.stdout)["cells"] == 4
    assert result.stderr == "1/6 jobs\n"


def test_compare_writes_a_figure_and_says_what_moved(tmp_path):
    a, b = (build(tmp_path / name, ["crop", "blur"], lambda *_: 0.4) for name in "ab")
    result = invoke("compare", str(a), str(b), "--out", str(tmp_path / "both.svg"))
    assert "no settings differ" in result.stdout
    assert (tmp_path / "both.svg").read_text().startswith("<?xml")
    assert json.loads(invoke("compare", str(a), str(b), "--json").stdout)["moved"] == []


def test_compare_names_its_figure_after_both_and_says_when_it_replaces_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "compare.png").write_text("somebody else's")
    for name in "ab":
        build(tmp_path / name, ["crop", "blur"], lambda *_: 0.4)
    figure = SimpleNamespace(compare_figure=lambda _: None)
    monkeypatch.setitem(sys.modules, "ablation.report.plots.compare", figure)
    monkeypatch.setattr("ablation.report.saving.saved", lambda *_: b"drawn")
    said = [invoke("compare", "a", "b").stdout.splitlines()[-1] for _ in range(2)]
    assert said == ["figure: a-vs-b.png", "figure: a-vs-b.png (replaces an earlier file)"]
    assert (tmp_path / "a-vs-b.png").read_bytes() == b"drawn"
    assert (tmp_path / "compare.png").read_text() == "somebody else's"


def test_compare_refuses_in_a_line_what_it_cannot_do(tmp_path):
    folder = str(build(tmp_path / "a", ["crop"], lambda *_: 0.4))
    for arguments, said in (
        (["--out", "x.gif"], "must end in .png, .svg or .pdf"),
        (["--metric", "x"], "no accuracy"),
    ):
        result = invoke("compare", folder, folder, *arguments)
        assert result.exit_code == 2
        assert said in result.stderr
