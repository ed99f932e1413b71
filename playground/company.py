"""An invented company: the people of the local workspace.

Nobody here exists and the addresses cannot receive mail (RFC 2606 reserves `.example`). The same size and seed give
the same people, with the same ids, so that a rehearsal can be repeated and a test can name somebody.
"""

from __future__ import annotations

import csv
import hashlib
import io
import random
import string
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import cycle, islice
from types import MappingProxyType
from typing import NamedTuple

EXECUTIVE_COMMITTEE = "executive committee"
SMALLEST, LARGEST = 60, 5_000

_BASE36 = string.digits + string.ascii_uppercase
_DOMAIN = "belvarin.example"


def _words(text: str) -> list[str]:
    return text.split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody of the company, as Slack and the HR directory know them.

    `country` is an ISO 3166-1 code and `region` the subdivision whose public holidays apply ("" when the country's
    do). E-mails that do not apply are "": the chief executive has no manager, and a guest is in nobody's line.
    """

    user_id: str
    username: str
    real_name: str
    email: str
    title: str
    department: str
    team: str
    site: str
    country: str
    region: str
    locale: str
    tz: str
    manager_email: str
    grade: str
    age: int
    groups: tuple[str, ...] = ()
    hr_partner_email: str = ""
    guest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyChannel:
    """A channel that exists before the app comes; `members` are user ids."""

    channel_id: str
    name: str
    topic: str
    members: tuple[str, ...]
    app_member: bool = False


@dataclass(frozen=True, kw_only=True)
class Company:
    """People, channels, and the few people a guide can name: `cast` maps a part ("lead", "mentor"…) to a user id."""

    name: str
    members: tuple[Member, ...]
    channels: tuple[CompanyChannel, ...]
    cast: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def _by_key(self) -> dict[str, Member]:
        keys: dict[str, Member] = {}
        for member in self.members:
            keys |= {
                member.user_id: member,
                member.email: member,
                member.username: member,
            }
        return keys

    def member(self, key: str) -> Member:
        """Return the member with this user id, e-mail or username; KeyError when there is none."""
        return self._by_key[key]

    def played_by(self, part: str) -> Member:
        """Return who plays *part* of the cast."""
        return self.member(self.cast[part])

    def reporting_line(self, member: Member) -> Iterator[Member]:
        """Yield the manager of *member*, the manager's manager, and so on to the top."""
        while member.manager_email:
            member = self.member(member.manager_email)
            yield member

    def share_a_reporting_line(self, one: Member, other: Member) -> bool:
        """Whether one is anywhere above the other (having the same manager is not enough)."""
        return any(boss is other for boss in self.reporting_line(one)) or any(
            boss is one for boss in self.reporting_line(other)
        )


class _Site(NamedTuple):
    name: str
    country: str
    region: str
    tz: str
    weight: int
    locales: tuple[str, ...]


# Strasbourg and Metz keep the two extra public holidays of Alsace-Moselle; London and Montréal have their own.
_SITES = (
    _Site("Paris", "FR", "", "Europe/Paris", 26, ("fr-FR", "fr-FR", "fr-FR", "fr-FR", "en-US")),
    _Site("Lyon", "FR", "", "Europe/Paris", 13, ("fr-FR",)),
    _Site("Lille", "FR", "", "Europe/Paris", 8, ("fr-FR",)),
    _Site("Strasbourg", "FR", "6AE", "Europe/Paris", 7, ("fr-FR",)),
    _Site("Metz", "FR", "57", "Europe/Paris", 3, ("fr-FR",)),
    _Site("London", "GB", "ENG", "Europe/London", 20, ("en-GB", "en-GB", "en-GB", "en-GB", "fr-FR")),
    _Site("Dublin", "IE", "", "Europe/Dublin", 7, ("en-GB",)),
    _Site("Montréal", "CA", "QC", "America/Toronto", 9, ("fr-FR", "fr-FR", "en-US")),
    _Site("Singapore", "SG", "", "Asia/Singapore", 7, ("en-GB", "en-US")),
)
_SITE = {site.name: site for site in _SITES}

# Department: its teams, then what its people are called in French and in English.
_DEPARTMENTS = {
    "Distribution": (
        "Agences, Courtage, Grands comptes, Vente en ligne, Animation commerciale, Partenariats",
        ("Conseil commercial", "Sales adviser"),
    ),
    "Marketing": (
        "Réseaux sociaux, Marque, Offres, Données clients, Studio, Événements",
        ("Spécialiste marketing", "Marketing specialist"),
    ),
    "Relation client": (
        "Téléphone, Messagerie, Réclamations, Fidélité, Qualité, Espace client",
        ("Spécialiste relation client", "Customer care specialist"),
    ),
    "Sinistres": (
        "Auto, Habitation, Santé, Entreprises, Expertise, Recours",
        ("Gestionnaire de sinistres", "Claims handler"),
    ),
    "Souscription": (
        "Particuliers, Professionnels, Flottes, Collectivités, Agricole, Réassurance",
        ("Spécialiste souscription", "Underwriter"),
    ),
    "Actuariat": (
        "Tarification, Provisionnement, Modèles, Risques, Solvabilité, Études",
        ("Actuaire", "Actuary"),
    ),
    "Systèmes d'information": (
        "Poste de travail, Plateforme, Applications, Sécurité, Données, Assistance",
        ("Ingénierie logicielle", "Software engineer"),
    ),
    "Finance": (
        "Comptabilité, Contrôle de gestion, Trésorerie, Achats, Fiscalité, Placements",
        ("Analyste finance", "Financial analyst"),
    ),
    "Juridique": (
        "Contrats, Contentieux, Conformité, Données personnelles, Droit social, Gouvernance",
        ("Juriste", "Legal counsel"),
    ),
    "Ressources humaines": (
        "Talents, Partenaires RH, Paie, Recrutement, Formation, Relations sociales",
        ("Spécialiste RH", "HR specialist"),
    ),
    "International": (
        "Royaume-Uni, Irlande, Canada, Asie, Nouveaux marchés, Coordination",
        ("Responsable de pays", "Country officer"),
    ),
}
_HEAD_OFFICE = "Direction générale"
_HR_PARTNERS = "Partenaires RH"

_FRENCH_FIRST = _words(
    "Adèle Agnès Alexis Alice Amandine Anaïs Antoine Aurélie Baptiste Béatrice Bruno Camille Capucine Cédric "
    "Chloé Clément Coralie Damien Delphine Denis Éléonore Élise Émile Étienne Fabien Fanny Florian François "
    "Françoise Gaëlle Gérard Guillaume Hugo Inès Jean-Baptiste Jérôme Joséphine Julien Karine Laurène Léa Loïc "
    "Louise Lucie Maëlle Marc Marie-Claude Mathilde Maxime Mélanie Nadège Nicolas Noémie Océane Odile Pascal "
    "Pauline Quentin Raphaël Régine Rémi Romane Sabine Sébastien Solène Stéphane Sylvie Thibault Valentine "
    "Vincent Xavier Yann Yasmine Zoé"
)
_FRENCH_LAST = _words(
    "Abadie Aubry Bailly Baron Beaumont Bellanger Besson Blin Boulanger Bourdon Carlier Chauvin Chevallier Collet "
    "Coste D'Arcy Delattre Deschamps Diallo Dupuis Duquesne Escoffier Fabre Ferrand Fischer Fontaine Fournel "
    "Gaillard Germain Giraud Guérin Haddad Hébert Humbert Jacquet Joly Keller Klein Lacombe Langlois Leclercq "
    "Lefèvre Lemaître L'Hostis Mallet Marchand Maurin Mercier Meunier Millet Morvan Muller Nguyen Noël Ollivier "
    "Paquet Pelletier Perrot Picard Poirier Prévost Quéméner Renaudin Ribeiro Rousseau Saint-Martin Schmitt "
    "Tessier Traoré Vallet Vasseur Verdier Weber"
)
_ENGLISH_FIRST = _words(
    "Aaron Abigail Alistair Amelia Anita Beatrice Benjamin Bridget Callum Caroline Catherine Charlotte Ciara "
    "Colin Daniel Deborah Declan Dominic Eileen Eleanor Emma Fergus Fiona Frances Gareth Gemma George Grace "
    "Graham Hamish Hannah Harriet Imogen Isla Jack Jasmine Joanna Jonathan Kieran Laura Liam Lorna Lucy Martin "
    "Matthew Megan Niamh Nigel Oliver Orla Patrick Philippa Priya Rachel Rebecca Rory Rosalind Samuel Sarah "
    "Saoirse Sean Simon Sophie Stephen Tamsin Thomas Tom Victoria William Yusuf"
)
_ENGLISH_LAST = _words(
    "Adeyemi Ainsworth Ashby Atherton Bainbridge Barlow Beckett Bhatt Blackwood Brennan Byrne Carmichael Chaudhry "
    "Clarke Corrigan Crawford Dalton Doherty Drummond Ellison Fairclough Farrell Fitzgerald Gallagher Goodwin "
    "Greenwood Hadley Harrington Hartley Hughes Iqbal Jennings Kavanagh Kendrick Lockwood Macdonald McCarthy "
    "Merriman Murphy Nolan O'Brien O'Donnell Okafor Osborne Patel Pemberton Prescott Quinn Radcliffe Rahman "
    "Redmond Rutherford Sheridan Singh Stanhope Sutherland Thornton Tierney Underwood Vaughan Wainwright Walsh "
    "Wetherby Whelan Winslow Wright"
)
_OTHER_FIRST = _words(
    "Aisha Akira Ananya Arjun Ayumi Bao Boon Carmen Diego Elif Farah Giulia Hana Hassan Ingrid Ivo Jia-Hui Kai "
    "Kavita Kofi Lars Leila Lin Mei-Ling Meera Nadia Nikhil Omar Paolo Rafael Rania Ravi Rosa Shu-Fen Sofia Tariq "
    "Wei Yuki Zainab"
)
_OTHER_LAST = _words(
    "Abdullah Acharya Bianchi Chan Cheng Chua Costa Das Fernandes Goh Gupta Hakim Hashimoto Iyer Jansen Kapoor "
    "Kaur Khan Koh Lau Lim Menon Moreira Nair Ong Osman Pereira Rao Romero Santos Sato Silva Suleiman Tan Teo "
    "Wang Wong Yeo Yilmaz Zhang"
)
_NAMES = {
    "fr-FR": ((_FRENCH_FIRST, _FRENCH_LAST), (_OTHER_FIRST, _OTHER_LAST)),
    "en-GB": ((_ENGLISH_FIRST, _ENGLISH_LAST), (_OTHER_FIRST, _OTHER_LAST)),
    "en-US": ((_ENGLISH_FIRST, _ENGLISH_LAST), (_OTHER_FIRST, _OTHER_LAST)),
}

# Grade: youngest and oldest. P1 are the juniors, at ease with digital tools; P3 the most experienced who lead nobody.
_AGES = {"E": (47, 62), "M": (35, 60), "P3": (42, 62), "P2": (28, 47), "P1": (21, 29), "S": (19, 23)}


_HEADERS = (
    *("Adresse e-mail", "Nom", "E-mail du responsable", "Département", "Équipe"),
    *("Site", "Pays/Région", "Grade", "Groupes", "Partenaire RH"),
)


def sample_company(size: int = 600, seed: int = 1) -> Company:
    """Return a company of *size* people: four levels from the chief executive down, nine sites, some guests.

    The chief executive and eleven executives make the executive committee; each executive heads a department of up
    to six teams; one person in fifty is a guest, a student who reports to nobody. ValueError below 60 people
    (too few for the departments) and above 5,000 (too many for the stock of names).
    """
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"a company has {SMALLEST} to {LARGEST} people, not {size}")
    return _Founder(size, seed).found()


def directory_csv(company: Company, delimiter: str = ";", encoding: str = "utf-8-sig") -> bytes:
    """Return the export of the company's HR system: French headers, one line a person, guests left out.

    Guests are in Slack but on no payroll. UnicodeEncodeError when *encoding* cannot hold a name (cp1252 can).
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(_HEADERS)
    for member in company.members:
        if member.guest:
            continue
        writer.writerow(
            (
                member.email,
                member.real_name,
                member.manager_email,
                member.department,
                member.team,
                member.site,
                "-".join(filter(None, (member.country, member.region))),
                member.grade,
                ", ".join(member.groups),
                member.hr_partner_email,
            )
        )
    return out.getvalue().encode(encoding)


class _Founder:
    """Hires from the top down, so that everybody's manager is there before them."""

    def __init__(self, size: int, seed: int) -> None:
        self._size = size
        self._seed = seed
        self._random = random.Random(seed)
        self._members: list[Member] = []
        self._usernames: set[str] = set()
        self._cast: dict[str, str] = {}

    def found(self) -> Company:
        chief = self._hire(
            department=_HEAD_OFFICE,
            team=_HEAD_OFFICE,
            site="Paris",
            grade="E",
            name="Hélène Vasseur-Roy",
            age=58,
            title="Directrice générale",
            groups=(EXECUTIVE_COMMITTEE,),
            part="chief executive",
        )
        guests = self._size // 50
        employees = self._size - 12 - guests
        teams_each = max(1, min(6, round(employees / len(_DEPARTMENTS) / 9)))
        executives = {name: self._executive(name, chief) for name in _DEPARTMENTS}
        managers = [
            self._team_manager(department, team, executives[department])
            for department, (teams, _) in _DEPARTMENTS.items()
            for team in teams.split(", ")[:teams_each]
        ]
        staff = employees - len(managers)
        self._staff(managers, staff)
        for number in range(guests):
            self._guest(number)
        members = self._with_hr_partners()
        return Company(
            name="Belvarin",
            members=members,
            channels=self._channels(members),
            cast=MappingProxyType(dict(self._cast)),
        )

    def _executive(self, department: str, chief: Member) -> Member:
        known = {
            "Sinistres": ("Philippe Garnier", "Lyon", 57, "mentee"),
            "International": ("Margaret Whitfield", "London", 59, "english mentee"),
        }
        name, site, age, part = known.get(
            department,
            (None, self._random.choice(("Paris", "Paris", "Lyon")), None, ""),
        )
        english = site == "London"
        return self._hire(
            department=department,
            team=f"Direction {department}",
            site=site,
            grade="E",
            manager=chief,
            name=name,
            age=age,
            title=f"{department} director" if english else f"Direction {department}",
            groups=(EXECUTIVE_COMMITTEE,),
            part=part,
        )

    def _team_manager(self, department: str, team: str, executive: Member) -> Member:
        is_lead = (department, team) == ("Ressources humaines", "Talents")
        return self._hire(
            department=department,
            team=f"{department} · {team}",
            site="Paris" if is_lead else self._site(),
            grade="M",
            manager=executive,
            name="Claire Delmas" if is_lead else None,
            part="lead" if is_lead else "",
        )

    def _staff(self, managers: list[Member], count: int) -> None:
        grades = self._random.choices(("P1", "P2", "P3"), weights=(3, 4, 3), k=count)
        for manager, grade in zip(islice(cycle(managers), count), grades, strict=True):
            is_ana = "mentor" not in self._cast and manager.department == "Marketing"
            self._hire(
                department=manager.department,
                team=manager.team,
                # Two in three sit with their manager, the others work from another site.
                site="Paris" if is_ana else self._random.choice((manager.site, manager.site, self._site())),
                grade="P1" if is_ana else grade,
                manager=manager,
                name="Ana Lopes" if is_ana else None,
                age=25 if is_ana else None,
                part="mentor" if is_ana else "",
            )

    def _guest(self, number: int) -> None:
        self._hire(
            department="",
            team="",
            # Partner schools are French ones: nothing but the directory would tell a guest's public holidays elsewhere.
            site=("Paris", "Lyon")[number % 2],
            grade="S",
            guest=True,
            part="student" if number == 0 else "",
        )

    def _hire(
        self,
        *,
        department: str,
        team: str,
        site: str,
        grade: str,
        manager: Member | None = None,
        name: str | None = None,
        age: int | None = None,
        title: str = "",
        groups: tuple[str, ...] = (),
        guest: bool = False,
        part: str = "",
    ) -> Member:
        place = _SITE[site]
        # Those a guide names speak the language of their place.
        locale = place.locales[0] if name else self._random.choice(place.locales)
        name = name or self._name(locale)
        username = _username(name)
        self._usernames.add(username)
        email = f"{username}@{'students.' if guest else ''}{_DOMAIN}"
        member = Member(
            user_id=_identifier("U", self._seed, email),
            username=username,
            real_name=name,
            email=email,
            title=title or _title(department, grade, locale),
            department=department,
            team=team,
            site=site,
            country=place.country,
            region=place.region,
            locale=locale,
            tz=place.tz,
            manager_email=manager.email if manager else "",
            grade="" if guest else grade,
            age=age or self._random.randint(*_AGES[grade]),
            groups=groups,
            guest=guest,
        )
        self._members.append(member)
        if part:
            self._cast[part] = member.user_id
        return member

    def _name(self, locale: str) -> str:
        own, elsewhere = _NAMES[locale]
        while True:
            first, last = elsewhere if self._random.random() < 0.2 else own
            name = f"{self._random.choice(first)} {self._random.choice(last)}"
            if _username(name) not in self._usernames:
                return name

    def _site(self) -> str:
        return self._random.choices([site.name for site in _SITES], weights=[site.weight for site in _SITES])[0]

    def _with_hr_partners(self) -> tuple[Member, ...]:
        """Give each department a partner in Human Resources, never one's own self."""
        team = [
            member for member in self._members if member.department == "Ressources humaines" and member.grade != "E"
        ]
        partners = sorted(team, key=lambda member: not member.team.endswith(_HR_PARTNERS))[: len(_DEPARTMENTS)]
        by_department = dict(zip((_HEAD_OFFICE, *_DEPARTMENTS), cycle(partners), strict=False))

        def with_partner(member: Member) -> Member:
            if member.guest:
                return member
            partner = by_department[member.department]
            if partner is member:
                partner = next(other for other in partners if other is not member)
            return replace(member, hr_partner_email=partner.email)

        return tuple(with_partner(member) for member in self._members)

    def _channels(self, members: tuple[Member, ...]) -> tuple[CompanyChannel, ...]:
        employees = [member for member in members if not member.guest]

        def channel(name: str, topic: str, people: list[Member], *, app_member: bool = False) -> CompanyChannel:
            return CompanyChannel(
                channel_id=_identifier("C", self._seed, name),
                name=name,
                topic=topic,
                members=tuple(member.user_id for member in people),
                app_member=app_member,
            )

        return (
            channel("general", "Toute l'entreprise · Company-wide", employees),
            channel("reverse-mentoring", "Mentorat inversé · Reverse mentoring", list(members), app_member=True),
            channel("comite-executif", "", [m for m in members if EXECUTIVE_COMMITTEE in m.groups]),
            *(
                channel(f"site-{_ascii(site.name)}", site.name, [m for m in employees if m.site == site.name])
                for site in _SITES
            ),
        )


def _title(department: str, grade: str, locale: str) -> str:
    french = locale == "fr-FR"
    if grade == "S":
        return "Élève en école partenaire" if french else "Student, partner school"
    if grade == "M":
        return f"Responsable d'équipe, {department}" if french else f"Team manager, {department}"
    title = _DEPARTMENTS[department][1][0 if french else 1]
    if grade == "P3":
        return f"{title} senior" if french else f"Senior {title[0].lower()}{title[1:]}"
    return title


def _username(name: str) -> str:
    return _ascii(name.replace("'", "")).replace(" ", ".")


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def _identifier(letter: str, seed: int, name: str) -> str:
    """Return an id that looks like Slack's, and stays the same when people are added around it."""
    number = int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8])
    digits = []
    for _ in range(10):
        number, digit = divmod(number, 36)
        digits.append(_BASE36[digit])
    return letter + "".join(digits)
