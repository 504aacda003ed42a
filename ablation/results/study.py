"""Everything that a report shows of a results folder, read and reckoned once."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ablation.grid.cells import Cell
from ablation.results.findings.judgement import Judgement, judge
from ablation.results.findings.lengths import LengthStudy, read_lengths
from ablation.results.findings.paper import PaperRanks, paper_ranks
from ablation.results.frames.correct import correct_frame
from ablation.results.frames.frame import baselines_frame, load_records, results_frame
from ablation.results.statistics.grid import Statistics, statistics
from ablation.results.stored.folder import ResultsFolder, open_folder
from ablation.results.stored.pictures import Pictures, read_pictures
from ablation.results.stored.record import Record


@dataclass(frozen=True, eq=False)
class Study:
    """A results folder as a report sees it."""

    folder: ResultsFolder
    records: list[tuple[Cell, Record]]  # of the cells and baselines that have one, in the order of work
    results: pd.DataFrame
    baselines: pd.DataFrame
    statistics: Statistics  # of the test split
    judgement: Judgement
    paper: PaperRanks | None
    lengths: LengthStudy | None
    pictures: Pictures | None


def read_study(path: str | Path) -> Study:
    """Read a results folder, whole or not.

    Raises:
        ResultsError: it is no results folder, or arrays of a cell are damaged.
    """
    folder = open_folder(path)
    records = load_records(folder)
    results, baselines = results_frame(folder, records), baselines_frame(folder, records)
    return Study(
        folder,
        records,
        results,
        baselines,
        statistics(results, baselines, correct_frame(folder, records)),
        judge(results, baselines),
        paper_ranks(results),
        read_lengths(folder),
        read_pictures(folder.path),
    )
