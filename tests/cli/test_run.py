import os
import pty
import subprocess
from pathlib import Path

import numpy as np
import pytest

from colorize_cli.core.image_io import decode
from command_line import PROGRAM, clean_environment, run_colorize
from pictures import encoded, gray_picture, lightness_error
from tiny_models import write_tiny_model
from two_hues import two_hues

GRAY = gray_picture()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    write_tiny_model(path)
    return path


@pytest.fixture
def colour(tmp_path, model):
    """Run the command in a folder with a gray picture, coloured by a tiny network."""
    (tmp_path / "gray.png").write_bytes(encoded(GRAY))

    def run(*arguments: str, **settings):
        return run_colorize(tmp_path, "run", "--model", str(model), *arguments, **settings)

    return run


def said(result) -> str:
    """Return the one line on stderr."""
    (line,) = result.stderr.decode().splitlines()
    return line


def test_a_filter_gives_the_picture_at_its_size_with_its_lightness(colour):
    result = colour(input=encoded(GRAY))
    assert (result.returncode, result.stderr) == (0, b"")
    picture = decode(result.stdout)
    assert (picture.format, picture.size) == ("PNG", (32, 24))
    assert not picture.is_gray
    assert lightness_error(picture.codes, GRAY) <= 1


def test_all_ways_in_and_out_give_the_same_bytes(colour, tmp_path):
    expected = colour(input=encoded(GRAY)).stdout
    assert colour("gray.png").stdout == expected
    assert colour("-", "-o", "-", input=encoded(GRAY)).stdout == expected
    assert colour("gray.png", "-o", "color.png").stdout == b""
    assert (tmp_path / "color.png").read_bytes() == expected
    assert colour("gray.png", "-o", "folder/").returncode == 0
    assert (tmp_path / "folder/gray.png").read_bytes() == expected


def test_the_suffix_or_the_format_decides_how_it_is_written(colour, tmp_path):
    colour("gray.png", "-o", "color.jpg")
    assert decode((tmp_path / "color.jpg").read_bytes()).format == "JPEG"
    assert decode(colour("gray.png", "--format", "webp").stdout).format == "WEBP"


def test_16_bits_and_transparency_are_kept(colour):
    deep = np.random.default_rng(0).integers(0, 65536, GRAY.shape).astype(np.uint16)
    result = decode(colour(input=encoded(deep)).stdout)
    assert result.bit_depth == 16
    assert lightness_error(result.codes, deep) <= 1
    alpha = np.random.default_rng(1).integers(0, 256, GRAY.shape).astype(np.uint8)
    result = decode(colour(input=encoded(np.dstack([GRAY, alpha]))).stdout)
    np.testing.assert_array_equal(result.alpha, alpha)


def test_what_is_lost_is_said(colour):
    deep = encoded(GRAY.astype(np.uint16) * 257)
    result = colour("--format", "jpeg", input=deep)
    assert result.returncode == 0
    assert "8 bits" in said(result)


def test_a_filter_for_gray_ones_passes_a_picture_in_colour_through(colour):
    data = encoded(two_hues(), "BMP")
    result = colour("--only-gray", input=data)
    assert (result.returncode, result.stdout) == (0, data)
    assert "'standard input': has colours already" in said(result)


def test_strength_zero_leaves_it_gray(colour):
    assert decode(colour("gray.png", "--strength", "0").stdout).is_gray


def test_verbose_names_backend_device_model_and_time(colour):
    first, second = colour("gray.png", "-v").stderr.decode().splitlines()
    assert first.startswith("backend onnx on cpu, model tiny ")
    assert second.startswith("'gray.png' -> 'standard output' in ")


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "empty file"), (b"Dear reader", "not an image"), (encoded(GRAY)[:80], "truncated")],
)
def test_what_is_no_whole_image_is_65(colour, tmp_path, data, reason):
    (tmp_path / "bad.png").write_bytes(data)
    result = colour("bad.png", "-o", "color.png")
    assert (result.returncode, result.stdout) == (65, b"")
    assert said(result).startswith("colorize: 'bad.png': ")
    assert reason in said(result)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.png", "gray.png"]


def test_a_missing_file_is_66(colour):
    result = colour("nothing.png")
    assert (result.returncode, said(result)) == (66, "colorize: 'nothing.png': no such file")


def test_a_folder_is_66_and_says_what_to_do(colour):
    result = colour(".")
    assert (result.returncode, said(result)) == (
        66,
        "colorize: '.': is a folder: use -r to colour the pictures in it",
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_77(colour, tmp_path):
    (tmp_path / "gray.png").chmod(0)
    assert colour("gray.png").returncode == 77


def test_a_device_that_is_not_there_is_69(colour):
    assert colour("gray.png", "--device", "warp").returncode == 69


def test_a_model_that_is_none_is_78(tmp_path):
    (tmp_path / "gray.png").write_bytes(encoded(GRAY))
    result = run_colorize(tmp_path, "run", "--model", "gray.png", "gray.png")
    assert result.returncode == 78
    assert len(result.stderr.splitlines()) == 1


def test_an_output_that_is_there_is_73_and_force_replaces_it(colour, tmp_path):
    (tmp_path / "color.png").write_bytes(b"precious")
    result = colour("gray.png", "-o", "color.png")
    assert (result.returncode, "--force" in said(result)) == (73, True)
    assert (tmp_path / "color.png").read_bytes() == b"precious"
    assert colour("gray.png", "-o", "color.png", "--force").returncode == 0
    assert decode((tmp_path / "color.png").read_bytes()).size == (32, 24)


def test_an_input_is_never_replaced(colour, tmp_path):
    result = colour("gray.png", "-o", "./gray.png", "--force")
    assert result.returncode == 73
    assert (tmp_path / "gray.png").read_bytes() == encoded(GRAY)


def test_names_that_collide_are_73_before_any_work(colour, tmp_path):
    (tmp_path / "gray.bmp").write_bytes(encoded(GRAY, "BMP"))
    assert colour("gray.png", "gray.bmp", "--output-dir", "out").returncode == 73
    assert not (tmp_path / "out").exists()


def test_a_folder_that_does_not_exist_is_73(colour):
    assert colour("gray.png", "-o", "nowhere/color.png").returncode == 73


def test_a_reader_that_left_ends_it_by_the_signal_quietly(tmp_path, model):
    (tmp_path / "gray.png").write_bytes(encoded(GRAY))
    reader, writer = os.pipe()
    os.close(reader)
    result = run_colorize(tmp_path, "run", "-m", str(model), "gray.png", stdout=writer)
    os.close(writer)
    assert (result.returncode, result.stderr) == (-13, b"")


def test_a_full_disk_is_74(colour):
    with Path("/dev/full").open("wb") as full:
        result = colour("gray.png", stdout=full)
    assert result.returncode == 74
    assert "no space left" in said(result)


@pytest.mark.parametrize(("descriptor", "status"), [(0, 66), (1, 74)])
def test_a_closed_stream_is_one_line(tmp_path, model, descriptor, status):
    closing = f'exec "$@" {descriptor}>&-'
    command = ["sh", "-c", closing, "sh", *PROGRAM, "run", "-m", str(model)]
    (tmp_path / "gray.png").write_bytes(encoded(GRAY))
    result = subprocess.run(
        [*command, *(["gray.png"] if descriptor == 1 else [])],
        cwd=tmp_path,
        env=clean_environment(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == status
    assert "it is closed" in said(result)


def on_terminal(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the program with a terminal on all three streams."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve(PROGRAM[0], [*PROGRAM, *arguments], clean_environment(folder))
    output = b""
    while chunk := _read(terminal):
        output += chunk
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), output.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux says so when the other side is closed
        return b""


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_image_data_is_not_written_to_a_terminal(tmp_path, model):
    (tmp_path / "gray.png").write_bytes(encoded(GRAY))
    for output in ((), ("-o", "-")):
        status, text = on_terminal(tmp_path, "run", "-m", str(model), "gray.png", *output)
        assert status == 2
        assert "refusing to write image data to a terminal" in text


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("arguments", [(), ("--files-from", "-", "--output-dir", "out")])
def test_nothing_to_do_on_a_terminal_gives_a_short_usage(tmp_path, arguments):
    status, text = on_terminal(tmp_path, "run", *arguments)
    assert status == 2
    assert text.count("colorize run") >= 4
    assert len(text.splitlines()) < 8


@pytest.mark.parametrize(
    "arguments",
    [
        ["", "-o", "x.png"],
        ["gray.png", "-o", ""],
        ["-r", "", "--output-dir", "x"],
        ["gray.png", "--output-dir", ""],
        ["--files-from", "", "--output-dir", "x"],
        ["gray.png", "-o", "x.png", "--json-file", ""],
    ],
)
def test_an_empty_name_is_no_name_of_the_folder_one_is_in(colour, tmp_path, arguments):
    result = colour(*arguments)
    assert result.returncode == 2
    assert said(result) == "colorize: a name is empty: is a variable of the shell unset?"
    assert [path.name for path in tmp_path.iterdir()] == ["gray.png"]


def test_help_shows_examples_and_then_the_options_in_groups(tmp_path):
    result = run_colorize(tmp_path, "run", "--help", variables={"COLUMNS": "80"})
    lines = result.stdout.decode().splitlines()
    assert lines[5].startswith("  colorize run < gray.png > color.png ")
    assert [line for line in lines if line.endswith(":") and line[0] != " "] == [
        "Examples:",
        "Arguments:",
        "Common options:",
        "Inputs and outputs:",
        "Pictures:",
        "What computes:",
        "What is told:",
        "Notes:",
    ]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("option", ["--strength", "--max-pixels"])
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e400"])
def test_what_is_no_finite_number_is_a_usage_error(colour, tmp_path, option, value):
    result = colour("gray.png", "-o", "x.png", f"{option}={value}")
    assert result.returncode == 2
    assert said(result).startswith(f"colorize: invalid value for '{option}': ")
    assert not (tmp_path / "x.png").exists()
