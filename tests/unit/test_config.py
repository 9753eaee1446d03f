import os

import pytest

from colorize_cli.core.config import Config, read_config
from colorize_cli.core.errors import BadConfigError


@pytest.fixture
def user_file(tmp_path, monkeypatch):
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    path = tmp_path / "settings/colorize/config.toml"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def project_file(tmp_path, user_file):
    return tmp_path / "project/colorize.toml"


def test_without_files_nothing_is_set(user_file):
    assert read_config() == Config()


def test_the_users_file_is_read(user_file):
    user_file.write_text('device = "cuda"\nprecision = "bfloat16"\n')
    assert read_config() == Config(device="cuda", precision="bfloat16")


def test_the_projects_file_wins_key_by_key(user_file, project_file):
    user_file.write_text('backend = "torch"\ndevice = "cuda"\n')
    project_file.write_text('backend = "onnx"\n')
    assert read_config() == Config(backend="onnx", device="cuda")


def test_a_relative_xdg_folder_is_ignored(user_file, monkeypatch, tmp_path):
    home = tmp_path / "home"
    (home / ".config/colorize").mkdir(parents=True)
    (home / ".config/colorize/config.toml").write_text('device = "cpu"\n')
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", "../settings")
    assert read_config().device == "cpu"


def test_a_path_counts_from_the_folder_of_its_file(user_file):
    user_file.write_text('model = "mine/best.safetensors"\n')
    assert read_config().model == str(user_file.parent / "mine/best.safetensors")


def test_an_absolute_path_stays(user_file):
    user_file.write_text('model = "/data/best.safetensors"\n')
    assert read_config().model == "/data/best.safetensors"


def test_a_bundled_name_stays_a_name(user_file):
    user_file.write_text('model = "birds"\n')
    assert read_config().model == "birds"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('backnd = "onnx"', "unknown key 'backnd'; did you mean 'backend'"),
        ('zzz = "onnx"', "unknown key 'zzz' .known: backend, device, model, precision"),
        ("backend = 3", "backend must be a text in quotes, not 3"),
        ('device = ""', "device must be a text"),
        ('precision = "float16"', "it can be auto, float32, bfloat16"),
        ("backend onnx", "not valid TOML"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_file_and_the_reason(project_file, text, reason):
    project_file.write_text(text)
    with pytest.raises(BadConfigError, match=reason) as caught:
        read_config()
    assert str(caught.value).startswith("'colorize.toml': ")
    assert caught.value.status == 78


def test_bytes_that_are_not_utf8_are_refused(project_file):
    project_file.write_bytes(b'backend = "\xff"')
    with pytest.raises(BadConfigError, match="not valid TOML"):
        read_config()


def test_a_folder_of_that_name_is_refused(project_file):
    project_file.mkdir()
    with pytest.raises(BadConfigError, match="a folder"):
        read_config()


def test_tables_are_the_commands_own(project_file):
    project_file.write_text('backend = "onnx"\n[run]\nstrength = "anything"\n')
    assert read_config() == Config(backend="onnx")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a = " + "[" * 5000 + "]" * 5000, "not valid TOML: nested too deeply"),
        (f"[run]\nstrength = 1{'0' * 5000}\n", "not valid TOML: Exceeds the limit"),
        (f"#{' ' * 1_048_576}", "larger than a settings file"),
    ],
)
def test_a_file_that_no_parser_stands_is_refused(project_file, text, reason):
    project_file.write_text(text)
    with pytest.raises(BadConfigError, match=reason) as caught:
        read_config()
    assert str(caught.value).startswith("'colorize.toml': ")


def test_a_link_to_itself_is_refused(project_file):
    project_file.symlink_to(project_file.name)
    with pytest.raises(BadConfigError, match="cannot be read: too many levels of symbolic links"):
        read_config()


def test_a_pipe_is_refused_and_not_waited_for(project_file):
    os.mkfifo(project_file)
    with pytest.raises(BadConfigError, match="a pipe or a socket, not a settings file"):
        read_config()


def test_a_link_to_nowhere_or_to_the_null_device_says_nothing(project_file):
    for place in ("gone.toml", "/dev/null"):
        project_file.symlink_to(place)
        assert read_config() == Config()
        project_file.unlink()


def test_a_users_folder_whose_name_is_too_long_is_refused(user_file, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", "/" + "a" * 300)
    with pytest.raises(BadConfigError, match="cannot be read: file name too long"):
        read_config()


def test_the_byte_order_mark_of_some_editors_is_no_part_of_it(project_file):
    project_file.write_bytes(b'\xef\xbb\xbfdevice = "cpu"\r\n')
    assert read_config() == Config(device="cpu")
