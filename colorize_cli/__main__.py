"""The way in and every way out: exit statuses and signals, whatever a command raises.

Little is imported here at the top: `--version` answers before anything else is loaded.
"""

import os
import sys

from colorize_cli import __version__


def main() -> None:
    """Run the program as the shell calls it, and exit."""
    _reserve_standard_descriptors()
    arguments = sys.argv[1:]
    status = _run_guarded(arguments)
    # Where no parser was needed, nothing was begun that would have to be ended.
    if arguments[:1] in (["run"], ["prep"]) or "typer" not in sys.modules:
        _leave_at_once(status)
    sys.exit(status)


def _run_guarded(arguments: list[str]) -> int:
    try:
        status = _run(arguments)
        _flush_stdout()
    except BaseException as error:  # noqa: BLE001 - the border of the program: all end here
        return _report(error)
    return status


def _run(arguments: list[str]) -> int:
    if _is_answered_at_once(arguments):
        return 0
    from colorize_cli.signals import unwind_on_signals

    unwind_on_signals()
    if arguments[:1] in (["run"], ["prep"]) or _asks_for_help(arguments):
        _expect_little_garbage()
    if arguments[:1] == ["run"]:
        from colorize_cli.commands.run_direct import run_directly

        if run_directly(arguments[1:]):
            return 0
    if arguments[:1] == ["prep"]:
        from colorize_cli.commands.prep_direct import prep_directly

        if prep_directly(arguments[1:]):
            return 0
    from colorize_cli.main import run_program

    return run_program(arguments)


def _is_answered_at_once(arguments: list[str]) -> bool:
    """Answer what needs no parser, which takes six times as long to load as Python to start."""
    if arguments == ["--version"]:
        print(f"colorize {__version__}")  # noqa: T201
        return True
    if arguments == ["completion", "--backends"]:
        # What shells ask at TAB.
        from colorize_cli.manual.backend_names import backend_names

        print(*backend_names(), sep="\n")  # noqa: T201
        return True
    if _asks_for_help(arguments):
        from colorize_cli.manual.quick_help import print_help

        return print_help(arguments)
    return False


def _asks_for_help(arguments: list[str]) -> bool:
    return arguments[:1] == ["help"] or not {"-h", "--help"}.isdisjoint(arguments)


def _expect_little_garbage() -> None:
    """Look for cycles seldom: what is imported stays, and to search it takes 20 ms."""
    import gc

    gc.set_threshold(100_000)


def _leave_at_once(status: int) -> None:
    """End the process without taking apart what it has built up, which takes 20 ms more.

    Nothing is lost: stdout is written out, files are closed, what waits for the end is called.
    """
    import atexit

    atexit._run_exitfuncs()
    _flush_stderr()
    os._exit(status)


def _report(error: BaseException) -> int:
    """Tell what happened in one line, or the traceback if it is our own bug."""
    import signal

    from colorize_cli import console
    from colorize_cli.core.errors import (
        ColorizeError,
        ExitStatus,
        NoInputError,
        OutputError,
        TemporaryError,
    )
    from colorize_cli.signals import Terminated

    if isinstance(error, SystemExit):
        raise error
    if isinstance(error, KeyboardInterrupt):
        _die_by(error.number if isinstance(error, Terminated) else signal.SIGINT)
    if isinstance(error, BrokenPipeError):
        _die_by(signal.SIGPIPE)
    _settle_stdout()
    if isinstance(error, MemoryError):
        error = TemporaryError("out of memory: try smaller pictures, or a smaller batch")
    elif isinstance(error, OSError) and _is_full_or_broken(error):
        error = OutputError(f"cannot write: {(error.strerror or '').lower()}", path=error.filename)
    elif isinstance(error, FileNotFoundError) and error.filename is None and _is_folder_gone():
        error = NoInputError("the folder that this was started in is gone: go to another one")
    if isinstance(error, ColorizeError):
        console.print_error(error)
        return error.status
    _print_bug(error)
    return ExitStatus.INTERNAL


def _print_bug(error: BaseException) -> None:
    import traceback

    from colorize_cli import console

    console.print_line("".join(traceback.format_exception(error)).rstrip())
    console.print_line("colorize: this is a bug; please report it with the lines above")


def _is_full_or_broken(error: OSError) -> bool:
    import errno

    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


def _is_folder_gone() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - nothing is made of it
    except FileNotFoundError:
        return True
    return False


def _die_by(number: int) -> None:
    """Die by a signal, so that a shell's loop over files stops as well; 128 + N would not do."""
    import signal

    _discard_stdout()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    # Reached only where the signal is blocked.
    sys.exit(128 + number)


def _flush_stdout() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _flush_stderr() -> None:
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except (OSError, ValueError):
        # Nobody is left to be told.
        return


def _settle_stdout() -> None:
    try:
        _flush_stdout()
    except OSError:
        _discard_stdout()


def _discard_stdout() -> None:
    """Keep the interpreter from failing once more on what stdout did not take."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _reserve_standard_descriptors() -> None:
    """Occupy closed standard descriptors, lest a file opened later be taken for stdout.

    They are opened the wrong way round, as gnulib's stdopen does, so that using them fails.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_WRONLY if number == 0 else os.O_RDONLY)


if __name__ == "__main__":
    main()
