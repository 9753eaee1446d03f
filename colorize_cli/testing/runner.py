"""Running the checks and keeping what came of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal, TypeAlias

from colorize_cli.testing.check import ANY, Check
from colorize_cli.testing.promises import NotApplicable, PromiseBroken
from colorize_cli.testing.subject import Subject
from colorize_cli.testing.suite import CHECKS

Verdict: TypeAlias = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of one check; the reason says why it failed or was skipped."""

    name: str
    description: str
    state: Verdict
    reason: str | None
    seconds: float


def run_checks(
    subject: Subject,
    checks: Sequence[Check] = CHECKS,
    *,
    after_each: Callable[[Result], object] = lambda _: None,
) -> list[Result]:
    """Run checks on a backend, all of them whatever comes of each."""
    results = []
    for check in checks:
        results.append(_result(check, subject))
        after_each(results[-1])
    return results


def perform(check: Check, subject: Subject) -> None:
    """Do one check. Raises PromiseBroken, NotApplicable, or whatever the backend raises."""
    if check.role != ANY and check.role not in subject.capabilities:
        raise NotApplicable(f"it does not offer {check.role!r}")
    check.function(subject)


def failure(check: Check, reason: str) -> Result:
    """Return the result of a check that ended before it could give one."""
    return Result(
        name=check.name,
        description=check.description,
        state="failed",
        reason=reason,
        seconds=0.0,
    )


def _result(check: Check, subject: Subject) -> Result:
    start = monotonic()
    state, reason = _verdict(check, subject)
    seconds = round(monotonic() - start, 3)
    return Result(
        name=check.name,
        description=check.description,
        state=state,
        reason=reason,
        seconds=seconds,
    )


def _verdict(check: Check, subject: Subject) -> tuple[Verdict, str | None]:
    try:
        perform(check, subject)
    except NotApplicable as reason:
        return "skipped", str(reason)
    except PromiseBroken as fault:
        return "failed", str(fault)
    except Exception as error:  # noqa: BLE001 - foreign code may raise anything
        return "failed", " ".join(f"{type(error).__name__}: {error}".split())
    return "passed", None
