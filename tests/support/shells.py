"""What real shells offer at TAB, with the completions of the source and a folder to look into.

Each function starts its shell once for any number of lines and returns the words that are offered
for each, without their descriptions and with nothing escaped.
"""

import os
import pty
import re
import subprocess
import tty
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

Offers = dict[str, list[str]]

BASH = r"""
source "$1"; shift
for line in "$@"; do
    echo "== $line"
    mapfile -t COMP_WORDS < <(splitted "$line")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _colorize
    ((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
done
"""
FISH = r"""
source $argv[1]
for line in $argv[2..-1]
    echo "== $line"
    complete -C $line | string replace -r '\t.*' ''
end
"""
ZSH = r"""
fpath=($completions $fpath)
autoload -U compinit && compinit -D -u
probe() { print -r -- "== $BUFFER" >> $found; _main_complete }
zle -C probe complete-word probe
bindkey '^I' probe
compadd() {
    if [[ " ${@[1,(i)(-|--)]}" == *' -'[a-zA-Z]#[OAD]' '* ]]; then builtin compadd "$@"; return; fi
    local -a hits
    builtin compadd -A hits "$@"
    (($#hits)) && print -rl -- ${(Q)hits} >> $found
    builtin compadd "$@"
}
"""


def bash_offers(script: Path, folder: Path, lines: Sequence[str], **variables: str) -> Offers:
    """Call the function of the script as bash does, with the words that it would give."""
    words = {line: "\n".join(words_of(line)) for line in lines}
    cases = "\n".join(f"{quoted(line)}) printf '%s\\n' {quoted(w)} ;;" for line, w in words.items())
    program = f'splitted() {{ case "$1" in\n{cases}\nesac; }}\n{BASH}'
    command = ["bash", "--norc", "--noprofile", "-c", program, "bash", str(script), *lines]
    return offers_in(run(command, folder, variables))


def fish_offers(script: Path, folder: Path, lines: Sequence[str], **variables: str) -> Offers:
    """Ask fish by its own `complete --do-complete`."""
    variables = {"HOME": str(folder.with_name("home")), **variables}
    return offers_in(
        run(["fish", "--no-config", "-c", FISH, str(script), *lines], folder, variables)
    )


def zsh_offers(script: Path, folder: Path, lines: Sequence[str], **variables: str) -> Offers:
    """Type each line and TAB into an interactive zsh, and note what its completion adds."""
    found, setting = folder.with_name("found"), folder.with_name("setting.zsh")
    setting.write_text(f"completions={script.parent} found={found}\n{ZSH}", "utf-8")
    # Control-U takes back the line that was completed.
    keys = f"source {setting}\n" + "".join(f"{line}\t\x15" for line in lines) + "exit\n"
    typed(["zsh", "-f", "-i"], keys, folder, {"TERM": "dumb", **variables})
    return offers_in(found.read_text("utf-8"))


def typed(command: Sequence[str], keys: str, folder: Path, variables: Mapping[str, str]) -> None:
    """Run a program on a terminal of its own, type, and wait until it ends."""
    own, other = pty.openpty()
    # Keys that are typed before the program reads them are only kept, and not acted upon.
    tty.setraw(other)
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        stdin=other,
        stdout=other,
        stderr=other,
        start_new_session=True,
    ) as process:
        os.close(other)
        os.write(own, keys.encode())
        # A terminal whose program has ended is an error on Linux.
        with suppress(OSError):
            while os.read(own, 4096):
                pass
        process.wait(timeout=60)
    os.close(own)


def run(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> str:
    """Run a shell and return what it prints; complaints are a failure."""
    ended = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert not ended.stderr, ended.stderr
    return ended.stdout


def offers_in(text: str) -> Offers:
    """Read `== LINE` and the words below it."""
    parts = re.split(r"^== (.*)\n", text, flags=re.MULTILINE)[1:]
    return {
        line: sorted({word.rstrip("/") for word in words.splitlines()})
        for line, words in zip(parts[::2], parts[1::2], strict=True)
    }


def words_of(line: str) -> list[str]:
    """Break a line into words as bash does: at spaces that are not escaped, and around `=`."""
    words = re.findall(r"=|(?:\\.|[^\s=\\])+", line)
    return [*words, ""] if line.endswith(" ") and not line.endswith("\\ ") else words


def quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
