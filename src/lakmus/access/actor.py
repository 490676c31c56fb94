"""Who asks and what about: an actor holds grants, a resource says where it belongs, a filter says which resources."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from lakmus.ops import Account, Grant, Site

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True)
class Actor:
    """Somebody or something that asks. `id` is opaque and goes into the audit log; no name, no address."""

    id: str
    grants: tuple[Grant, ...] = ()

    @classmethod
    def visitor(cls) -> Actor:
        """Anybody who has not signed in."""
        return cls("visitor")

    @classmethod
    def of(cls, account: Account) -> Actor:
        """A person signed in; an account that is closed has no role left."""
        return cls(account.id, (Grant("account"), *account.grants) if account.active else ())

    @classmethod
    def site(cls, site: Site) -> Actor:
        """A site's own system, known by its token."""
        return cls(f"site-{site.code}", (Grant("site", site.code),) if site.active else ())

    @classmethod
    def operator(cls, login: str) -> Actor:
        """Whoever runs a command on the server; `login` is the operating system's user name."""
        return cls(f"operator-{login if _NAME.fullmatch(login) else 'unknown'}", (Grant("operator"),))

    @property
    def all_grants(self) -> tuple[Grant, ...]:
        """Everybody is a visitor too."""
        return (Grant("visitor"), *self.grants)

    @property
    def is_visitor(self) -> bool:
        return not self.grants


@dataclass(frozen=True)
class Resource:
    """Where a thing belongs: the site that sent it, the person it is about (the lake's number), the actor who began it."""

    site: str | None = None
    person: int | None = None
    owner: str | None = None


@dataclass(frozen=True)
class Filter:
    """Which resources: all of them, or those of any of these sites, persons or owners. Empty is none."""

    everything: bool = False
    sites: frozenset[str] = frozenset()
    persons: frozenset[int] = frozenset()
    owners: frozenset[str] = field(default=frozenset())

    def __bool__(self) -> bool:
        return self.everything or bool(self.sites or self.persons or self.owners)

    def __or__(self, other: Filter) -> Filter:
        return Filter(
            self.everything or other.everything,
            self.sites | other.sites,
            self.persons | other.persons,
            self.owners | other.owners,
        )

    def admits(self, resource: Resource) -> bool:
        """Whether the resource is among them; what does not say where it belongs is only among all."""
        return (
            self.everything
            or resource.site in self.sites
            or resource.person in self.persons
            or resource.owner in self.owners
        )

    def keep(self, sites: Iterable[str]) -> list[str]:
        """Those of the given sites that are among them, in their order."""
        return [site for site in sites if self.admits(Resource(site=site))]

    def sql(self, *, site: str = "lk_site", person: str = "lk_person") -> tuple[str, list[str | int]]:
        """The filter as a condition over the lake's columns, and its parameters; `FALSE` when it admits no record."""
        if self.everything:
            return "TRUE", []
        parts, values = [], list[str | int]()
        for column, members in ((site, sorted(self.sites)), (person, sorted(self.persons))):
            if members:
                parts.append(f"{column} IN ({', '.join('?' * len(members))})")
                values += members
        return f"({' OR '.join(parts)})" if parts else "FALSE", values
