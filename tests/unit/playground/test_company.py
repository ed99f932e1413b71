"""The sample company is the same every time, and has the shape the programme's rules need to be tried on."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from zoneinfo import ZoneInfo

import holidays
import pytest

from playground.company import (
    EXECUTIVE_COMMITTEE,
    Company,
    directory_csv,
    sample_company,
)


@pytest.fixture(scope="module")
def company() -> Company:
    return sample_company()


def test_the_same_seed_gives_the_same_people_and_another_seed_others(
    company: Company,
) -> None:
    assert sample_company(seed=1) == company
    assert {m.user_id for m in sample_company(seed=2).members}.isdisjoint(m.user_id for m in company.members)


@pytest.mark.parametrize("size", [60, 150, 600, 5_000])
def test_a_company_has_exactly_the_people_asked_for_and_nobody_twice(size: int) -> None:
    members = sample_company(size).members
    assert len(members) == size
    for key in ("user_id", "email", "username", "real_name"):
        assert len({getattr(member, key) for member in members}) == size, key


@pytest.mark.parametrize("size", [59, 5_001])
def test_a_size_the_company_cannot_have_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=r"60 to 5000 people"):
        sample_company(size)


def test_ids_look_like_slacks_and_addresses_can_receive_no_mail(
    company: Company,
) -> None:
    for member in company.members:
        assert re.fullmatch(r"U[0-9A-Z]{10}", member.user_id)
        assert re.fullmatch(r"[a-z.-]+@(students\.)?belvarin\.example", member.email)


def test_the_reporting_line_has_four_levels_under_one_chief_executive(
    company: Company,
) -> None:
    depths = Counter(1 + len(list(company.reporting_line(m))) for m in company.members if not m.guest)
    assert set(depths) == {1, 2, 3, 4}
    assert (depths[1], depths[2]) == (1, 11)


def test_the_executive_committee_is_twelve_people(company: Company) -> None:
    assert sum(EXECUTIVE_COMMITTEE in m.groups for m in company.members) == 12


def test_guests_are_students_in_nobodys_reporting_line(company: Company) -> None:
    guests = [m for m in company.members if m.guest]
    assert len(guests) == 12
    assert all(not m.manager_email and not m.hr_partner_email and m.age < 25 for m in guests)
    assert {m.manager_email for m in company.members}.isdisjoint(m.email for m in guests)


def test_people_share_a_reporting_line_with_those_above_and_below_and_not_with_colleagues(
    company: Company,
) -> None:
    ana = company.played_by("mentor")
    manager, executive, chief = company.reporting_line(ana)
    colleague = next(m for m in company.members if m.manager_email == manager.email and m is not ana)
    assert company.share_a_reporting_line(ana, chief)
    assert company.share_a_reporting_line(executive, ana)
    assert not company.share_a_reporting_line(ana, colleague)


def test_every_site_has_a_time_zone_and_public_holidays_of_its_own_region(
    company: Company,
) -> None:
    for place in {(m.tz, m.country, m.region) for m in company.members}:
        tz, country, region = place
        assert ZoneInfo(tz).key == tz
        assert holidays.country_holidays(country, subdiv=region or None, years=2026)
    assert {"FR-6AE", "FR-57", "GB-ENG", "CA-QC", "SG-"} <= {f"{m.country}-{m.region}" for m in company.members}


def test_french_and_english_are_both_spoken(company: Company) -> None:
    locales = Counter(m.locale for m in company.members)
    assert set(locales) == {"fr-FR", "en-GB", "en-US"}
    assert locales["fr-FR"] > 100
    assert locales["en-GB"] + locales["en-US"] > 100


def test_there_are_enough_juniors_to_mentor_and_seniors_to_learn(
    company: Company,
) -> None:
    assert sum(m.age < 30 for m in company.members) > 120
    assert sum(m.age >= 40 for m in company.members) > 200


def test_nobody_is_their_own_hr_partner_and_every_partner_is_in_human_resources(
    company: Company,
) -> None:
    for member in company.members:
        if not member.guest:
            assert member.hr_partner_email != member.email
            assert company.member(member.hr_partner_email).department == "Ressources humaines"


def test_the_people_a_guide_names_are_fit_for_their_part(company: Company) -> None:
    parts = {part: company.played_by(part) for part in company.cast}
    assert parts["lead"].real_name == "Claire Delmas"
    assert parts["mentor"].age < 30
    assert parts["mentee"].locale == "fr-FR"
    assert parts["english mentee"].locale == "en-GB"
    assert parts["student"].guest
    for senior in ("mentee", "english mentee"):
        assert not company.share_a_reporting_line(parts["mentor"], parts[senior])


def test_channel_members_exist_and_one_channel_has_the_app(company: Company) -> None:
    ids = {m.user_id for m in company.members}
    assert all(set(channel.members) <= ids for channel in company.channels)
    assert [channel.name for channel in company.channels if channel.app_member] == ["reverse-mentoring"]


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8-sig"), (",", "utf-8"), ("\t", "cp1252")])
def test_the_directory_export_holds_every_employee_with_french_headers(
    company: Company, delimiter: str, encoding: str
) -> None:
    text = directory_csv(company, delimiter=delimiter, encoding=encoding).decode(encoding)
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    employees = [m for m in company.members if not m.guest]
    assert [row["Adresse e-mail"] for row in rows] == [m.email for m in employees]
    assert rows[0]["E-mail du responsable"] == ""
    assert {row["Pays/Région"] for row in rows} >= {
        "FR",
        "FR-6AE",
        "FR-57",
        "GB-ENG",
        "IE",
    }
    assert sum(row["Groupes"] == EXECUTIVE_COMMITTEE for row in rows) == 12
