"""One Prefect server for all tests of the workflow."""

import pytest

from deployments import local_server


@pytest.fixture(scope="session")
def server_state(tmp_path_factory):
    """The state folder of a server that runs as long as the tests do."""
    state = tmp_path_factory.mktemp("state")
    yield state
    local_server.stop_server(state)


@pytest.fixture(scope="session")
def prefect_api(server_state, tmp_path_factory):
    """The URL of that server; flows of this process and of its children report to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PREFECT_API_URL", raising=False)
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        starting = local_server.begin(server_state)
        from prefect.settings import (
            PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
            PREFECT_LOGGING_TO_API_ENABLED,
            temporary_settings,
        )

        quick = {
            PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,  # its thread sleeps for a second at the end of every flow
            PREFECT_LOGGING_TO_API_ENABLED: False,
        }
        with local_server.connected(starting.wait()) as url, temporary_settings(quick):
            yield url
