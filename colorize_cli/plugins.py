"""Finding backends by the names of entry points, and loading just the one that is used.

A plug-in that cannot be used is a state with a reason, never a traceback: whatever it raises
while it is imported or asked stays within `_load`, and what it prints goes to stderr.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

from colorize_cli.core.backend import API_VERSION, Backend, Probe, TrainingBackend
from colorize_cli.core.errors import UnavailableError, UsageError
from colorize_cli.embedded import embedded_backend, wanted_backend

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP: Final = "colorize.backends"
INFERENCE_ORDER: Final = ("onnx", "openvino", "torch", "tensorflow")
"""Best first: the embedded default starts fastest. Others follow by name."""
TRAINING_ORDER: Final = ("torch", "tensorflow")

StateName: TypeAlias = Literal["ok", "missing", "broken", "incompatible", "duplicate"]
Role: TypeAlias = Literal["colour", "train"]


@dataclass(frozen=True, kw_only=True)
class BackendState:
    """What is known of one backend on this machine.

    `reason` says in one line why it cannot be used; `remedy` is the command that helps.
    """

    name: str
    state: StateName
    distribution: str
    version: str
    framework: str | None = None
    framework_version: str | None = None
    capabilities: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    reason: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Plugin:
    state: BackendState
    inference: Backend | None = None
    training: TrainingBackend | None = None


class _Unfit(Exception):  # noqa: N818 - a state, told apart from what plug-ins raise
    def __init__(self, state: StateName, reason: str) -> None:
        super().__init__(reason)
        self.state, self.reason = state, reason


def choose_inference_backend(requested: str | None = None) -> Backend:
    """Return the backend that colours: the requested, the configured, or the best there is.

    Raises UsageError for a name that nobody offers, UnavailableError if it cannot be used here.
    """
    return embedded_backend(requested) or _choose(requested, "colour")


def choose_training_backend(requested: str | None = None) -> TrainingBackend:
    """Return the backend that trains; as `choose_inference_backend`."""
    return cast(TrainingBackend, _choose(requested, "train"))


def backend_states() -> list[BackendState]:
    """Look at every installed backend, by name. Imports the plug-ins, not their frameworks."""
    offers = _find_offers()
    return [_load(offers[name]).state for name in sorted(offers)]


def _choose(requested: str | None, role: Role) -> Backend:
    offers = _find_offers()
    name = wanted_backend(requested)
    if not name:
        return _best(offers, role)
    if name not in offers:
        raise UsageError(f"unknown backend {name!r}{_suggestion(name, sorted(offers))}")
    return _usable(_load(offers[name]), role)


def _best(offers: "dict[str, list[EntryPoint]]", role: Role) -> Backend:
    reasons = []
    for name in _in_order(offers, role):
        try:
            return _usable(_load(offers[name]), role)
        except UnavailableError as error:
            reasons.append(error.reason)
    summary = "; ".join(reasons) or f"no installed package offers one ({GROUP})"
    raise UnavailableError(f"no backend can {role} here: {summary}")


def _in_order(offers: "dict[str, list[EntryPoint]]", role: Role) -> list[str]:
    preferred = INFERENCE_ORDER if role == "colour" else TRAINING_ORDER
    rank = {name: place for place, name in enumerate(preferred)}
    return sorted(offers, key=lambda name: (rank.get(name, len(rank)), name))


def _usable(plugin: _Plugin, role: Role) -> Backend:
    state = plugin.state
    if state.state != "ok":
        remedy = f"; try: {state.remedy}" if state.remedy else ""
        raise UnavailableError(f"backend {state.name!r} is {state.state}: {state.reason}{remedy}")
    backend = plugin.inference if role == "colour" else plugin.training
    if backend is None:
        raise UnavailableError(f"backend {state.name!r} does not {role}")
    return backend


def _find_offers() -> "dict[str, list[EntryPoint]]":
    from importlib.metadata import entry_points

    offers: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        offers.setdefault(point.name, []).append(point)
    return offers


def _load(points: "list[EntryPoint]") -> _Plugin:
    unknown = _state_of(points)
    try:
        if len(points) > 1:
            raise _Unfit("duplicate", "more than one package has this name: uninstall all but one")
        with _stdout_kept_clean():
            return _ask(points[0], unknown)
    except _Unfit as unfit:
        return _Plugin(state=replace(unknown, state=unfit.state, reason=unfit.reason))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - foreign code may raise anything, SystemExit too
        reason = _one_line(f"{type(error).__name__}: {error}")
        return _Plugin(state=replace(unknown, reason=reason))


def _state_of(points: "list[EntryPoint]") -> BackendState:
    packages = [point.dist for point in points]
    return BackendState(
        name=points[0].name,
        state="broken",
        distribution=" and ".join(package.name if package else "?" for package in packages),
        version=" and ".join(package.version if package else "?" for package in packages),
    )


def _ask(point: "EntryPoint", unknown: BackendState) -> _Plugin:
    inference, training = _registered(point)
    backend = training or inference
    if backend is None:
        raise _Unfit("broken", "it offers neither colouring nor training")
    _check_contract(inference, Backend)
    _check_contract(training, TrainingBackend)
    state = _described(unknown, backend, backend.probe())
    return _Plugin(state=state, inference=inference, training=training)


def _registered(point: "EntryPoint") -> tuple[Backend | None, TrainingBackend | None]:
    import pluggy

    from colorize_cli import hookspecs

    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(point.load(), name=point.name)
    manager.check_pending()
    return manager.hook.colorize_inference(), manager.hook.colorize_training()


def _check_contract(backend: Any, contract: type) -> None:
    if backend is None:
        return
    version = getattr(backend, "api_version", None)
    if isinstance(version, int) and version != API_VERSION:
        older = "this package" if version < API_VERSION else "colorize-gan"
        reason = f"made for contract {version}, colorize has {API_VERSION}: update {older}"
        raise _Unfit("incompatible", reason)
    if not isinstance(backend, contract):
        needed = contract.__name__
        raise _Unfit("broken", f"what it returns ({type(backend).__name__}) is no {needed}")


def _described(unknown: BackendState, backend: Backend, probe: Probe) -> BackendState:
    return replace(
        unknown,
        state="ok" if probe.is_available else "missing",
        framework=probe.framework,
        framework_version=probe.version,
        capabilities=tuple(sorted(backend.capabilities)),
        devices=tuple(probe.devices),
        reason=probe.reason and _one_line(probe.reason),
        remedy=probe.remedy,
    )


def _suggestion(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f" (installed: {', '.join(known) or 'none'}){hint}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


@contextmanager
def _stdout_kept_clean() -> Iterator[None]:
    """Send to stderr what is printed within, by Python or by a C library: stdout is data."""
    try:
        saved = os.dup(1)
    except OSError:  # stdout is closed: there is nothing to keep clean
        saved = None
    with redirect_stdout(sys.stderr):
        if saved is None:
            yield
            return
        try:
            _point_stdout_at_stderr()
            yield
        finally:
            os.dup2(saved, 1)
            os.close(saved)


def _point_stdout_at_stderr() -> None:
    try:
        os.dup2(2, 1)
    except OSError:  # stderr is closed
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
