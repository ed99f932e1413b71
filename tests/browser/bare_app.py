"""A small Bolt app that shows everything the page can draw; it stands for any app, since the page knows none."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient

Json = dict[str, Any]

MANIFEST: Json = {
    "display_information": {"name": "Compass", "description": "Shows what a messenger can draw."},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
        "bot_user": {"display_name": "Compass"},
        "slash_commands": [
            {
                "command": "/compass",
                "description": "Plan a meeting, see your week",
                "usage_hint": "form | week | gallery | late",
                "should_escape": True,
            }
        ],
        "shortcuts": [
            {"name": "Plan a meeting", "type": "global", "callback_id": "plan", "description": "Opens the form"}
        ],
    },
    "oauth_config": {"scopes": {"bot": ["chat:write", "commands", "im:write", "im:history", "users:read"]}},
    "settings": {
        "event_subscriptions": {"bot_events": ["app_home_opened", "message.im"]},
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}


def text(words: str) -> Json:
    """A plain text object."""
    return {"type": "plain_text", "text": words, "emoji": True}


def mrkdwn(words: str) -> Json:
    """A mrkdwn text object."""
    return {"type": "mrkdwn", "text": words}


def option(value: str, words: str, description: str = "") -> Json:
    """An option of a select, radio or checkbox."""
    return {"text": text(words), "value": value} | ({"description": text(description)} if description else {})


def field(block_id: str, label: str, element: Json, **more: Any) -> Json:
    """An input block; the element's action id is its block id."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": text(label),
        "element": {"action_id": block_id, **element},
        **more,
    }


TOPICS = [
    option("search", "Finding information", "Search engines, sources, saved searches"),
    option("social", "Social networks"),
    option("image", "My image online"),
    option("data", "Protecting data"),
    option("mobile", "Mobile and instant services"),
]
FORMATS = [option("path", "One to one", "Four meetings"), option("collective", "In a group"), option("flash", "Once")]


def form() -> Json:
    """A modal with the fields a planning form has."""
    return {
        "type": "modal",
        "callback_id": "plan",
        "title": text("Plan a meeting"),
        "submit": text("Plan"),
        "close": text("Not now"),
        "notify_on_close": True,
        "blocks": [
            {
                "type": "section",
                "block_id": "intro",
                "text": mrkdwn("You and *one colleague*: both are invited."),
            },
            field("who", "With whom?", {"type": "users_select", "placeholder": text("Choose a colleague")}),
            field("day", "Day", {"type": "datepicker"}),
            field("time", "Time", {"type": "timepicker", "initial_time": "10:00"}),
            field("topics", "Topics", {"type": "multi_static_select", "options": TOPICS, "max_selected_items": 3}),
            field("format", "Format", {"type": "radio_buttons", "options": FORMATS, "initial_option": FORMATS[0]}),
            field(
                "note",
                "What would you like to try?",
                {"type": "plain_text_input", "multiline": True, "max_length": 300, "min_length": 5},
                optional=True,
                hint=text("Only the two of you can read this."),
            ),
        ],
    }


def details() -> Json:
    """A second modal, stacked on the first, with the remaining kinds of fields."""
    cities = {"type": "external_select", "min_query_length": 1, "placeholder": text("Type a city")}
    return {
        "type": "modal",
        "callback_id": "details",
        "title": text("Details"),
        "submit": text("Save"),
        "close": text("Back"),
        "blocks": [
            field("city", "Place", cities),
            field("mail", "E-mail", {"type": "email_text_input"}),
            field("link", "Link", {"type": "url_text_input"}, optional=True),
            field("minutes", "Minutes", {"type": "number_input", "is_decimal_allowed": False, "min_value": "15"}),
            field("moment", "Reminder", {"type": "datetimepicker"}, optional=True),
            field("options", "Also", {"type": "checkboxes", "options": TOPICS[:3]}, optional=True),
            field("paper", "Document", {"type": "file_input", "max_files": 1}, optional=True),
        ],
    }


def nudge(user: str, moment: int) -> list[Json]:
    """A message with buttons, a select, an overflow menu and a date."""
    return [
        {"type": "header", "text": text("Your next meeting")},
        {
            "type": "section",
            "text": mrkdwn(
                f"<@{user}>, you meet *Noé Lambert* on <!date^{moment}^{{date_long_pretty}} at {{time}}|soon>.\n"
                "Last time you wanted to try:\n• a _saved search_\n• ~printing~ sharing a `link`\n"
                ">Ask before you publish."
            ),
            "accessory": {
                "type": "overflow",
                "action_id": "snooze",
                "options": [option("day", "Tomorrow"), option("week", "In a week")],
            },
        },
        {
            "type": "actions",
            "elements": [
                {"type": "button", "action_id": "held", "text": text("It took place"), "style": "primary"},
                {"type": "button", "action_id": "details", "text": text("Add details")},
                {
                    "type": "button",
                    "action_id": "cancel",
                    "text": text("Cancel it"),
                    "style": "danger",
                    "confirm": {
                        "title": text("Cancel this meeting?"),
                        "text": text("Noé will be told, and you are both offered new dates."),
                        "confirm": text("Cancel it"),
                        "deny": text("Keep it"),
                        "style": "danger",
                    },
                },
            ],
        },
        {"type": "context", "elements": [mrkdwn("You get this because a meeting is planned. :calendar:")]},
    ]


def gallery() -> list[Json]:
    """The blocks that only show something."""
    cells = [["Department", "Met", "Hours"], ["Claims", "18", "27"], ["Underwriting", "12", "16.5"]]
    return [
        {"type": "markdown", "text": "## This week\n\n1. **18** meetings\n2. 3 topics\n\n- [x] booked\n- [ ] told"},
        {"type": "divider"},
        {"type": "section", "fields": [mrkdwn("*Mentors*\n55"), mrkdwn("*People coached*\n241 of 250")]},
        {
            "type": "data_visualization",
            "title": "Meetings by week",
            "chart": {
                "type": "bar",
                "series": [
                    {
                        "name": "One to one",
                        "data": [{"label": f"W{week}", "value": 6 + 3 * week % 11} for week in range(1, 9)],
                    },
                    {
                        "name": "In a group",
                        "data": [{"label": f"W{week}", "value": 2 + week % 4} for week in range(1, 9)],
                    },
                ],
                "axis_config": {"categories": [f"W{week}" for week in range(1, 9)], "y_label": "Meetings"},
            },
        },
        {
            "type": "data_visualization",
            "title": "By topic",
            "chart": {
                "type": "pie",
                "segments": [
                    {"label": "Finding information", "value": 45},
                    {"label": "Social networks", "value": 28},
                    {"label": "Protecting data", "value": 18},
                ],
            },
        },
        {"type": "table", "rows": [[{"type": "raw_text", "text": cell} for cell in row] for row in cells]},
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "elements": [
                        {"type": "rich_text_section", "elements": [{"type": "text", "text": words}]}
                        for words in ("a list", "of two things")
                    ],
                }
            ],
        },
    ]


def home(user: str) -> Json:
    """The Home tab."""
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": text("Good morning")},
            {"type": "section", "text": mrkdwn(f"<@{user}>, you have *one meeting* this week.")},
            {
                "type": "actions",
                "elements": [
                    {"type": "button", "action_id": "plan", "text": text("Plan a meeting"), "style": "primary"},
                    {
                        "type": "button",
                        "action_id": "site",
                        "text": text("Open the guide"),
                        "url": "https://example.org",
                    },
                ],
            },
            {"type": "divider"},
            {
                "type": "section",
                "text": mrkdwn("*How often?*"),
                "accessory": {
                    "type": "static_select",
                    "action_id": "cadence",
                    "placeholder": text("Choose"),
                    "options": [option("week", "Every week"), option("fortnight", "Every two weeks")],
                },
            },
        ],
    }


def on_command(ack: Ack, body: Json, command: Json, client: WebClient) -> None:
    """Run `/compass`; "late" is never acknowledged."""
    user, words = body["user_id"], str(command["text"]).strip()
    if words == "form":
        client.views_open(trigger_id=body["trigger_id"], view=form())
        ack()
    elif words == "gallery":
        ack()
        client.chat_postMessage(channel=user, text="This week in figures", blocks=gallery())
    elif words == "week":
        ack()
        client.chat_postMessage(channel=user, text="Your next meeting", blocks=nudge(user, 1_790_000_000))
    elif words != "late":
        ack(f"I do not know “{words}”. Try `/compass form`.")


def on_plan(ack: Ack, body: Json, client: WebClient) -> None:
    """Open the form."""
    client.views_open(trigger_id=body["trigger_id"], view=form())
    ack()


def on_details(ack: Ack, body: Json, client: WebClient) -> None:
    """Open the second form by itself."""
    client.views_open(trigger_id=body["trigger_id"], view=details())
    ack()


def on_held(ack: Ack, respond: Respond) -> None:
    """Replace the message by a confirmation."""
    ack()
    done = "*Noted*: it took place."
    respond(text=done, blocks=[{"type": "section", "text": mrkdwn(f":white_check_mark: {done}")}])


def on_cancel(ack: Ack, respond: Respond) -> None:
    """Replace the message by a sentence."""
    ack()
    respond(text="The meeting is cancelled.")


def on_city(ack: Ack, payload: Json) -> None:
    """Suggest cities."""
    known = ("Lyon", "Lille", "London", "Paris")
    ack(options=[option(city, city) for city in known if payload["value"].lower() in city.lower()])


def on_planned(ack: Ack, view: Json) -> None:
    """Go on to the details, unless the day is long past."""
    if view["state"]["values"]["day"]["day"]["selected_date"] < "2020-01-01":
        ack(response_action="errors", errors={"day": "This day has passed."})
    else:
        ack(response_action="push", view=details())


def on_saved(ack: Ack, body: Json, client: WebClient) -> None:
    """Close everything and say so."""
    ack(response_action="clear")
    client.chat_postMessage(channel=body["user"]["id"], text="It is planned. :tada:")


def on_opened(ack: Ack, event: Json, client: WebClient) -> None:
    """Publish the Home tab."""
    ack()
    if event["tab"] == "home":
        client.views_publish(user_id=event["user"], view=home(event["user"]))


def noted(ack: Ack) -> None:
    """Acknowledge what needs no answer."""
    ack()


def bare_app(client: WebClient) -> App:
    """The app, ready to be connected."""
    app = App(client=client, process_before_response=True)
    app.command("/compass")(on_command)
    app.shortcut("plan")(on_plan)
    for action_id, listener in {"plan": on_plan, "details": on_details, "held": on_held, "cancel": on_cancel}.items():
        app.action(action_id)(listener)
    for action_id in ("snooze", "cadence", "site"):
        app.action(action_id)(noted)
    app.options("city")(on_city)
    app.view("plan")(on_planned)
    app.view("details")(on_saved)
    app.view_closed("plan")(noted)
    app.event("app_home_opened")(on_opened)
    app.event("message")(noted)
    return app
