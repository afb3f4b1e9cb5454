from django.core.paginator import Page, Paginator
from rest_framework.pagination import PageNumberPagination


class CountsWhenFull(Paginator):
    """A first page that is not full says how many rows there are: most lists of a day are counted by being read."""

    def page(self, number: int | str) -> Page:
        if str(number) != "1":
            return super().page(number)
        rows = list(self.object_list[: self.per_page])
        if len(rows) < self.per_page:
            self.count = len(rows)
        return self._get_page(rows, 1, self)


class Pages(PageNumberPagination):
    django_paginator_class = CountsWhenFull
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_paginated_response_schema(self, schema):
        """As DRF's, in the words of JSON Schema: the first page has nothing before it, the last nothing after."""
        answer = super().get_paginated_response_schema(schema)
        for name in ("next", "previous"):
            answer["properties"][name] = {"type": ["string", "null"], "format": "uri"}
        return {**answer, "required": ["count", "next", "previous", "results"]}
