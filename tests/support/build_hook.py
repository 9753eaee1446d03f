"""The hook of the build, loaded from the tree: it is no part of what is installed."""

from importlib.util import module_from_spec, spec_from_file_location

from built_distributions import ROOT

_spec = spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
assert _spec is not None
assert _spec.loader is not None
hatch_build = module_from_spec(_spec)
_spec.loader.exec_module(hatch_build)
