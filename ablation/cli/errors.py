"""Prints a command's errors: as a line or two that say what to do, or with --debug as a traceback."""

import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from ablation.errors import AblationError, in_words
from ablation.words import brief


@contextmanager
def _usage() -> Iterator[None]:
    """Shorten what Typer says of wrong arguments; its errors have no common class that is public."""
    try:
        yield
    except Exception as error:
        said: Any = error
        if hasattr(said, "format_message"):
            said.message = brief(said.message)
        raise


class Commands(TyperGroup):
    """The commands of a program; --debug can come before or after the command's name."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Move --debug to the front, where the program's own options are read."""
        if "--debug" in args:
            args = ["--debug", *(arg for arg in args if arg != "--debug")]
        with _usage():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; the exit code is 2 after an error, and 130 after Ctrl-C."""
        warnings.showwarning = _show_warning
        try:
            with _usage(), _no_interrupt_lost():
                return super().invoke(ctx)
        except AblationError as error:
            if ctx.params.get("debug"):
                raise
            typer.echo(f"error: {in_words(error)}", err=True)
            raise typer.Exit(2) from None
        except BrokenPipeError:
            raise  # as with `| head`; typer exits quietly
        except OSError as error:
            if ctx.params.get("debug"):
                raise
            typer.echo(f"error: {in_words(error)}", err=True)
            raise typer.Exit(2) from None
        except (KeyboardInterrupt, Exception) as error:
            # pydantic makes an error of its own of an interrupt.
            if not any(isinstance(one, KeyboardInterrupt) for one in (error, error.__cause__)):
                raise
            typer.echo("stopped", err=True)
            raise typer.Exit(130) from None


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    typer.echo(f"warning: {brief(str(message))}", err=True)


@contextmanager
def _no_interrupt_lost() -> Iterator[None]:
    """Repeat a Ctrl-C that came while an object was destroyed, where Python would show it and go on."""
    before = sys.unraisablehook

    def hook(unraisable: Any) -> None:
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            before(unraisable)
            return
        # To the main thread, which may be waiting for something that only a signal of its own ends.
        main = threading.main_thread().ident
        later = threading.Timer(0.05, signal.pthread_kill, [main, signal.SIGINT])
        later.daemon = True
        later.start()

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before
