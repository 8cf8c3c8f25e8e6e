import sys

import pytest

from animedub import workflow
from animedub.errors import MissingError


def plant(folder, package="flows", module="dub", text="here = __file__\n"):
    place = folder / package
    place.mkdir(parents=True, exist_ok=True)
    (place / "__init__.py").touch()
    (place / f"{module}.py").write_text(text)
    return folder


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """A package folder two levels below a project, as an editable install has it."""
    package = tmp_path / "project" / "src" / "animedub"
    package.mkdir(parents=True)
    monkeypatch.setattr(workflow, "_PACKAGE", package)
    monkeypatch.setattr(sys, "path", list(sys.path))
    ours = {"flows", "tasks", "blocks", "deployments"}
    kept = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in ours}
    for name in kept:
        monkeypatch.delitem(sys.modules, name)
    yield package
    for name in [name for name in sys.modules if name.partition(".")[0] in ours]:
        del sys.modules[name]


def test_an_editable_install_has_it_at_the_root_of_the_project(installed):
    project = plant(installed.parents[1])
    assert workflow.root() == project
    assert workflow.load("flows.dub").here == str(project / "flows" / "dub.py")


def test_a_wheel_ships_it_inside_the_package(installed):
    plant(installed.parents[1])
    shipped = plant(installed / "_workflow")
    assert workflow.root() == shipped
    assert workflow.load("flows.dub").here == str(shipped / "flows" / "dub.py")


def test_it_is_found_from_any_folder_and_wins_over_strays(installed, monkeypatch, tmp_path):
    project = plant(installed.parents[1])
    stray = plant(tmp_path / "elsewhere", text="here = 'stray'\n")
    monkeypatch.chdir(stray)
    sys.path.insert(0, str(stray))
    assert workflow.load("flows.dub").here == str(project / "flows" / "dub.py")


def test_loading_twice_adds_to_the_path_once(installed):
    project = plant(installed.parents[1])
    assert workflow.load("flows.dub") is workflow.load("flows.dub")
    assert sys.path.count(str(project)) == 1


def test_a_stray_that_was_imported_first_is_not_taken_for_ours(installed, monkeypatch, tmp_path):
    plant(installed.parents[1])
    stray = plant(tmp_path / "elsewhere")
    monkeypatch.syspath_prepend(str(stray))
    __import__("flows.dub")
    with pytest.raises(MissingError, match="rename that other 'flows' package"):
        workflow.load("flows.dub")


def test_an_installation_without_it_says_how_to_mend_it(installed):
    with pytest.raises(MissingError, match="pip install"):
        workflow.root()
