"""The pure core: from parsed plain values to a result, with nothing but the standard library and pydantic."""
