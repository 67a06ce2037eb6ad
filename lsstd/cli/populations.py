"""Populations as commands take them: from one file or many, computed here or on a Dask cluster, with a progress bar."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsstd.cli.options import option
from lsstd.cli.output import progress
from lsstd.errors import LsstdError, Problem
from lsstd.words import msg, same

if TYPE_CHECKING:
    from lsstd.population.partitions import AnyPopulation
    from lsstd.population.population import Population
    from lsstd.standard.standard import Standard

WHOM = msg("population: CSV, Excel, Parquet, folder or pattern")
_HELP = msg("compute with Dask: at this address, else locally")
DASK = option("--dask [ADDRESS]", _HELP, str, is_flag=False, flag_value="")
_PATIENCE = 5  # seconds to wait for a cluster to answer


@contextmanager
def opened_population(
    paths: Path | Sequence[Path], standard: Standard, dask: str | None = None
) -> Iterator[AnyPopulation]:
    """Yield a population, in parts where it is in several files or too large; its parts go to Dask if asked for."""
    from lsstd.population.partitions import Partitions, open_population

    sources = [paths] if isinstance(paths, Path) else list(paths)
    with ExitStack() as open_:
        executor = open_.enter_context(dask_executor(dask))
        people = open_population(sources[0] if len(sources) == 1 else sources, standard, executor=executor)
        if isinstance(people, Partitions) and len(people.parts) > 1:
            people = dataclasses.replace(people, on_part=open_.enter_context(progress()))
        yield people


def whole_population(path: Path, standard: Standard) -> Population:
    """Return a population for what cannot be computed in parts; raise `LsstdError` if it is in several files."""
    from lsstd.population.partitions import in_memory, open_population

    return in_memory(open_population(path, standard), str(path))


@contextmanager
def dask_executor(address: str | None) -> Iterator[Any]:
    """Yield an executor of the Dask cluster at an address; of one that is started here, where that is blank.

    Without any address yield None. Raises `LsstdError`: Dask is not installed, or there is no cluster at the address.
    """
    if address is None:
        yield None
        return
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        found = Problem("--dask", msg("distributed is not installed"), msg("pip install 'lsstd[dask]'"))
        raise LsstdError(msg("Dask is missing"), [found]) from None
    from lsstd.workers import deaf_to_interrupts, executor_of

    for handler in logging.getLogger("distributed").handlers:
        handler.setLevel(logging.CRITICAL)  # interrupted, its threads would tell of closed connections at the end
    with ExitStack() as open_:
        if not address:
            quiet: dict[str, Any] = {"dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
            with deaf_to_interrupts():  # what is in work is waited for, not killed with this process
                address = open_.enter_context(LocalCluster(threads_per_worker=1, host="127.0.0.1", **quiet))
        try:
            client = open_.enter_context(Client(address, timeout=_PATIENCE))
        except (OSError, TimeoutError, ValueError):
            expected = msg("the address of a running scheduler, such as tcp://127.0.0.1:8786")
            problem = Problem("--dask", same(address), expected)
            raise LsstdError(msg("no Dask cluster could be reached"), [problem]) from None
        yield executor_of(client)
