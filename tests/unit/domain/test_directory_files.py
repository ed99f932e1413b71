from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.directory_files import Fault, plan_import, read_directory
from bot.domain.people import DirectoryEntry
from bot.errors import ColumnsMissing, FileTooLarge, ImportRefused, NoLines, NotText
from bot.locales import Texts
from playground.company import directory_csv, sample_company
from tests.builders import a_directory_entry

HEADERS = "E-mail,Name,Manager's e-mail\n"


def entries(text: str) -> dict[str, DirectoryEntry]:
    return dict(read_directory(text.encode()).entries)


def faults(text: str, known: list[DirectoryEntry] | None = None) -> dict[int, Fault]:
    plan = plan_import(read_directory((HEADERS + text).encode()), known or [])
    return {rejected.line: rejected.fault for rejected in plan.rejected}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_an_export_reads_the_same_in_every_encoding_and_with_every_separator(delimiter: str, encoding: str) -> None:
    company = sample_company(80)
    file = read_directory(directory_csv(company, delimiter, encoding))
    plan = plan_import(file, [])
    assert not plan.rejected
    assert {entry.name for entry in plan.added} == {one.real_name for one in company.members if not one.guest}


@pytest.mark.parametrize(
    "headers",
    [
        "E-mail,Name,Manager's e-mail",
        "EMAIL,FULL NAME,MANAGER_EMAIL",
        "workEmail,employeeName,managerEmail",
        "Adresse e-mail,Nom complet,E-mail du responsable",
        "Courriel professionnel,Collaborateur,Courriel du N+1",
        "adresse électronique,nom et prénom,supérieur hiérarchique",
        "\ufeffMél,Salarié,Responsable hiérarchique",
    ],
)
def test_headers_are_known_in_both_languages_whatever_their_case_and_accents(headers: str) -> None:
    assert entries(f"{headers}\nana@x.fr,Ana,lea@x.fr\n")["ana@x.fr"].manager_email == "lea@x.fr"


def test_columns_come_in_any_order_and_others_are_passed_over() -> None:
    headers = "Matricule;Prénom;Nom;Manager;Pays/Région;Groupes;E-mail;RRH"
    assert entries(f"{headers}\n7;Léa;Martin;;FR-57;Comex, Sponsors;LEA@X.fr;rh@x.fr\n")["lea@x.fr"] == DirectoryEntry(
        email="lea@x.fr",
        name="Léa Martin",
        country="FR",
        region="57",
        groups=frozenset({"Comex", "Sponsors"}),
        hr_partner_email="rh@x.fr",
    )


@pytest.mark.parametrize(
    ("written", "country"), [("fr", "FR"), ("France", "FR"), ("Allemagne", "DE"), ("UK", "GB"), ("Etats-Unis", "US")]
)
def test_a_country_is_a_code_or_a_name(written: str, country: str) -> None:
    assert entries(f"Country,{HEADERS}{written},a@x.fr,A,\n")["a@x.fr"].country == country


def test_a_spreadsheets_own_separator_line_and_blank_lines_are_passed_over() -> None:
    assert set(entries("sep=;\n\nE-mail;Nom;Manager\n\na@x.fr;A;\n;;\n\n")) == {"a@x.fr"}


def test_a_cell_may_hold_a_line_break_or_the_separator_between_quotes() -> None:
    found = entries(HEADERS + 'a@x.fr,"Silva,\nAna",\nb@x.fr,B,a@x.fr\n')
    assert found["a@x.fr"].name == "Silva, Ana"
    assert set(found) == {"a@x.fr", "b@x.fr"}


def test_a_quote_nobody_closed_costs_one_line() -> None:
    assert faults('a@x.fr,"A,\n' + "".join(f"b{n}@x.fr,B,\n" for n in range(30))) == {2: Fault.UNREADABLE}


def test_every_wrong_line_is_rejected_with_its_number_and_its_reason() -> None:
    text = (
        "top@x.fr,Top,\n"
        "ana@x.fr,Ana,top@x.fr\n"
        "nobody,Nobody,top@x.fr\n"
        ",Unnamed,top@x.fr\n"
        "ANA@x.fr,Ana again,top@x.fr\n"
        "self@x.fr,Self,self@x.fr\n"
        "lost@x.fr,Lost,gone@x.fr\n"
        "below@x.fr,Below,lost@x.fr\n"
        "one@x.fr,One,two@x.fr\n"
        "two@x.fr,Two,one@x.fr\n"
        "named@x.fr,Named,Mrs Top\n"
        "wide@x.fr,Wide,top@x.fr,more\n"
    )
    assert faults(text) == {
        4: Fault.BAD_EMAIL,
        5: Fault.NO_EMAIL,
        6: Fault.DUPLICATE_EMAIL,
        7: Fault.OWN_MANAGER,
        8: Fault.UNKNOWN_MANAGER,
        9: Fault.MANAGER_REJECTED,
        10: Fault.CYCLE,
        11: Fault.CYCLE,
        12: Fault.BAD_MANAGER,
        13: Fault.UNREADABLE,
    }


def test_a_plan_tells_who_is_added_changed_as_before_and_gone() -> None:
    known = [
        a_directory_entry("same", department=None, team=None, site=None, country=None, grade=None, groups=frozenset()),
        a_directory_entry("moved"),
        a_directory_entry("gone"),
    ]
    text = f"{HEADERS}same@example.com,Same,\nmoved@example.com,Moved,\nnew@example.com,New,moved@example.com\n"
    plan = plan_import(read_directory(text.encode()), known)
    assert [entry.email for entry in plan.added] == ["new@example.com"]
    assert [entry.email for entry in plan.changed] == ["moved@example.com"]
    assert plan.unchanged == 1
    assert [entry.email for entry in plan.left] == ["gone@example.com"]


def test_somebody_whose_line_is_rejected_keeps_their_entry_and_their_reports() -> None:
    known = [a_directory_entry("boss"), a_directory_entry("top")]
    text = "top@example.com,Top,\nboss@example.com,Boss,nobody@example.com\nana@example.com,Ana,boss@example.com\n"
    plan = plan_import(read_directory((HEADERS + text).encode()), known)
    assert [(rejected.line, rejected.fault) for rejected in plan.rejected] == [(3, Fault.UNKNOWN_MANAGER)]
    assert [entry.email for entry in plan.added] == ["ana@example.com"]
    assert plan.left == ()


def test_an_old_entry_that_comes_back_cannot_close_a_circle() -> None:
    known = [a_directory_entry("a", manager_email="b@example.com"), a_directory_entry("b")]
    text = "a@example.com,A,nobody@example.com\nb@example.com,B,a@example.com\n"
    assert faults(text, known) == {2: Fault.UNKNOWN_MANAGER, 3: Fault.CYCLE}


def test_somebody_on_a_line_that_is_too_long_does_not_pass_for_gone() -> None:
    text = f"{HEADERS}a@example.com,{'A' * 300},\n"
    assert plan_import(read_directory(text.encode()), [a_directory_entry("a")]).left == ()


def test_what_cannot_be_seen_is_not_kept() -> None:
    assert entries(HEADERS + "a@x.fr,A\u202ena\u200b,\n")["a@x.fr"].name == "Ana"


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", NoLines),
        (b"\n\n", NoLines),
        (HEADERS.encode(), NoLines),
        (b"Name,Team\nAna,Claims\n", ColumnsMissing),
        (b"PK\x03\x04" + bytes(50), NotText),
        (b"E-mail,Name\x00", NotText),
        (b"\xff\xfeabc", NotText),
        (b"x" * 200_000, NotText),
        (b"x" * 20_000_001, FileTooLarge),
    ],
)
def test_a_file_that_is_no_directory_is_refused(content: bytes, refusal: type[ImportRefused]) -> None:
    with pytest.raises(refusal):
        read_directory(content)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_they_are_read_or_refused(content: bytes) -> None:
    for start in (b"", HEADERS.encode()):
        try:
            plan_import(read_directory(start + content), [])
        except ImportRefused:
            continue


@pytest.mark.parametrize("line", ["x@x.fr,X,y{}@x.fr", "p{}@x.fr,P,p{}@x.fr", 'q{}@x.fr,"Q,'])
def test_ten_thousand_wrong_lines_are_judged_within_seconds(line: str) -> None:
    text = HEADERS + "\n".join(line.format(number, number + 1) for number in range(10_000))
    started = time.perf_counter()
    plan_import(read_directory(text.encode()), [])
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("language", "named"), [("en", ": e-mail, name, manager."), ("fr", "\xa0: e-mail, nom, responsable.")]
)
def test_missing_columns_are_named_as_the_reader_may_write_them(language: str, named: str) -> None:
    with pytest.raises(ColumnsMissing) as refused:
        read_directory(b"Team,Site\nClaims,Paris\n")
    sentence = Texts(language, "Europe/Paris")(refused.value.sentence, **refused.value.params)
    assert named in sentence
    headers = named.strip("\xa0: .")
    assert entries(f"{headers}\na@x.fr,Ana,\n")
