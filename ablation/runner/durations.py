"""Durations, as people write and read them."""

import re

_UNITS = {"h": 3600, "m": 60, "s": 1}


def parse_duration(text: str) -> float:
    """Read a duration such as `90s`, `30m`, `2h` or `1h30m`, and return it in seconds.

    Raises:
        ValueError: the text is not a duration, or is zero.

    Example:
        >>> parse_duration("1h30m"), parse_duration("90s"), parse_duration("0.5h")
        (5400.0, 90.0, 1800.0)
    """
    form = r"".join(rf"(?:(?P<{unit}>\d+(?:\.\d+)?){unit})?" for unit in _UNITS)
    match = re.fullmatch(form, text.strip().lower())
    total = sum(float(n) * _UNITS[unit] for unit, n in match.groupdict(default="0").items()) if match else 0
    if total <= 0:
        raise ValueError(f"{text!r} is not a duration; write 90s, 30m, 2h or 1h30m")
    return total


def format_duration(seconds: float) -> str:
    """Write a duration in its two largest units.

    Example:
        >>> [format_duration(s) for s in (0.4, 42, 200, 5400)]
        ['under 1 s', '42 s', '3 min 20 s', '1 h 30 min']
    """
    whole = round(seconds)
    if whole < 1:
        return "under 1 s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def format_estimate(seconds: float) -> str:
    """Write a duration that is only an estimate.

    Example:
        >>> [format_estimate(s) for s in (0.4, 42)]
        ['under 1 s', 'about 42 s']
    """
    return f"about {format_duration(seconds)}" if round(seconds) else format_duration(seconds)
