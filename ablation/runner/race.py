"""A race as it runs: when a rung has ended, it is judged, and the cells that stay run longer."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from ablation.grid.cells import Cell
from ablation.results.findings.race_words import ended_words
from ablation.results.stored.cells import read_record
from ablation.results.stored.folder import ResultsFolder
from ablation.results.stored.race import RaceState, write_race
from ablation.runner.tally import Tally

Survey = Callable[[Iterable[Cell]], Tally]


class RunningRace:
    """Knows which jobs of a race are known so far, and makes known those of the next rung."""

    def __init__(
        self, folder: ResultsFolder, survey: Survey, say: Callable[[str], None] = lambda _: None
    ) -> None:
        """Judge again the rungs that have ended, from their records.

        Args:
            folder: of the race, read or about to be written; how far it is said to have come is ignored.
            survey: looks up the records of cells.
            say: called with a sentence for each rung that ends from now on.
        """
        self._folder = replace(folder, race=RaceState())
        self._survey = survey
        self._say: Callable[[str], None] = lambda _: None
        self.tally = self._look(self._folder.jobs)
        self._advance()
        self._say = say

    @property
    def state(self) -> RaceState:
        """How far it has come."""
        return self._folder.race or RaceState()

    def further(self) -> list[Cell]:
        """Judge the rung whose jobs have all ended; return the pending jobs of the next, which are now known.

        Raises:
            ResultsError: arrays are damaged, or no cell of the rung has a number.
        """
        known = {cell.id for cell in self.tally.pending}
        self._advance()
        write_race(self._folder.path, self.state)
        return [cell for cell in self.tally.pending if cell.id not in known]

    def _advance(self) -> None:
        from ablation.results.findings.race import after_rung  # late: pandas

        while len(self.state.rungs) < len(self._folder.file.grid.rungs) and self._ended():
            self._folder = replace(self._folder, race=after_rung(self._folder, read_record))
            known = {cell.id for cell in self.tally.cells}
            new = self._look(cell for cell in self._folder.jobs if cell.id not in known)
            self.tally.cells += new.cells
            self.tally.records |= new.records
            self.tally.damaged += new.damaged
            self._say(ended_words(self.state, self._folder.file.grid.rungs))

    def _look(self, cells: Iterable[Cell]) -> Tally:
        tally = self._survey(cells)
        for cell, _ in tally.failed:  # this run retries them
            del tally.records[cell.id]
        return tally

    def _ended(self) -> bool:
        # A job that failed has ended for this run; the next run retries it, and judges the rung again.
        raced = self._folder.raced
        records = [self.tally.records.get(cell.id) for cell in raced]
        last = raced[-1].recipe.pretrain.epochs
        scored = any(
            record.scored
            for cell, record in zip(raced, records, strict=True)
            if record and cell.recipe.pretrain.epochs == last
        )
        return None not in records and scored  # a rung without a number cannot be judged
