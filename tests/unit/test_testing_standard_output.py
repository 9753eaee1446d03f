import os

from colorize_cli.testing.standard_output import captured_stdout, written_to


def test_what_python_and_c_libraries_print_is_captured_and_nothing_else(capfd):
    print("before")
    with captured_stdout() as file:
        print("from Python")
        os.write(1, b"from C\n")
        written = written_to(file)
    print("after")
    assert written == b"from Python\nfrom C\n"
    assert capfd.readouterr().out == "before\nafter\n"


def test_stdout_is_given_back_after_an_error(capfd):
    try:
        with captured_stdout():
            raise KeyError
    except KeyError:
        print("still here")
    assert capfd.readouterr().out == "still here\n"
