"""Every page a crawl reaches, per role, in both languages, 360 px wide: no serious violation, nothing cut off, nothing refused
by the content security policy."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from lakmus.portal.visit import LANGUAGE, SESSION
from tests.portal.world import World

pytestmark = pytest.mark.browser
ROLES = [None, "registrar", "data-custodian", "administrator", "auditor", "developer"]
NO_PAGES = ("/data/", "/fhir", "/static", "/sign-in/oidc", "/metrics")
AT_LEAST = {None: 5, "registrar": 10, "data-custodian": 9, "administrator": 12, "auditor": 8, "developer": 6}


def opened(chromium: Browser, world: World, address: str, role: str | None, locale: str) -> BrowserContext:
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    cookies = {LANGUAGE: locale} | ({SESSION: world.session(role)} if role else {})
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
    return context


def links(page: Page) -> set[str]:
    """Paths of our own pages that this one links to; queries are views of the same page."""
    found = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    ours = {urlsplit(link).path for link in found if urlsplit(link).netloc == urlsplit(page.url).netloc}
    return {path for path in ours if not path.startswith(NO_PAGES)}


def faults(page: Page, axe: str) -> list[str]:
    """What is wrong with the page as it stands; without `axe`, whether it is cut off."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    return (violations(page, axe) if axe else []) + ([f"{wide} px wide"] if wide > 360 else [])


def violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate(
        "() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [
        f"{fault['id']}: {fault['nodes'][0]['html'][:160]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("locale", ["en", "ru"])
@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role(
    chromium: Browser, axe: str, world: World, address: str, role: str | None, locale: str
) -> None:
    # Structure and colours are those of the English pages: in Russian axe is asked of the public ones only, others are measured.
    rules = axe if locale == "en" or role is None else ""
    context = opened(chromium, world, address, role, locale)
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    waiting, seen, wrong = {"/", "/sign-in"}, set[str](), list[str]()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        answer = page.goto(address + path)
        assert answer is not None
        assert answer.status == 200, f"{path} gave {answer.status}"
        assert page.get_attribute("html", "lang") == locale
        wrong += [f"{path}: {fault}" for fault in faults(page, rules)]
        waiting |= links(page) - seen
    context.close()
    assert not wrong, "\n".join(wrong)
    assert not said
    assert len(seen) >= AT_LEAST[role]
