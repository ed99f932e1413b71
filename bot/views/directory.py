"""Importing the directory as a lead sees it: the form, what would change, what has changed."""

from __future__ import annotations

from bot.domain.directory_files import Fault, Imported, ImportPlan, Rejected
from bot.locales import Mrkdwn, Texts, escape
from bot.views import blocks, ids

MOST_REJECTED_SECTIONS = 40
"""Sections of rejected lines, some five hundred of them; the rest is counted. A modal holds a hundred blocks."""
MOST_NAMED = 40
"""People named of those who leave; the rest is in their number."""
LONGEST_SECTION = 2_900


def import_modal(t: Texts) -> blocks.View:
    """Return the form that takes the file."""
    return blocks.modal(
        t, title=t("Import the directory"), callback_id=ids.IMPORT, submit=t("Check"),
        blocks=[
            blocks.section(
                t.md(
                    "An export of your HR system keeps people of one reporting line, or of one team, from being "
                    "paired. You see what would change before anything does."
                )
            ),
            blocks.input_(
                t("CSV file"), blocks.file_input("file", filetypes=("csv", "txt", "tsv")), block_id="file",
                hint=t(
                    "One line a person: e-mail, name, manager's e-mail; and if you have them department, team, site, "
                    "country, grade, groups, HR partner."
                ),
            ),
        ],
    )  # fmt: skip


def dry_run_modal(t: Texts, imported: Imported, *, metadata: str) -> blocks.View:
    """Return what importing the file would change, with the button that does it."""
    plan = imported.plan
    shown = [blocks.section(Mrkdwn("\n".join([t.md("*Nothing has changed yet.*"), _counts(t, plan)])))]
    if len(plan.left) > len(plan.added) + len(plan.changed) + plan.unchanged:
        shown.append(
            blocks.section(t.md(":warning: More people would leave the directory than stay. Is the file complete?"))
        )
    shown += _staying_blocks(t, imported)
    shown += _rejected_blocks(t, plan)
    if plan.changes:
        shown.append(blocks.actions(blocks.button(t("Apply"), ids.IMPORT_APPLY, value="apply", style="primary")))
    else:
        shown.append(blocks.section(t.md("There is nothing to change.")))
    return blocks.modal(
        t, title=t("Import the directory"), callback_id=ids.NOTICE, blocks=shown, metadata=metadata
    )  # fmt: skip


def applied_modal(t: Texts, imported: Imported) -> blocks.View:
    """Return what importing the file has changed, and what that means for the programme."""
    plan = imported.plan
    shown = [blocks.section(Mrkdwn("\n".join([t.md("*The directory is up to date.*"), _counts(t, plan)])))]
    if imported.withdrawn:
        shown.append(
            blocks.section(
                t.nmd(
                    "{count} open proposal is withdrawn: the directory forbids it. Whoever had said yes is told.",
                    "{count} open proposals are withdrawn: the directory forbids them. Whoever had said yes is told.",
                    imported.withdrawn,
                )
            )
        )
    if imported.clashing:
        shown.append(
            blocks.section(
                t.nmd(
                    "{count} pair would not be paired any more. It goes on; `/tandem desk` says who.",
                    "{count} pairs would not be paired any more. They go on; `/tandem desk` says who.",
                    len(imported.clashing),
                )
            )
        )
    shown += [*_staying_blocks(t, imported), *_rejected_blocks(t, plan)]
    return blocks.modal(t, title=t("Import the directory"), callback_id=ids.NOTICE, blocks=shown)


def fault(t: Texts, rejected: Rejected) -> str:
    """Say which line was rejected, and why."""
    other = t.number(rejected.other) if rejected.other is not None else "?"
    sentences = {
        Fault.UNREADABLE: t("a quote is not closed, or there are more cells than headers"),
        Fault.TOO_LONG: t("a cell is far too long"),
        Fault.NO_EMAIL: t("there is no e-mail"),
        Fault.BAD_EMAIL: t("“{about}” is not an e-mail address", about=rejected.about),
        Fault.DUPLICATE_EMAIL: t("{about} is already on line {other}", about=rejected.about, other=other),
        Fault.BAD_MANAGER: t("the manager “{about}” is not given by e-mail", about=rejected.about),
        Fault.OWN_MANAGER: t("{about} is their own manager", about=rejected.about),
        Fault.UNKNOWN_MANAGER: t("the manager {about} is nowhere in the file", about=rejected.about),
        Fault.MANAGER_REJECTED: t(
            "line {other}, of the manager {about}, was rejected", about=rejected.about, other=other
        ),
        Fault.CYCLE: t("the reporting line goes round in a circle through {about}", about=rejected.about),
    }
    return t("Line {line}: {why}", line=t.number(rejected.line), why=sentences[rejected.fault])


def _counts(t: Texts, plan: ImportPlan) -> Mrkdwn:
    return Mrkdwn(
        "\n".join(
            (
                t.n("{count} person added", "{count} people added", len(plan.added)),
                t.n("{count} person changed", "{count} people changed", len(plan.changed)),
                t.n("{count} person as before", "{count} people as before", plan.unchanged),
                t.n("{count} person left the company", "{count} people left the company", len(plan.left)),
                t.n("{count} line rejected", "{count} lines rejected", len(plan.rejected)),
            )
        )
    )


def _staying_blocks(t: Texts, imported: Imported) -> list[blocks.Block]:
    if not imported.staying:
        return []
    people = t.mentions(imported.staying[:MOST_NAMED])
    said = t.nmd(
        "{count} person who is not in the file takes part in the programme: {people}.",
        "{count} people who are not in the file take part in the programme: {people}.",
        len(imported.staying),
        people=people,
    )
    stays = t.md(
        "They stay in it until they leave, or until their Slack account is closed, and so do their entries: the rules "
        "of pairing go on for them."
    )
    return [blocks.section(said), blocks.context(stays)]


def _rejected_blocks(t: Texts, plan: ImportPlan) -> list[blocks.Block]:
    if not plan.rejected:
        return []
    sections, rest = [""], len(plan.rejected)
    for one in plan.rejected:
        line = f"•  {escape(fault(t, one))}"
        if len(sections[-1]) + len(line) >= LONGEST_SECTION:
            if len(sections) == MOST_REJECTED_SECTIONS:
                break
            sections.append("")
        sections[-1] += f"{line}\n"
        rest -= 1
    shown = [blocks.section(Mrkdwn(text)) for text in sections]
    if rest:
        more = t.nmd(
            "and {count} more line: mend these, then check the file again to see it",
            "and {count} more lines: mend these, then check the file again to see them",
            rest,
        )
        shown.append(blocks.context(more))
    shown.append(blocks.context(t.md("Rejected lines change nothing: whoever is on them keeps the entry they had.")))
    return shown
