import sys

import pytest

import plugin_distributions as made
from colorize_cli import plugins
from colorize_cli.core.errors import UnavailableError, UsageError
from colorize_onnx import backend


@pytest.fixture(autouse=True)
def _no_settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("COLORIZE_BACKEND", raising=False)


@pytest.fixture
def install(tmp_path, monkeypatch):
    def put_on_path(*distributions):
        folder = tmp_path / "site"
        folder.mkdir()
        made.install(folder, distributions)
        monkeypatch.syspath_prepend(str(folder))

    yield put_on_path
    for plugin in vars(made).values():
        if isinstance(plugin, made.Plugin):
            sys.modules.pop(plugin.module, None)


def state_of(name):
    return next(state for state in plugins.backend_states() if state.name == name)


def test_a_good_backend_is_listed_with_its_package_framework_and_devices(install):
    install(made.GOOD)
    state = state_of("good")
    assert (state.state, state.distribution, state.version) == ("ok", "colorize-good", "1.5")
    assert (state.framework, state.framework_version) == ("nothing", "3.2")
    assert (state.capabilities, state.devices) == (("infer",), ("cpu",))
    assert state.reason is None


@pytest.mark.parametrize("plugin", made.BREAKING, ids=lambda plugin: plugin.name)
def test_a_broken_backend_is_a_state_with_a_reason_of_one_line(install, plugin):
    install(plugin)
    state = state_of(plugin.name)
    assert state.state == "broken"
    assert state.reason
    assert "\n" not in state.reason


def test_the_reason_of_a_broken_backend_is_what_it_raised(install):
    install(made.RAISING)
    assert state_of("raising").reason == "RuntimeError: out of order again"


def test_a_misspelled_hook_is_named(install):
    install(made.MISSPELLED)
    assert "colorize_inferense" in state_of("misspelled").reason


def test_a_backend_of_another_contract_is_incompatible_and_says_what_to_update(install):
    install(made.INCOMPATIBLE)
    state = state_of("incompatible")
    assert state.state == "incompatible"
    assert state.reason == "made for contract 99, colorize has 3: update colorize-gan"


def test_two_packages_with_one_name_are_both_named(install):
    install(made.SECOND_ONNX)
    state = state_of("onnx")
    assert state.state == "duplicate"
    assert set(state.distribution.split(" and ")) == {"colorize-gan", "colorize-second-onnx"}


def test_a_backend_without_its_framework_is_missing_and_names_the_remedy(install):
    install(made.WITHOUT_FRAMEWORK)
    state = state_of("frameless")
    assert (state.state, state.remedy) == ("missing", "pip install nothing")


def test_what_a_plugin_prints_does_not_reach_stdout(install, capfd):
    install(made.NOISY)
    assert state_of("noisy").state == "ok"
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "noise from C" in printed.err
    assert "noise from Python" in printed.err


def test_ctrl_c_during_an_import_is_not_swallowed(install):
    install(made.Plugin("slow", "colorize-slow", "raise KeyboardInterrupt"))
    with pytest.raises(KeyboardInterrupt):
        plugins.backend_states()


def test_the_embedded_backend_is_the_default():
    assert plugins.choose_inference_backend().name == "onnx"


def test_the_argument_is_stronger_than_the_variable(install, monkeypatch):
    install(made.GOOD)
    monkeypatch.setenv("COLORIZE_BACKEND", "onnx")
    assert plugins.choose_inference_backend("good").name == "good"


def test_the_variable_is_stronger_than_the_settings(install, monkeypatch, tmp_path):
    install(made.GOOD)
    (tmp_path / "colorize.toml").write_text('backend = "onnx"')
    monkeypatch.setenv("COLORIZE_BACKEND", "good")
    assert plugins.choose_inference_backend().name == "good"


def test_the_settings_are_stronger_than_the_default(install, tmp_path):
    install(made.GOOD)
    (tmp_path / "colorize.toml").write_text('backend = "good"')
    assert plugins.choose_inference_backend().name == "good"


def test_only_the_chosen_plugin_is_imported(install):
    install(made.GOOD, made.NOISY)
    plugins.choose_inference_backend("good")
    assert made.GOOD.module in sys.modules
    assert made.NOISY.module not in sys.modules


def test_the_embedded_backend_is_found_without_a_look_at_what_is_installed(monkeypatch):
    monkeypatch.setattr(plugins, "_find_offers", None)
    assert plugins.choose_inference_backend().name == "onnx"


def test_another_backend_of_its_name_counts_only_where_that_is_asked_for(install):
    install(made.SECOND_ONNX)
    assert plugins.choose_inference_backend().name == "onnx"
    with pytest.raises(UnavailableError, match="'onnx' is duplicate"):
        plugins.choose_inference_backend("onnx")


@pytest.fixture
def without_onnxruntime(monkeypatch):
    monkeypatch.setattr(backend, "find_spec", lambda name: None)


@pytest.mark.usefixtures("without_onnxruntime")
def test_the_next_best_is_taken_where_the_default_cannot_be_used(install, monkeypatch):
    install(made.GOOD)
    monkeypatch.setattr(plugins, "INFERENCE_ORDER", ("onnx", "good"))
    assert plugins.choose_inference_backend().name == "good"


def test_an_unknown_name_is_a_usage_error_with_a_suggestion():
    with pytest.raises(UsageError, match=r"unknown backend 'onxx' .*did you mean 'onnx'"):
        plugins.choose_inference_backend("onxx")


def test_a_named_backend_without_its_framework_is_unavailable_with_the_remedy(install):
    install(made.WITHOUT_FRAMEWORK)
    with pytest.raises(UnavailableError, match="nothing is not installed; try: pip install noth"):
        plugins.choose_inference_backend("frameless")


def test_a_backend_that_only_colours_cannot_be_asked_to_train():
    with pytest.raises(UnavailableError, match="backend 'onnx' does not train"):
        plugins.choose_training_backend("onnx")


def test_where_nothing_trains_every_reason_is_given(monkeypatch, install):
    install(made.GOOD, made.RAISING)
    everything = plugins._find_offers()
    offers = {name: everything[name] for name in ("good", "raising")}
    monkeypatch.setattr(plugins, "_find_offers", lambda: offers)
    with pytest.raises(UnavailableError, match=r"'good' does not train; .*'raising' is broken"):
        plugins.choose_training_backend()


@pytest.mark.usefixtures("without_onnxruntime")
def test_where_nothing_is_installed_the_entry_point_group_is_named(monkeypatch):
    monkeypatch.setattr(plugins, "_find_offers", dict)
    with pytest.raises(UnavailableError, match=r"no installed package offers one"):
        plugins.choose_inference_backend()
