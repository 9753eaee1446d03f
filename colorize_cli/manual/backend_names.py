"""The names of the installed backends, for shells that complete them: quickly, nothing loaded."""

from importlib.metadata import entry_points


def backend_names() -> list[str]:
    """Return the names that `--backend` takes, sorted."""
    # The group of `colorize_cli.plugins`, whose import takes four times as long as this answer.
    return sorted({point.name for point in entry_points(group="colorize.backends")})
