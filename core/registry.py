"""Registries: what there is of a kind, by name, each entered in a file of its own and found by listing its package.

No list is kept by hand and no order of imports matters: every entry says its own place.
"""

import importlib
import pkgutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, Protocol, TypeVar


class RegistrationError(ValueError):
    """An entry breaks a rule; the message says in a sentence which one and what to do."""


class Entry(Protocol):
    """What can be registered. order: its place in every list, which no other entry has."""

    @property
    def name(self) -> str: ...

    @property
    def order(self) -> int: ...


E = TypeVar("E", bound=Entry)


class Registry(Mapping[str, E], Generic[E]):
    """Entries by name, in their order.

    noun: what one entry is called in a sentence. package: dotted name of the package whose modules register entries;
    it is listed when an entry is first asked for. problems: sentences on what is wrong with an entry, none if all is
    well; cheap, for they are looked for at every start.
    """

    def __init__(self, noun: str, package: str, problems: Callable[[E], Iterable[str]] = lambda entry: ()) -> None:
        self.noun, self.package, self._problems = noun, package, problems
        self._entries: dict[str, E] = {}
        self._listed = False
        self._listing = threading.RLock()

    def add(self, entry: E) -> E:
        """Enter it and hand it back; RegistrationError where its name is taken or it breaks a rule."""
        if entry.name in self._entries:
            raise RegistrationError(f"Two of the kind {self.noun} are called {entry.name!r}; give one another name.")
        problems = list(self._problems(entry))
        if problems:
            raise RegistrationError(f"The {self.noun} {entry.name!r} cannot be registered. {' '.join(problems)}")
        self._entries[entry.name] = entry
        if self._listed:
            self._check_orders()
        return entry

    def __getitem__(self, name: str) -> E:
        self._list()
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        self._list()
        return iter(sorted(self._entries, key=lambda name: self._entries[name].order))

    def __len__(self) -> int:
        self._list()
        return len(self._entries)

    def _list(self) -> None:
        """Import every module of the package, once; a module that fails leaves no half of itself behind."""
        if self._listed:
            return
        with self._listing:
            package = importlib.import_module(self.package)
            for module in sorted(module.name for module in pkgutil.iter_modules(package.__path__)):
                before = dict(self._entries)
                try:
                    importlib.import_module(f"{self.package}.{module}")
                except BaseException:
                    self._entries = before
                    raise
            self._check_orders()
            self._listed = True

    def _check_orders(self) -> None:
        taken: dict[int, str] = {}
        for name, entry in self._entries.items():
            if entry.order in taken:
                raise RegistrationError(
                    f"The {self.noun} {name!r} has the order {entry.order}, which {taken[entry.order]!r} has; "
                    f"the next that is free is {max(one.order for one in self._entries.values()) + 1}."
                )
            taken[entry.order] = name
