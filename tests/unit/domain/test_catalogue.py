from __future__ import annotations

import re

import pytest

from bot.domain.catalogue import CATALOGUE
from bot.domain.people import LANGUAGES
from bot.domain.topics import Topic


def test_topics_are_numbered_in_their_order_and_named_apart() -> None:
    assert [topic.position for topic in CATALOGUE] == list(range(1, len(CATALOGUE) + 1))
    assert len({topic.id for topic in CATALOGUE}) == len(CATALOGUE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", CATALOGUE, ids=lambda topic: topic.id)
def test_a_topic_has_three_things_to_try_and_a_tip_in_each_language(topic: Topic, language: str) -> None:
    texts = [topic.names[language], *topic.kits[language], topic.tips[language]]

    assert len(texts) == 5
    assert all(text and text == " ".join(text.split(" ")) == text.strip() for text in texts)
    assert len(topic.names[language]) <= 75  # the most that Slack shows of an option
    assert max(map(len, texts)) <= 150


def test_french_says_vous_and_sets_its_own_punctuation() -> None:
    french = " ".join(text for topic in CATALOGUE for text in (topic.names["fr"], *topic.kits["fr"], topic.tips["fr"]))

    assert not {"tu", "ton", "ta", "tes", "toi"} & set(french.lower().replace("’", " ").split())
    assert "'" not in french
    assert not re.search(r" [?!;:](\s|$)", french), "a no-break space keeps it on the line of its word"
