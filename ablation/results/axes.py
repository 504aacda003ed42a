"""The cells of `[vary]` under every combination of values, and what each axis changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations

import pandas as pd

from ablation.grid.points import EPOCHS, At, Axis, Label, Point, varied
from ablation.grid.recipe import Pretrain
from ablation.results.findings.along import MORE, Along, along
from ablation.results.findings.colour_along import colour_along, colour_gains
from ablation.results.findings.crossed import Crossed, oriented
from ablation.results.findings.gains import Ends, gain_frame
from ablation.results.findings.sizes import OBJECTIVE, SizeGain, Sizes, families, lengths_of
from ablation.results.findings.trends import only
from ablation.results.frames.frame import baselines_frame, results_frame, varied_frame, with_costs
from ablation.results.metrics import measured
from ablation.results.stored.cells import read_records
from ablation.results.stored.folder import ResultsFolder
from ablation.results.stored.record import Record
from ablation.results.stored.varied import at_point, ended, line, taken

ByMetric = Mapping[str, Along]


@dataclass(frozen=True, eq=False)
class Axes:
    """What a grid varies, as far as its jobs have ended; each part is computed when it is first asked for."""

    folder: ResultsFolder
    records: Mapping[str, Record]  # of all jobs, by id
    correct: Callable[[str], pd.DataFrame]  # which images all jobs got right, by an accuracy
    decides: str  # the validation accuracy that choices are made by

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each varied cell, seed and combination of values, as from `ab.load_varied`."""
        parts = [self._results(point).assign(**dict(point.at)) for point in self.folder.points]
        return varied_frame(parts, [axis.name for axis in self.folder.axes])

    @cached_property
    def along(self) -> Mapping[str, Along]:
        """What each axis changes, by the name of its column; what epochs change is in a study's trends.

        Raises:
            ResultsError: arrays of a cell are damaged, or cells were scored on different images.
        """
        found = {axis.name: self.by(axis, self.decides) for axis in self._settings}
        return {name: one for name, one in found.items() if not one.frame.empty}

    @cached_property
    def more(self) -> Mapping[str, ByMetric]:
        """What each axis changes beside accuracy, by the name of its column and of the metric.

        Only what was measured, and is not the same under all values.
        """
        axes = [axis for axis in self._settings if axis.name in self.along]
        found = {
            axis.name: {metric: self.by(axis, metric) for metric in self._differing(axis)} for axis in axes
        }
        return {name: {key: one for key, one in each.items() if one.varies} for name, each in found.items()}

    def _differing(self, axis: Axis) -> list[str]:
        """Those of MORE that differ at all; `by` takes a while to find that nothing does."""
        values = pd.concat([*self._values(axis, None).values()])
        return [metric for metric in MORE if values[metric].min() < values[metric].max()]

    @cached_property
    def crossed(self) -> Mapping[tuple[int, int], Crossed]:
        """What one axis changes under each value of another, by their places in the file.

        Raises:
            ResultsError: as `along`.
        """
        return self._crossed(partial(self.by, metric=self.decides))

    @cached_property
    def colour(self) -> Mapping[str, Along]:
        """What colour distortion adds under each value of an axis, by the name of its column.

        Raises:
            ResultsError: as `along`.
        """
        found = {axis.name: self.colour_by(axis) for axis in self._settings}
        return {name: one for name, one in found.items() if one is not None}

    @cached_property
    def colour_crossed(self) -> Mapping[tuple[int, int], Crossed]:
        """The same under each value of another axis, by their places in the file.

        Raises:
            ResultsError: as `along`.
        """
        return self._crossed(self.colour_by)

    @cached_property
    def colour_gains(self) -> Mapping[tuple[int, int], pd.DataFrame]:
        """How far what distortion adds changes along numbers, compared between the values of the other axis.

        Raises:
            ResultsError: as `along`.
        """
        found = {}
        for places, one in self.colour_crossed.items():
            if one.axis.is_number and one.by.path != EPOCHS:
                low, high = min(one.axis.labels), max(one.axis.labels)
                values = {value: self._values(one.axis, {one.by.name: value}) for value in one.lines}
                ends = {
                    value: Ends(at[low], at[high]) for value, at in values.items() if low in at and high in at
                }
                found[places] = colour_gains(ends, self.correct(self.decides), self.decides)
        return found

    @cached_property
    def sizes(self) -> tuple[Sizes, ...]:
        """Accuracy over the encoder's parameters under each objective, for each axis that changes these.

        Raises:
            ResultsError: as `along`.
        """
        found = (self._sizes_along(axis) for axis in self._settings if axis.path != OBJECTIVE)
        return tuple(one for one in found if one is not None)

    def _sizes_along(self, axis: Axis) -> Sizes | None:
        vary, own = varied(self.folder.grid), self.folder.grid.pretrain
        objective = next((one for one in self._settings if one.path == OBJECTIVE), None)
        if vary is None or vary.together or axis.lengths:
            return None
        objectives: dict[Label, Mapping[str, Label]] = {own.objective.objective: {}}
        if objective is not None:
            objectives = {value: {objective.name: value} for value in objective.labels}
        encoders = {value: one.encoder.encoder for value, one in self.settings(axis).items()}
        parts, gains, floors = [], [], dict[Label, dict[str, float]]()
        sizes = dict[Label, float]()
        for epochs, at_length in lengths_of(self.folder.axes, own.epochs).items():
            found = {}
            for name, at_objective in objectives.items():
                at = {**at_length, **at_objective}
                values = self._values(axis, at)
                known = {
                    value: float(one["parameters"].median())
                    for value, one in values.items()
                    if "parameters" in one and one["parameters"].notna().any()
                }
                sizes |= known
                mean = self.by(axis, self.decides, at).mean
                parts.append(mean.assign(objective=name, epochs=epochs))
                for value, point in line(self.folder, axis, at).items():
                    if (floor := self._floor(point)) is not None and value in known:
                        floors[value] = {"parameters": known[value], "mean": floor}
                found[name] = values
            if len({*sizes.values()}) < 2:
                return None
            gains += [
                SizeGain(epochs, of[0], of[-1], self._size_gains(found, of[0], of[-1]))
                for of in families(encoders, sizes).values()
            ]
        family = {value: name for name, of in families(encoders, sizes).items() for value in of}
        rows: pd.DataFrame = pd.concat(parts, ignore_index=True)
        rows = rows[rows["value"].isin(list(sizes))]
        frame = rows.assign(
            parameters=rows["value"].map(sizes).astype(float),
            encoder=rows["value"].map(encoders),
            family=[family.get(value, encoders[value]) for value in rows["value"]],
        ).sort_values("parameters", kind="stable")
        before = [{"family": family.get(value, encoders[value]), **row} for value, row in floors.items()]
        below = pd.DataFrame(before, columns=["family", "parameters", "mean"]).sort_values("parameters")
        return Sizes(axis, self.decides, frame, tuple(gains), below)

    def _size_gains(
        self, found: Mapping[Label, Mapping[Label, pd.DataFrame]], smallest: Label, largest: Label
    ) -> pd.DataFrame:
        both = {
            name: Ends(values[smallest], values[largest])
            for name, values in found.items()
            if smallest in values and largest in values
        }
        predicted = measured(self.decides).predicted
        correct = self.correct(self.decides) if len(both) > 1 and predicted else None
        return gain_frame(both, correct, self.decides)

    def _floor(self, point: Point) -> float | None:
        """The mean of the encoder before training, where it was measured at a point."""
        folder = at_point(self.folder, point)
        records = read_records(folder.path, folder.cells, lambda _, id: self.records.get(id))
        floors = baselines_frame(folder, records)
        scores = floors.loc[floors["kind"] == "random-init", self.decides].dropna()
        return float(scores.mean()) if len(scores) else None

    def _crossed(self, by: Callable[..., Along | None]) -> dict[tuple[int, int], Crossed]:
        vary = varied(self.folder.grid)
        if vary is None or vary.together:
            return {}
        found = {}
        for (i, one), (j, two) in combinations(enumerate(self.folder.axes), 2):
            axis, other = oriented(one, two)
            lines = _by_each(by, axis, other)
            chosen, under = (other, axis) if axis.path == EPOCHS else (axis, other)
            choices = _by_each(by, chosen, under) if chosen is other else lines
            if len(lines) > 1 and len(choices) > 1:
                found[i, j] = Crossed(axis, other, lines, chosen, under, choices)
        return found

    def by(self, axis: Axis, metric: str, at: Mapping[str, Label] | None = None) -> Along:
        """Say what an axis changes, by any metric.

        Args:
            axis: one of the folder's.
            metric: a column.
            at: where other axes stand; default: at the grid's own values.

        Raises:
            ResultsError: as `along`.
            ValueError: no such metric.
        """
        predicted, values = measured(metric).predicted, self._values(axis, at)
        return along(axis, values, self.correct(metric) if len(values) > 1 and predicted else None, metric)

    def colour_by(self, axis: Axis, at: Mapping[str, Label] | None = None) -> Along | None:
        """Say what colour distortion adds under each value of an axis; arguments as of `by`."""
        values = self._values(axis, at)
        return colour_along(
            axis, values, self.correct(self.decides) if len(values) > 1 else None, self.decides
        )

    def _values(self, axis: Axis, at: Mapping[str, Label] | None) -> dict[Label, pd.DataFrame]:
        return {
            value: self._results(point, seeds)
            for value, point in line(self.folder, axis, at or {}).items()
            if (seeds := ended(self.folder, point, self.records))
        }

    def settings(self, axis: Axis, at: Mapping[str, Label] | None = None) -> dict[Label, Pretrain]:
        """Return how each value of an axis trains; arguments as of `by`."""
        return {value: point.grid.pretrain for value, point in line(self.folder, axis, at or {}).items()}

    @property
    def _settings(self) -> list[Axis]:
        return [axis for axis in self.folder.axes if axis.path != EPOCHS]

    def _results(self, point: Point, seeds: tuple[int, ...] | None = None) -> pd.DataFrame:
        key = point.at, seeds
        if key not in self._known:
            self._known[key] = self._read(point, seeds)
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[At, tuple[int, ...] | None], pd.DataFrame]:
        return {}

    def _read(self, point: Point, seeds: tuple[int, ...] | None) -> pd.DataFrame:
        folder = at_point(self.folder, point, seeds)
        records = read_records(folder.path, folder.cells, lambda _, id: self.records.get(id))
        results = with_costs(results_frame(folder, records), records)
        return only(results, taken(self.folder, point))


def _by_each(by: Callable[..., Along | None], axis: Axis, other: Axis) -> dict[Label, Along]:
    values = sorted(other.labels) if other.is_number else other.labels
    found = {value: by(axis, at={other.name: value}) for value in values}
    return {value: one for value, one in found.items() if one is not None and not one.frame.empty}
