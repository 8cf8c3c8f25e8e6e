"""How a stage becomes a cached Prefect task.

    @stage(name="separate", version=separation.VERSION)
    def separate(soundtrack: Soundtrack, options: SeparateOptions, *, rig: Rig) -> Stems:
        return separation.separate(soundtrack, options, engine=rig.separator(options.engine), store=rig.store)

    stems = separate(soundtrack, request.separate, rig=rig)

What is asked for (the stage's version and every argument, artifacts by content) is the key of the result; where it runs
(``rig``) is not. The result is recorded inside the rig's store and taken from there as long as its artifacts are sound.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from prefect import Task, unmapped
from prefect.cache_policies import NO_CACHE, CachePolicy
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import TaskRunContext
from prefect.futures import PrefectFuture, PrefectFutureList
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from prefect.transactions import IsolationLevel
from prefect.utilities.annotations import opaque

from animedub.progress import Progress
from animedub.store import Store
from tasks.identity import NotCacheable, fingerprint, to_json
from tasks.locks import FlockLocks
from tasks.records import NounSerializer, Records

P = ParamSpec("P")
R = TypeVar("R")

PASSING = (OSError, RuntimeError)
"""Errors that may not come again: tried once more. Everything else is the user's to mend, or ours."""


class StageRig(Protocol):
    """What a stage needs to know of the rig it runs on."""

    @property
    def store(self) -> Store:
        """Where artifacts and results lie."""
        ...

    @property
    def progress(self) -> Progress:
        """Who hears that a stage begins and ends."""
        ...

    @property
    def refresh(self) -> frozenset[str]:
        """Names of the stages that run although their result is known."""
        ...

    @property
    def use_cache(self) -> bool:
        """Whether results are looked up and recorded at all."""
        ...


@dataclass
class ByContent(CachePolicy):
    """The key of a stage's result: its name, its version and the identity of its inputs."""

    def compute_key(
        self, task_ctx: TaskRunContext, inputs: dict[str, Any], flow_parameters: dict[str, Any], **kwargs: Any
    ) -> str | None:
        """Name and fingerprint; None when an input has no identity: the stage raises then, which Prefect heeds."""
        try:
            return f"{task_ctx.task.name}-{fingerprint([task_ctx.task.version, _asked(inputs)])}"
        except NotCacheable:
            return None


class Stage(Task[P, R]):
    """A Prefect task whose results live in the store of the rig that it is called with."""

    def at(self, rig: StageRig) -> Task[P, R]:
        """The plain Prefect task, bound to the store of ``rig`` and to its wishes about the cache."""
        if not rig.use_cache:
            return self.with_options(cache_policy=NO_CACHE, persist_result=False)
        locks = FlockLocks(rig.store.root / "locks")
        bound = self.with_options(
            cache_policy=ByContent().configure(lock_manager=locks, isolation_level=IsolationLevel.SERIALIZABLE),
            persist_result=True,
            result_serializer=NounSerializer(),
            refresh_cache=self.name in rig.refresh,
        )
        # Not an option: those must be saved on the server, which has no use for the path of a store.
        bound.result_storage = Records.of(rig.store)
        return bound

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Run the stage on ``rig``, or take its known result."""
        bound: Task[..., R] = self.at(_rig(kwargs))
        return bound(*map(_sealed, args), **{name: _sealed(value) for name, value in kwargs.items()})

    def submit(self, *args: P.args, **kwargs: P.kwargs) -> PrefectFuture[R]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Run the stage in the flow's task runner."""
        bound: Task[..., R] = self.at(_rig(kwargs))
        return bound.submit(*map(_sealed, args), **{name: _sealed(value) for name, value in kwargs.items()})

    def map(self, *args: Any, **kwargs: Any) -> PrefectFutureList[R]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Run the stage once for each element of the arguments that are lists."""
        rig = _rig(kwargs)
        return self.at(rig).map(*args, **{**kwargs, "rig": unmapped(rig)})


def stage(*, name: str, version: int | str, in_parts: bool = False) -> Callable[[Callable[P, R]], Stage[P, R]]:
    """Make a function of plain values a stage; it has a keyword argument ``rig``, which is not part of what is asked.

    Args:
        name: what the user knows it by (``--force-stage``), in small letters, digits and hyphens.
        version: raised when the same input would give another result.
        in_parts: the flow runs it several times for one dub, and tells itself when it begins and ends.

    Raises:
        TypeError: the function has no keyword argument ``rig``, or it is asynchronous.
    """
    if not name.replace("-", "").isalnum() or name != name.lower():
        raise ValueError(f"a stage is named in small letters, digits and hyphens, not {name!r}")

    def made(function: Callable[P, R]) -> Stage[P, R]:
        rig = inspect.signature(function).parameters.get("rig")
        if rig is None or rig.kind is not inspect.Parameter.KEYWORD_ONLY or inspect.iscoroutinefunction(function):
            raise TypeError(f"the stage {name!r} must be a plain function with the keyword-only argument 'rig'")
        return Stage(
            _performing(function),
            name=name,
            version=str(version),
            cache_policy=NO_CACHE,
            persist_result=True,
            cache_result_in_memory=False,
            retries=1,
            retry_condition_fn=_may_pass,
            on_running=[] if in_parts else [_tell_begin],
            on_completion=[] if in_parts else [_tell_end],
        )

    return made


def was_cached(future: PrefectFuture[Any]) -> bool:
    """Whether the result of a finished run was found, not made."""
    return future.state.name == "Cached"


def workers(number: int) -> TaskRunner[PrefectFuture[Any]]:
    """Runs as many stages of a flow at the same time; Prefect's own default has no limit."""
    return cast(TaskRunner[PrefectFuture[Any]], ThreadPoolTaskRunner(max_workers=number))


def _performing(function: Callable[P, R]) -> Callable[P, R]:
    """The function, refusing what the cache could not tell apart or write down: Prefect would run it uncached."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def perform(*args: P.args, **kwargs: P.kwargs) -> R:
        fingerprint(_asked(signature.bind(*args, **kwargs).arguments))
        result = function(*args, **kwargs)
        to_json(result)
        return result

    return perform


def _asked(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name != "rig"}


def _rig(arguments: Mapping[str, Any]) -> StageRig:
    rig = arguments["rig"]
    return rig.unwrap() if isinstance(rig, (unmapped, opaque)) else rig


def _sealed(value: Any) -> Any:
    """Spare Prefect its walk into nouns, which hold no futures: twice a run, thousands of steps for a long script."""
    return value if isinstance(value, (list, tuple, dict)) else opaque(value)


def _may_pass(task: Task[..., Any], run: TaskRun, state: State) -> bool:
    return isinstance(state.data, PASSING)


def _tell_begin(task: Task[..., Any], run: TaskRun, state: State) -> None:
    if context := TaskRunContext.get():
        _rig(context.parameters).progress.begin(task.name, 0.0)


def _tell_end(task: Task[..., Any], run: TaskRun, state: State) -> None:
    if context := TaskRunContext.get():
        _rig(context.parameters).progress.end(task.name, cached=state.name == "Cached")
