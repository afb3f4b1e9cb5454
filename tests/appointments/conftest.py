from tests.messaging.conftest import post_office, texts

__all__ = ["post_office", "texts"]
