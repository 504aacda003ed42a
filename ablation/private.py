"""Paths of this machine and values of its environment, kept out of what may be sent to others."""

import os
import re
import sysconfig
from pathlib import Path, PureWindowsPath

# Of two parts or more, so that `second(first(x))` or `1/2` is none; `https://...` is none either.
_PART = r"""[/\\][^\s/\\"'`<>|:;,()\[\]{}]+"""
_BARE = re.compile(
    rf"""(?<![\w.~/\\-])(?:file://)?(?:~\w*(?:{_PART})+|(?:\b[A-Za-z]:)?(?:{_PART}){{2,}})[/\\]?"""
)
_QUOTED = re.compile(r"""(["'`])((?:file://)?(?:~\w*|[A-Za-z]:)?[/\\][^"'`\n]*[/\\][^"'`\n]*)\1""")
_LEAST = 8  # characters of a value of the environment; shorter ones are ordinary words and numbers


def shown_path(path: str | Path) -> str:
    """Write a path as others may read it: relative to the working directory, else by its last part.

    Relative paths that do not lead out of the working directory are returned as they are; a home directory,
    which is called like its user, is `~`.

    Example:
        >>> shown_path("/data/anna/photos"), shown_path("photos/cats"), shown_path(Path.cwd() / "photos/cats")
        ('photos', 'photos/cats', 'photos/cats')
    """
    written = str(path).removeprefix("file://")
    if re.match(r"[A-Za-z]:[/\\]|\\", written) and os.sep == "/":
        windows = PureWindowsPath(written)
        return "~" if _is_home(windows.parent.parts) else windows.name or written
    full = os.path.normpath(os.path.expanduser(written))  # noqa: PTH111 - pathlib's raises without a home
    if not written.startswith("~") and not Path(full).is_absolute() and not full.startswith(os.pardir):
        return written
    here = _here()
    absolute = Path(os.path.normpath(Path(here, full)))
    if here and absolute.is_relative_to(here):
        return absolute.relative_to(here).as_posix()
    home = absolute == Path(os.path.expanduser("~"))  # noqa: PTH111
    return "~" if home or _is_home(absolute.parent.parts) else absolute.name or written


def without_paths(text: str) -> str:
    """Write the absolute paths in a text as `shown_path` does.

    Example:
        >>> without_paths("cannot read '/home/anna/My photos/1.jpg' (/opt/lib/site-packages/PIL/Image.py)")
        "cannot read '1.jpg' (Image.py)"
        >>> without_paths("see https://arxiv.org/abs/2002.05709: crop/color of 1/2 in /home/anna")
        'see https://arxiv.org/abs/2002.05709: crop/color of 1/2 in ~'
    """
    text = _shorter(text)  # first those that may hold spaces and stand without quotes
    text = _QUOTED.sub(lambda found: f"{found[1]}{shown_path(found[2])}{found[1]}", text)
    return _BARE.sub(lambda found: shown_path(found[0]), text)


def without_install_paths(trace: str) -> str:
    """Shorten the paths of what is installed, of the working directory and of the home in a traceback.

    Example:
        >>> without_install_paths(f'File "{re.__file__}", line 3').endswith('/re/__init__.py", line 3')
        True
        >>> without_install_paths(f'File "{__file__}", line 3')
        'File "ablation/private.py", line 3'
    """
    places = {sysconfig.get_path(kind) for kind in ("purelib", "platlib", "stdlib", "platstdlib")}
    above = {str(Path(place).parent) for place in places} | {str(Path(__file__).parents[1])}
    return _shorter(trace, *above)


def without_environment(text: str) -> str:
    """Write the name of an environment variable for its value, which may be a password or a token.

    Paths and values of fewer than 8 characters are left.

    Example:
        >>> os.environ["MY_TOKEN"] = "open sesame"
        >>> without_environment("401 for 'open sesame'")
        "401 for '$MY_TOKEN'"
        >>> del os.environ["MY_TOKEN"]
    """
    for name, value in sorted(os.environ.items(), key=lambda one: -len(one[1])):
        if len(value) >= _LEAST and not Path(value).is_absolute():
            pattern = rf"(?<![\w/]){re.escape(value)}(?![\w/])"
            text = re.sub(pattern, f"${name}", text)
    return text


def _shorter(text: str, *above: str) -> str:
    home = os.path.expanduser("~")  # noqa: PTH111
    for place in sorted({*above, _here(), home}, key=len, reverse=True):
        if len(place) > 1:
            end, short = (r"(?![\w.-])", "~") if place == home else (r"[/\\]", "")
            text = re.sub(rf"(?<![\w.~/\\-]){re.escape(place)}{end}", short, text)
    return text


def _here() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:  # it was deleted
        return ""


def _is_home(parent: tuple[str, ...]) -> bool:
    return len(parent) == 2 and parent[1].lower() in ("home", "users")
