"""The accelerators that are known by name: their figures, and in which numbers they can be had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from airectl.core.replica.profile import Accelerator
from airectl.core.sizing import Packing
from airectl.errors import UsageError

_GIGA = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of accelerator. `chip` are the figures of one."""

    name: str
    title: str
    chip: Accelerator
    node: int = 1
    slices: tuple[int, ...] = ()
    single_host: int = 0

    def packing(self, per_replica: int, node: int | None = None) -> Packing:
        """How `per_replica` of them are had; `node` is how many a machine has, where it is not the usual one."""
        if self.slices and node is None:
            return Packing(per_replica=per_replica, slices=self.slices, single_host=self.single_host)
        return Packing(per_replica=per_replica, node=self.node if node is None else node)


@cache
def known() -> Mapping[str, Kind]:
    """Every kind by its name, in the order of the file."""
    import yaml

    text = files("airectl").joinpath("data", "accelerators.yaml").read_text("utf-8")
    return {name: _kind(name, each) for name, each in yaml.safe_load(text).items()}


def _kind(name: str, each: Mapping[str, object]) -> Kind:
    def number(key: str) -> float:
        return float(str(each[key]))

    slices = each.get("slices", ())
    return Kind(
        name=name,
        title=str(each["title"]),
        chip=Accelerator(
            name=str(each["title"]),
            kind=str(each["kind"]),
            count=1,
            memory_bytes=number("memory_gb") * _GIGA,
            bandwidth_bytes_per_s=number("bandwidth_gb_per_s") * _GIGA,
            flops_per_s=number("tflops") * 1e12,
            power_w=number("power_w"),
            source=str(each["source"]),
        ),
        node=int(str(each.get("node", 1))),
        slices=tuple(map(int, slices)) if isinstance(slices, list) else (),
        single_host=int(str(each.get("single_host", 0))),
    )


def named(name: str, said: str = "--accelerator") -> Kind:
    """The kind of that name, upper and lower case alike. Raises UsageError for one that is not known."""
    found = known().get(name.casefold())
    if found is None:
        near = get_close_matches(name.casefold(), known(), 1, 0.5)
        help = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known())}"
        raise UsageError(f"{said}: no accelerator is called `{name}`", help=help)
    return found
