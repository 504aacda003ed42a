"""A small copy of a results folder: what its report needs, to be committed or sent."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ablation.errors import ResultsError
from ablation.grid.file.load import GridFile
from ablation.grid.file.overrides import with_value
from ablation.grid.file.shared import shared
from ablation.report.sheets.stored import histogram_pair
from ablation.results.stored.arrays import CellArrays
from ablation.results.stored.cells import CellResult, write_cell
from ablation.results.stored.folder import ResultsFolder, open_folder, write_folder
from ablation.results.stored.grown import grown_from, write_parent
from ablation.results.stored.paths import GRID
from ablation.results.stored.pictures import write_pictures
from ablation.results.stored.probes import read_probes, write_probe
from ablation.results.stored.race import write_race
from ablation.results.stored.within import refuse_links
from ablation.results.study import Study


def publish(study: Study, to: Path) -> int:
    """Copy what a report needs into another folder; every cell stays finished there, and can be added to.

    Encoders stay behind, but not what probes measured of them. View pairs and histogram distances of all
    seeds but the first stay behind, too, for no figure shows them; of crops before and after colour
    distortion all are kept. Cells of `[vary]` and `[lengths]`
    keep their predictions, without which their intervals would not cover other images. Of what was confirmed
    or has grown, the copy holds what the study speaks for. Tracebacks stay behind too, and data paths are
    written as others may read them.

    Args:
        study: from `ablation.results.study.read_study`.
        to: a new folder, or an earlier copy; its cells are replaced.

    Returns:
        The size of the copy in bytes.

    Raises:
        ResultsError: it is the study's own folder, or holds another grid or something else; or arrays are
            damaged; or `cells` is a link there that leads out.
        GridError: its data paths cannot be replaced in the grid file.
    """
    folder = study.folder
    if to.resolve() == folder.path.resolve():
        raise ResultsError(f"{to}: is the results folder itself; choose another folder for the copy")
    if (to / GRID).is_file() and not _alike(open_folder(to), folder):
        raise ResultsError(f"{to}: holds the results of another grid; choose another folder for the copy")
    write_folder(to, _without_encoders(shared(folder.file)), folder.environment)
    if folder.race is not None:
        write_race(to, folder.race)
    if study.pictures is not None:
        write_pictures(to, study.pictures)
    every_seed = histogram_pair(study)
    for cell, record in study.records:
        arrays = None if record.arrays is None else study.arrays(record.id)
        if arrays is not None and cell.seed != folder.grid.seeds[0]:
            names = tuple(one.name for one in cell.policy)
            arrays = _lighter(arrays, views=every_seed is not None and names in (every_seed[:1], every_seed))
        write_cell(to, CellResult(record, arrays))
    for _, record in study.varied_records:
        arrays = None if record.arrays is None else _lighter(study.arrays(record.id), views=False)
        write_cell(to, CellResult(record, arrays))
    for _, probed in read_probes(folder.path, folder.probes):
        write_probe(to, probed)
    # The answer of the copy is that of the study.
    parent = folder
    for grown in grown_from(folder):
        _publish_inside(Study(grown, study.read), folder, to)
        write_parent(to / grown.path.relative_to(folder.path), parent)
        parent = grown
    if study.confirmed is not None:
        _publish_inside(study.confirmed, folder, to)
    return sum(path.stat().st_size for path in to.rglob("*") if path.is_file())


def _without_encoders(file: GridFile) -> GridFile:
    """Return a grid that keeps no encoders, under which cells without them are finished."""
    if not file.grid.save_encoder:
        return file
    text = with_value(file.text, ("save_encoder",), False)
    return replace(file, text=text, grid=file.grid.model_copy(update={"save_encoder": False}))


def _publish_inside(study: Study, folder: ResultsFolder, to: Path) -> None:
    inner = study.folder.path.relative_to(folder.path)
    refuse_links(to, (str(one) for one in (inner, *inner.parents) if one != Path()))
    publish(study, to / inner)


def _alike(copy: ResultsFolder, folder: ResultsFolder) -> bool:
    # With another version of the protocol, a copy of the same grid shares no cell; grids of the same images
    # share floors.
    one, other = ({cell.id for cell in of.cells if cell.policy} for of in (copy, folder))
    return bool(one & other) or (copy.grid.name is not None and copy.grid.name == folder.grid.name)


def _lighter(arrays: CellArrays, views: bool) -> CellArrays:
    lighter = replace(arrays, distances=np.empty((2, 0), np.float16))
    if views:
        return lighter
    return replace(lighter, views=arrays.views[:0], view_labels=arrays.view_labels[:0])
