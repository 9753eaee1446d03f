"""`colorize watch` that holds each picture until somebody opens the other end of a pipe.

So a test finds it in hand however fast or slow the machine is. HELD names the pipe.
"""

import os
from pathlib import Path
from typing import Any

from colorize_cli.__main__ import main
from colorize_cli.commands import watch_work
from colorize_cli.commands.run_picture import color_picture


def held(*arguments: Any) -> Any:
    Path(os.environ["HELD"]).open("rb").close()
    return color_picture(*arguments)


if __name__ == "__main__":
    watch_work.color_picture = held  # type: ignore[attr-defined]
    main()
