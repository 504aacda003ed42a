"""How the results were made: images, jobs, time, versions."""

from statistics import fmean

from ablation.results.numbers import duration
from ablation.results.stored.class_images import class_image_words
from ablation.results.stored.record import Records
from ablation.results.study import Study
from ablation.words import listed


def facts(study: Study) -> list[tuple[str, str]]:
    """List how the results were made, a name and a value each."""
    ended = all_ended(study)
    seconds = [record.seconds.get("total", 0.0) for _, record in ended]
    peaks = [record.peak_memory for _, record in ended if record.peak_memory]
    sizes = study.results.attrs.get("sizes") or {}
    images = ""
    if sizes and study.labelled:
        images = (
            f"{sizes['train']:,} training images ({sizes['validation']:,} of them for validation), "
            f"{sizes['test']:,} test images, {sizes['classes']} classes"
        )
    elif sizes:
        images = f"{sizes['train']:,} images to learn from, {sizes['test']:,} held out; no labels"
    environment = study.folder.environment
    devices = sorted({record.environment.get("device", "") for _, record in ended} - {""})
    facts = [
        ("Data", images),
        ("Shown", _shown(study)),
        ("Classes", class_image_words(environment.classes) if environment.classes else ""),
        ("Seeds", ", ".join(map(str, study.folder.grid.seeds))),
        ("Jobs", f"{len(seconds)}, {fmean(seconds):.1f} s each on average" if seconds else "none yet"),
        ("Cost", f"{duration(sum(seconds))} of job time, shared among workers" if seconds else ""),
        ("Device", ", ".join(devices)),
        ("Peak memory", f"{max(peaks) / 1e6:,.0f} MB in the largest job" if peaks else ""),
        ("Versions", ", ".join(f"{name} {number}" for name, number in environment.versions.items())),
        ("Last run started", f"{environment.started:%Y-%m-%d %H:%M} UTC"),
        ("Data fingerprint", environment.fingerprint),
    ]
    notes = dict.fromkeys(note for _, record in ended for note in record.notes)
    return [(name, value) for name, value in [*facts, *(("Note", note) for note in notes)] if value]


def _shown(study: Study) -> str:
    show = study.folder.grid.data.show
    return f"channels {listed([*map(str, show)])} as red, green and blue" if show else ""


def all_ended(study: Study) -> Records:
    """Return all jobs that have ended, the varied ones among them."""
    return [*study.records, *study.varied_records]
