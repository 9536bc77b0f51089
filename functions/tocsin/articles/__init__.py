"""What is known about articles: their identity, their text and the facts about them."""
