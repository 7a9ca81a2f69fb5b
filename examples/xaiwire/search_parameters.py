"""Have the server search before the model answers: where, since when, and how much."""

from datetime import UTC, datetime

import xaiwire
from xaiwire.search import SearchParameters, news_source, rss_source, web_source, x_source


def main() -> None:
    parameters = SearchParameters(
        sources=[
            web_source(country="CH", excluded_websites=["wikipedia.org"]),
            news_source(country="CH"),
            x_source(included_x_handles=["xai"], post_favorite_count=100),
            rss_source(["https://status.x.ai/feed.xml"]),
        ],
        mode="on",
        from_date=datetime(2025, 1, 1, tzinfo=UTC),
        max_search_results=5,
    )
    with xaiwire.Client() as client:
        response = client.chat.complete("grok-4", "What is new at xAI?", search_parameters=parameters)
    print(response.content)
    for url in response.citations:
        print("source:", url)
    print(f"{response.usage.num_sources_used} sources were used")


if __name__ == "__main__":
    main()
