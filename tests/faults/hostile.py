"""Results folders as they come back from a bad disk, a careless hand or another program."""

import json
import shutil
from collections import Counter
from contextlib import ExitStack
from unittest.mock import patch

from ablation.errors import AblationError, in_words
from ablation.grid.file.load import load_grid
from ablation.results.frames.tables import csv
from ablation.results.stored.folder import open_folder
from ablation.results.study import Study
from ablation.runner.backends import Asked
from ablation.runner.launch import launch
from tests.faults.check import FoundError, finished
from tests.faults.studies import Place, drawn, experiment_of
from tests.fuzz.inputs import damaged


def _cut(path, others, draw):
    content = path.read_bytes()
    path.write_bytes(content[: draw.randrange(len(content) + 1)])


def _empty(path, others, draw):
    path.write_bytes(b"")


def _garbage(path, others, draw):
    path.write_bytes(draw.randbytes(draw.choice((1, 100, 5000))))


def _zeros(path, others, draw):
    path.write_bytes(bytes(path.stat().st_size))


def _changed(path, others, draw):
    path.write_bytes(damaged(path.read_bytes() or b"x", draw))


def _doubled(path, others, draw):
    path.write_bytes(path.read_bytes() * 2)


def _lost(path, others, draw):
    path.unlink()


def _by_folder(path, others, draw):
    path.unlink()
    path.mkdir()
    if draw.random() < 0.5:
        (path / "file").write_bytes(b"x")


def _by_link(path, others, draw):
    path.unlink()
    path.symlink_to(draw.choice(("/dev/null", "nowhere", path.name, others[0])))


def _by_another(path, others, draw):
    path.write_bytes(draw.choice(others).read_bytes())


def _newer(path, others, draw):
    """What a later version might write."""
    try:
        said = json.loads(path.read_bytes())
    except ValueError:
        path.write_bytes(b"format 2\n" + path.read_bytes())
        return
    said |= {"format": 2, "protocol": 999, "checksum": None}
    path.write_text(json.dumps(said | {"new": {"in": "version 2"}}))


# By name: what happens to a file, given the other files and a source of draws.
DAMAGES = {
    "cut": _cut,
    "empty": _empty,
    "garbage": _garbage,
    "zeros": _zeros,
    "changed": _changed,
    "doubled": _doubled,
    "lost": _lost,
    "a folder": _by_folder,
    "a link": _by_link,
    "another file": _by_another,
    "newer": _newer,
}
EXTRA = (".ds_store", "cells/notes.txt", "cells/x.json", "partial/x.safetensors", "cells/.a.json.tmp")


def hostile(place, draw):
    """Damage one to four files of a folder; return what was done to which."""
    files = sorted(path for path in place.results.rglob("*") if path.is_file() and path.name != ".lock")
    chosen = draw.sample(files, draw.randint(1, 4))
    done = []
    for path in chosen:
        name = draw.choice(sorted(DAMAGES))
        DAMAGES[name](path, [one for one in files if one != path and one.is_file()], draw)
        done.append((name, path))
    if draw.random() < 0.2:
        extra = place.results / draw.choice(EXTRA)
        extra.parent.mkdir(exist_ok=True)
        extra.write_bytes(draw.randbytes(20))
    return done


class Quiet:
    """Shows nothing, and remembers what ran."""

    def __init__(self):
        self.ran, self.said = [], []

    def start(self, *_):
        pass

    def tell(self, *_):
        pass

    def record(self, record, _tally):
        self.ran.append(record.id)

    def say(self, sentence):
        self.said.append(sentence)

    def end(self, _ending):
        pass


def _one_by_one(job, ask, _workers, limit):
    for cell in iter(ask, None):
        yield cell, job(cell)


def run_here(place):
    """Run a place's missing cells in this process; return the ids of those that ran."""
    show = Quiet()
    with ExitStack() as stack:
        stack.enter_context(patch("ablation.runner.run.in_processes", _one_by_one))
        stack.enter_context(patch("ablation.report.write.write_report", drawn))
        experiment = experiment_of(place.kind, place.results, place.path, 0.0)
        launch(load_grid(place.grid), place.results, show, Asked(device="cpu", workers=1), experiment)
    return show


def numbers(folder):
    """The numbers that a reader of the folder is given."""
    return csv(Study(open_folder(folder)).results)


class Wholes:
    """One finished folder of each kind, and its numbers."""

    def __init__(self, folder):
        self.folder, self.known = folder, {}

    def __getitem__(self, kind):
        if kind not in self.known:
            place = Place(self.folder / f"whole {kind}", kind)
            run_here(place)
            self.known[kind] = place, numbers(place.results)
        return self.known[kind]


def tried(given, folder, draw):
    """Damage a copy of a folder, read it, and run it again; return what was done, and what came of it."""
    whole, expected = given
    place = Place(folder, whole.kind)
    shutil.copytree(whole.results, place.results, symlinks=True)
    done = hostile(place, draw)
    found = Counter(name for name, _ in done)
    touched = {path.name.partition(".")[0] for _, path in done}
    try:
        try:
            # A reader may see gaps where records are lost, but no other row.
            if not set(numbers(place.results).splitlines()) <= set(expected.splitlines()):
                raise FoundError("wrong numbers")
            found["read"] += 1
        except AblationError as error:
            _in_few_words(error)
            found["refused by readers"] += 1
        before = finished(place)
        for _ in range(5):
            try:
                ran = run_here(place).ran
                break
            except (AblationError, OSError) as error:
                _in_few_words(error)
                found["refused by a run"] += 1
                mend(done, error)
        else:
            raise FoundError("the run cannot be made to go on")
        if twice := [id for id in ran if id in before and id not in touched]:
            raise FoundError(f"finished cells that ran again: {twice}")
        if numbers(place.results) != expected or (place.results / "cells.csv").read_bytes() != expected:
            raise FoundError("other numbers after the run")
    except Exception as error:
        error.add_note(f"{whole.kind}: {[(name, str(path.relative_to(folder))) for name, path in done]}")
        raise
    shutil.rmtree(folder)
    return found


def mend(done, error):
    """Remove what an error names, as its user would."""
    named = [path for _, path in done if str(path) in str(error)]
    if not named:
        raise FoundError(f"an error that does not name what is in the way: {error}")
    for path in named:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _in_few_words(error):
    said = in_words(error)
    if len(said) > 1500 or "Traceback" in said:
        raise FoundError(f"not in few words: {said[:3000]}") from error
