"""What a synthetic region is: its clinics, its practice, what is planted in it. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from lakmus.core.errors import InputError
from lakmus.core.identifiers import check_site

LOCALES = ("ru", "en")
DISTRICTS = 12
ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD10_RU = "urn:oid:1.2.643.5.1.13.13.11.1005"


@dataclass(frozen=True)
class Clinic:
    """One clinic: a sending site with habits that its records show.

    `share` is its weight among the region's households; `age_tilt` shifts its households to older (positive) heads;
    `quality` is added, times a practice's spread, to the log-odds of doing what the guideline says; `rounding` is the
    step (mmHg) to which its blood pressures are rounded; `completeness` is the share of measurements it records.
    """

    site: str
    title: str
    locale: str = "en"
    share: float = 1.0
    age_tilt: float = 0.0
    quality: float = 0.0
    rounding: int = 1
    completeness: float = 0.95
    glucose_unit: str = "mmol/L"
    icd_system: str = ICD10
    utc_offset: int = 180

    def __post_init__(self) -> None:
        check_site(self.site)
        if self.locale not in LOCALES:
            raise InputError(f"{self.locale!r} is no locale of the synthetic region", hint="use ru or en")
        if self.glucose_unit not in ("mmol/L", "mg/dL"):
            raise InputError("a clinic's glucose_unit is mmol/L or mg/dL")
        if self.share <= 0 or not 0 < self.completeness <= 1 or self.rounding < 1:
            raise InputError(
                "a clinic has a share above 0, a completeness in (0, 1] and a rounding of at least 1"
            )


@dataclass(frozen=True)
class Practice:
    """How often clinics do what a rule asks: `mean` probability, `spread` of its log-odds per unit of quality.

    Practice may change: from the day `since` on, the mean is `later`.
    """

    rule: str
    mean: float
    spread: float = 0.5
    since: date | None = None
    later: float | None = None

    def __post_init__(self) -> None:
        if not all(0 < mean < 1 for mean in (self.mean, self.later) if mean is not None):
            raise InputError("a practice's mean is a probability between 0 and 1")
        if (self.since is None) != (self.later is None):
            raise InputError("a practice that changes has both `since` and `later`")

    def probability(self, clinic: Clinic, changed: bool = False) -> float:
        """The planted probability of this clinic, before or after the change."""
        mean = self.later if changed and self.later is not None else self.mean
        odds = np.log(mean / (1 - mean)) + self.spread * clinic.quality
        return float(1 / (1 + np.exp(-odds)))


@dataclass(frozen=True)
class Outbreak:
    """A planted cluster: in one district, from `start` for `days`, this share of its people fall ill."""

    name: str
    disease: str
    district: int
    start: date
    days: int
    attack_rate: float

    def __post_init__(self) -> None:
        if not (0 <= self.district < DISTRICTS and self.days >= 1 and 0 < self.attack_rate <= 1):
            raise InputError(
                f"an outbreak has a district below {DISTRICTS}, at least one day and an attack rate in (0, 1]"
            )


@dataclass(frozen=True)
class Faults:
    """Shares of records made invalid (each of a named kind) and made implausible though valid."""

    invalid: float = 0.0
    implausible: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.invalid <= 0.5 and 0 <= self.implausible <= 0.5):
            raise InputError("a share of planted faults lies between 0 and 0.5")


def usual_clinics() -> tuple[Clinic, ...]:
    """Six clinics that differ in language, size, age, coding, units, rounding and quality."""
    return (
        Clinic("city-1", "Городская поликлиника № 1", "ru", 3.0, 0.0, 0.6, 1, 0.98, icd_system=ICD10_RU),
        Clinic("city-2", "Городская поликлиника № 2", "ru", 2.5, 0.3, -0.4, 10, 0.90, icd_system=ICD10_RU),
        Clinic("district-3", "Районная больница № 3", "ru", 1.5, 0.5, -1.2, 5, 0.80, utc_offset=240),
        Clinic("riverside", "Riverside Family Practice", "en", 2.0, -0.4, 1.0, 1, 0.97),
        Clinic("hillview", "Hillview Medical Centre", "en", 1.5, 0.2, 0.0, 2, 0.93, "mg/dL"),
        Clinic(
            "regional", "Областная клиническая больница", "ru", 1.0, 0.8, 1.3, 1, 0.99, icd_system=ICD10_RU
        ),
    )


def usual_outbreaks() -> tuple[Outbreak, ...]:
    """Three clusters, each in one district and within few weeks."""
    return (
        Outbreak("measles-2024", "measles", 2, date(2024, 2, 12), 42, 0.02),
        Outbreak("salmonella-2023", "salmonellosis", 5, date(2023, 7, 10), 10, 0.03),
        Outbreak("influenza-2025", "influenza", 8, date(2025, 1, 13), 28, 0.12),
    )


@dataclass(frozen=True)
class Region:
    """A synthetic region. The same value gives the same bytes, whatever number of processes writes it.

    `start` and `end` bound what is recorded; conditions may have begun before. `linked` is the share of persons who
    also have a record at a second site, with the same national number and another id. `practices` override the usual
    ones rule by rule. `mixed` is the share of households whose language is not their clinic's.
    """

    patients: int
    seed: int = 1
    start: date = date(2021, 1, 1)
    end: date = date(2025, 12, 31)
    clinics: tuple[Clinic, ...] = field(default_factory=usual_clinics)
    practices: tuple[Practice, ...] = ()
    outbreaks: tuple[Outbreak, ...] = field(default_factory=usual_outbreaks)
    faults: Faults = Faults()
    linked: float = 0.03
    mixed: float = 0.1
    block: int = 4000

    def __post_init__(self) -> None:
        if not 1 <= self.patients <= 90_000_000:
            raise InputError("a region has between 1 and 90,000,000 patients")
        if self.seed < 0 or self.block < 1:
            raise InputError("a region's seed is at least 0 and its block at least 1")
        if (self.end - self.start).days < 180 or not 1950 <= self.start.year <= self.end.year <= 2090:
            raise InputError("a region records at least 180 days between the years 1950 and 2090")
        if not self.clinics or len({c.site for c in self.clinics}) != len(self.clinics):
            raise InputError("a region has at least one clinic, and every clinic a site of its own")
        if not (0 <= self.linked <= 1 and 0 <= self.mixed <= 1):
            raise InputError("shares lie between 0 and 1")

    @property
    def blocks(self) -> int:
        return -(-self.patients // self.block)

    def block_size(self, block: int) -> int:
        return min(self.block, self.patients - block * self.block)

    def generator(self, block: int, stage: str) -> np.random.Generator:
        """A stream of its own for every block and stage: changing one stage leaves the others' numbers alone."""
        return np.random.default_rng([self.seed, block, *stage.encode()])


def varied_clinics(
    number: int, rng: np.random.Generator, median_odds_ratio: float = 1.6
) -> tuple[Clinic, ...]:
    """`number` clinics of drawn habits, their quality spread so that a practice of spread 1 has this median odds ratio.

    Median odds ratio = exp(sqrt(2) * 0.6745 * sd) for normal log-odds of that sd (Merlo et al. 2006).
    """
    sd = np.log(median_odds_ratio) / (np.sqrt(2) * 0.674489750196)
    quality, tilt = rng.normal(0, sd, number), rng.normal(0, 0.3, number)
    return tuple(
        Clinic(
            site=f"clinic-{i + 1:03d}",
            title=f"Поликлиника № {i + 1}" if i % 2 else f"Clinic {i + 1}",
            locale=LOCALES[1 - i % 2],
            share=float(rng.uniform(0.5, 2)),
            age_tilt=float(tilt[i]),
            quality=float(quality[i]),
            rounding=int(rng.choice([1, 2, 5, 10])),
            completeness=float(rng.uniform(0.8, 1)),
            icd_system=ICD10_RU if i % 2 else ICD10,
        )
        for i in range(number)
    )
