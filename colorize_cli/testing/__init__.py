"""The conformance kit: what every backend promises, as checks that anybody can run on theirs.

`colorize backends check NAME` runs it from the shell; a test suite subclasses
`colorize_cli.testing.pytest_suite.BackendConformance`; a program calls
`colorize_cli.testing.runner.run_checks`. Only the second needs pytest.
"""
