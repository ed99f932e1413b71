"""Import the company's directory: check the file, show what would change, then change it."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient

from bot.domain.access import Actor, Policy
from bot.domain.directory_files import LARGEST_FILE
from bot.errors import N_, ChangedSince, Required
from bot.locales import Texts
from bot.services import Services
from bot.slack import files
from bot.views import directory as views
from bot.views import ids
from handlers import replies
from handlers.routing import Routes


def register(routes: Routes) -> None:
    """Register the journey."""
    routes.command("import", start, alias="importer", policy=Policy.LEAD, purpose=N_("import the HR directory"))
    routes.action(ids.OPEN_IMPORT, open_form, policy=Policy.LEAD)
    routes.view(ids.IMPORT, check, policy=Policy.LEAD)
    routes.action(ids.IMPORT_APPLY, apply, policy=Policy.LEAD)


def start(ack: Ack, body: dict[str, Any], client: WebClient, t: Texts) -> None:
    """Ask for the file, where files can be read."""
    files.check_scope(client)
    client.views_open(trigger_id=body["trigger_id"], view=views.import_modal(t))
    ack()


def open_form(body: dict[str, Any], client: WebClient, t: Texts) -> None:
    """Ask for the file from a button."""
    files.check_scope(client)
    replies.open_modal(body, client, views.import_modal(t))


def check(ack: Ack, view: dict[str, Any], client: WebClient, services: Services, t: Texts) -> None:
    """Show what importing the submitted file would change."""
    given = view["state"]["values"]["file"]["file"].get("files") or ()
    if not given:
        raise Required(field="file")
    address = given[0]["url_private_download"]
    content = files.download(client, address, most=LARGEST_FILE)
    would = services.imports.dry_run(content)
    # The file stays in Slack until it is applied; the digests tell that it, and the directory, are still those checked.
    metadata = json.dumps(
        {"address": address, "digest": hashlib.sha256(content).hexdigest(), "directory": would.before}
    )
    ack(response_action="update", view=views.dry_run_modal(t, would, metadata=metadata))


def apply(body: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime, t: Texts) -> None:
    """Import the file that was checked."""
    checked = json.loads(body["view"]["private_metadata"])
    content = files.download(client, checked["address"], most=LARGEST_FILE)
    if hashlib.sha256(content).hexdigest() != checked["digest"]:
        raise ChangedSince
    imported = services.imports.apply(actor, content, checked=checked.get("directory"), now=now)
    replies.show(body, client, views.applied_modal(t, imported))
