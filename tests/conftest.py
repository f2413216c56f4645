"""What all tests share: those that are timed by a real JACK server are known as such."""

import pytest

REAL_TIME = "tests.jack_server"


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark."""
    config.addinivalue_line(
        "markers", "real_time: plays over a real JACK server, and should have the machine to itself"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of a module that takes something from the module with the JACK server."""
    for item in items:
        module = item.getparent(pytest.Module)
        if module is not None and any(
            getattr(each, "__module__", None) == REAL_TIME for each in vars(module.obj).values()
        ):
            item.add_marker(pytest.mark.real_time)
