"""The page as a person meets it, in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from datetime import datetime

    from slack_sdk import WebClient

    from playground import Playground
    from tests.browser.conftest import Crowd, Screen


def test_a_command_is_completed_and_answered_to_its_author_alone(screen: Screen) -> None:
    page = screen.page

    screen.composer.press_sequentially("/com")
    expect(page.get_by_role("option", name="/compass form | week")).to_be_visible()
    screen.composer.press("Tab")
    expect(screen.composer).to_have_value("/compass ")
    expect(page.locator(".command-hint")).to_contain_text("form | week | gallery | late")
    screen.composer.press_sequentially("dance")
    screen.composer.press("Enter")

    answer = page.locator(".message.is-ephemeral")
    expect(answer).to_contain_text("Only visible to you")
    expect(answer).to_contain_text("I do not know “dance”.")
    screen.composer.press("ArrowUp")
    expect(screen.composer).to_have_value("/compass dance")


def test_a_form_says_what_is_missing_and_goes_on_to_the_next(screen: Screen, crowd: Crowd) -> None:
    page, colleague = screen.page, crowd.reader_of("en-GB").user
    screen.type("/compass form")
    dialog = page.get_by_role("dialog", name="Plan a meeting")
    expect(dialog).to_be_visible()

    dialog.get_by_role("button", name="Plan", exact=True).click()
    expect(dialog.locator("[data-block=who] .input-error")).to_have_text("Please complete this required field.")
    expect(dialog.locator("[data-block=time] .input-error")).to_be_empty()
    expect(dialog.get_by_role("alert")).to_have_text("3 answers need another look.")

    # The first field with a problem has the focus: typing searches in it at once.
    page.keyboard.type(colleague.real_name)
    page.keyboard.press("Enter")
    expect(dialog.locator("[data-block=who]")).to_contain_text(colleague.real_name)
    dialog.locator(".date-button").click()
    page.get_by_role("button", name="Today").click()
    dialog.locator("[data-block=topics] .select-button").click()
    page.keyboard.type("prot")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(dialog.locator(".chip")).to_have_text("Protecting data")
    dialog.locator("[data-block=time] input").fill("2:15 pm")
    dialog.get_by_role("button", name="Plan", exact=True).click()

    details = page.get_by_role("dialog", name="Details")
    expect(details).to_contain_text("Plan a meeting")
    details.locator("[data-block=city] .select-button").click()
    expect(page.get_by_text("Type to search.")).to_be_visible()
    page.keyboard.type("l")
    page.get_by_role("option", name="Lyon").click()
    expect(details.locator("[data-block=city]")).to_contain_text("Lyon")
    details.locator("[data-block=mail] input").fill("nobody")
    details.locator("[data-block=minutes] input").fill("5")
    details.get_by_role("button", name="Save").click()
    expect(details.locator("[data-block=mail] .input-error")).to_contain_text("Enter an e-mail address")
    expect(details.locator("[data-block=minutes] .input-error")).to_have_text("Enter a number no lower than 15.")
    details.locator("[data-block=mail] input").fill("nobody@example.org")
    details.locator("[data-block=minutes] input").fill("45")
    details.get_by_role("button", name="Save").click()

    expect(details).to_be_hidden()
    expect(page.locator(".message").last).to_contain_text("It is planned.")
    assert screen.person.workspace.refusals == []


def test_going_back_and_escape_close_one_view_at_a_time(screen: Screen) -> None:
    page, person = screen.page, screen.person
    screen.type("/compass form")
    expect(page.get_by_role("dialog", name="Plan a meeting")).to_be_visible()
    person.submit({"who": person.id, "day": "2026-11-24", "topics": ["data"], "note": "A saved search"})
    expect(page.get_by_role("dialog", name="Details")).to_be_visible()

    page.get_by_role("button", name="Back").first.click()
    form = page.get_by_role("dialog", name="Plan a meeting")
    expect(form.locator("textarea")).to_have_value("A saved search")
    page.keyboard.press("Escape")
    expect(form).to_be_hidden()
    person.workspace.wait_for(lambda: not person.views or None, 3, what="the app's view to be closed")


def test_a_button_asks_first_where_it_destroys_and_its_message_is_replaced(screen: Screen) -> None:
    page = screen.page
    screen.type("/compass week")
    message = page.locator(".message", has_text="Your next meeting")

    message.get_by_role("button", name="Cancel it").click()
    question = page.get_by_role("dialog", name="Cancel this meeting?")
    question.get_by_role("button", name="Keep it").click()
    expect(question).to_be_hidden()
    expect(message).to_be_visible()

    message.get_by_role("button", name="It took place").click()
    expect(page.locator(".message")).to_have_count(1)
    expect(page.locator(".message")).to_contain_text("Noted: it took place.")


def test_what_people_write_is_never_markup(screen: Screen) -> None:
    screen.type("<img src=x onerror=alert(1)> <script>alert(2)</script> *bold* & _more_ `x < y`")
    text = screen.page.locator(".message .text").last
    expect(text).to_have_text("<img src=x onerror=alert(1)> <script>alert(2)</script> bold & more x < y")
    expect(text.locator("strong")).to_have_text("bold")
    expect(text.locator("img, script")).to_have_count(0)


def test_an_app_that_stays_silent_is_said_and_what_was_typed_is_kept(screen: Screen) -> None:
    screen.type("/compass late")
    expect(screen.page.get_by_role("alert")).to_contain_text("Compass did not respond in time")
    expect(screen.composer).to_have_value("/compass late")


def test_what_is_said_elsewhere_is_marked_until_it_is_read(screen: Screen, crowd: Crowd) -> None:
    page, person, workspace = screen.page, screen.person, screen.person.workspace
    general = workspace.channel("general")
    row = page.locator(f".row[data-channel={general.id}]")

    crowd.reader_of("en-GB").say(f"Good morning @{person.user.name}!", "general")
    expect(row).to_have_class(re.compile("is-unread"))
    expect(row.locator(".badge")).to_have_text("1")
    assert workspace.unread(person.id, general.id) == (1, 1)

    row.click()
    expect(page.locator(".new-row")).to_be_visible()
    expect(page.locator(".mention-me")).to_have_text(f"@{person.user.real_name}")
    expect(row).not_to_have_class(re.compile("is-unread"))
    workspace.wait_for(lambda: workspace.unread(person.id, general.id) == (0, 0) or None, 3, what="the read mark")


def test_time_moves_on_and_says_to_whom_the_app_wrote_meanwhile(
    screen: Screen, crowd: Crowd, playground: Playground, app_client: WebClient
) -> None:
    page, colleague = screen.page, crowd.reader_of("en-GB")

    def on_move(moment: datetime) -> None:
        playground.clock.move_to(moment)
        app_client.chat_postMessage(channel=colleague.id, text="Your meeting is tomorrow.")

    playground.on_move = on_move
    started = playground.clock.now()
    page.get_by_role("button", name="Move time on by one week").click()
    expect(page.get_by_role("status").filter(has_text="Compass wrote to one person.")).to_be_visible()

    local = (started + timedelta(days=7)).astimezone(ZoneInfo(screen.person.user.tz))
    expect(page.locator(".clock-text")).to_contain_text(f"{local:%b} {local.day}, {local.year}")
    page.keyboard.press("Control+j")
    page.get_by_role("group", name="With unread messages").get_by_role("option").first.click()
    expect(page.locator(".message").last).to_contain_text("Your meeting is tomorrow.")


def test_time_can_be_moved_again_as_soon_as_it_has_moved(screen: Screen, playground: Playground) -> None:
    started = playground.clock.now()
    for _ in range(12):
        screen.page.get_by_role("button", name="Move time on by one day").click()

    screen.person.workspace.wait_for(
        lambda: playground.clock.now() >= started + timedelta(days=12) or None, 10, what="twelve days to pass"
    )


def test_the_page_speaks_the_language_of_whom_it_acts_as(screen: Screen, crowd: Crowd) -> None:
    page, french = screen.page, crowd.reader_of("fr-FR").user
    page.keyboard.press("Control+j")
    chooser = page.get_by_role("dialog", name="Choose whom to act as")
    expect(chooser.get_by_role("option").first).to_be_visible()
    page.keyboard.type(french.real_name.upper())
    expect(chooser.get_by_role("option").first).to_contain_text(french.title)
    page.keyboard.press("Enter")

    expect(page.locator(".acting-name")).to_have_text(french.real_name)
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.get_by_role("tab", name="Accueil")).to_be_visible()
    expect(screen.composer).to_have_attribute("placeholder", "Écrire à Compass")


def test_the_home_tab_shows_what_the_app_publishes(screen: Screen) -> None:
    page = screen.page
    page.get_by_role("tab", name="Home").click()
    home = page.get_by_role("tabpanel")
    expect(home).to_contain_text("you have one meeting this week")
    home.get_by_role("button", name="Plan a meeting").click()
    expect(page.get_by_role("dialog", name="Plan a meeting")).to_be_visible()


def test_charts_and_tables_are_drawn_and_can_be_read_out(screen: Screen) -> None:
    screen.type("/compass gallery")
    message = screen.page.locator(".message", has_text="This week")
    expect(message.get_by_role("img", name="By topic. Finding information: 45")).to_be_visible()
    expect(message.locator("rect.bar")).to_have_count(16)
    expect(message.get_by_role("columnheader", name="Department")).to_be_visible()
    expect(message.get_by_role("list").filter(has_text="18 meetings")).to_be_visible()


def test_mrkdwn_reads_as_it_does_in_slack(screen: Screen) -> None:
    cases = {
        "*bold*, _italic_ and ~gone~": "<strong>bold</strong>, <em>italic</em> and <s>gone</s>",
        "*all _of_ it*": "<strong>all <em>of</em> it</strong>",
        "snake_case_word 2*3*4 a~b~c": "snake_case_word 2*3*4 a~b~c",
        "`*code* &lt;b&gt;`": "<code>*code* &lt;b&gt;</code>",
        "&lt;i&gt; &amp;amp;": "&lt;i&gt; &amp;amp;",
        ":not_an_emoji: at 10:30:00": ":not_an_emoji: at 10:30:00",
        "<https://e.example/a_b_c|a page>": '<a href="https://e.example/a_b_c" target="_blank" '
        'rel="noopener noreferrer">a page</a>',
        "<javascript:alert(1)|press>": "<span>press</span>",
        "<!date^43200^{date_num} {what}|then>": '<time datetime="1970-01-01T12:00:00.000Z">1970-01-01 {what}</time>',
        "<!here>": '<span class="mention mention-me">@here</span>',
    }
    script = """async (texts) => {
      const { mrkdwn } = await import("/page/mrkdwn.js");
      return texts.map((text) => mrkdwn(text).map((node) => node.innerHTML).join("|"));
    }"""
    assert dict(zip(cases, screen.page.evaluate(script, list(cases)), strict=True)) == cases


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_enough_from_its_ground(screen: Screen, scheme: Literal["light", "dark"]) -> None:
    screen.page.emulate_media(color_scheme=scheme)
    screen.type("/compass dance")
    screen.type("/compass week")
    expect(screen.page.locator(".message", has_text="Your next meeting")).to_be_visible()
    assert screen.page.evaluate(FAINT_TEXT) == []


# The texts on the page whose contrast is below WCAG's AA (4.5, or 3 for large ones), with their ratio.
FAINT_TEXT = """
() => {
  const channels = (color) => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const over = ([r, g, b, a], ground) => [r, g, b].map((value, at) => (value * a + ground[at] * (255 - a)) / 255);
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage.includes("gradient")) return null;
      layers.push(channels(style.backgroundColor));
      if (layers.at(-1)[3] === 255) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const light = (color) => {
    const linear = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = color.map((value) => linear(value / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (!text.data.trim() || !node.checkVisibility() || node.closest(".visually-hidden, :disabled, noscript")) continue;
    const behind = ground(node);
    if (!behind) continue;
    const style = getComputedStyle(node);
    const front = over(channels(style.color), behind);
    const [bright, dim] = [light(front), light(behind)].sort((a, b) => b - a);
    const ratio = (bright + 0.05) / (dim + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) faint.push(`${text.data.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return faint;
}
"""
