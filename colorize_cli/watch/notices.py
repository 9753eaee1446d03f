"""What people hear of folders that cannot be read: once, not at every look."""

from pathlib import Path

from colorize_cli.core.errors import quoted
from colorize_cli.watch.events import Listener, Notice


class Notices:
    """Tells when the root goes and comes back, and which folders in it are closed to us."""

    def __init__(self, root: Path, listener: Listener) -> None:
        self._root, self._listener = root, listener
        self._is_gone = False
        self._unreadable: set[Path] = set()

    def root_gone(self) -> None:
        """Say that the root cannot be read."""
        if not self._is_gone:
            self._is_gone = True
            self._tell("the watched folder is gone; what comes back will be done", is_warning=True)

    def root_there(self) -> None:
        """Say that the root can be read again, if it could not."""
        if self._is_gone:
            self._is_gone = False
            self._tell("the watched folder is there again", is_warning=False)

    def unreadable(self, folder: Path, error: OSError) -> None:
        """Say that a folder in the tree cannot be read."""
        if folder not in self._unreadable:
            self._unreadable.add(folder)
            reason = (error.strerror or "cannot be read").lower()
            text = f"{quoted(folder)}: the folder cannot be read: {reason}"
            self._listener.told(Notice(text=text))

    def _tell(self, text: str, *, is_warning: bool) -> None:
        self._listener.told(Notice(text=f"{quoted(self._root)}: {text}", is_warning=is_warning))
