from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_paginated_response_schema(self, schema):
        """As DRF's, in the words of JSON Schema: the first page has nothing before it, the last nothing after."""
        answer = super().get_paginated_response_schema(schema)
        for name in ("next", "previous"):
            answer["properties"][name] = {"type": ["string", "null"], "format": "uri"}
        return {**answer, "required": ["count", "next", "previous", "results"]}
